//! The commands of django-axes, and two of ours: `axes_explain` and `axes_simulate`.

pub(super) mod explain;
mod explain_json;
mod explain_text;
pub(super) mod list_attempts;
pub(super) mod reset;
pub(super) mod reset_logs;
pub(super) mod simulate;

use std::net::IpAddr;

/// An address as requests have it: one of IPv4 is never written as one of IPv6.
fn address(text: &str) -> Result<IpAddr, String> {
    let ip: IpAddr = text.parse().map_err(|_| "not an IP address".to_owned())?;
    Ok(ip.to_canonical())
}

/// A command as one types it.
fn typed(words: &[&str]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "@.+-_:/=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{address, typed};

    #[test]
    fn commands_are_quoted_for_a_shell() {
        assert_eq!(typed(&["axes_reset_username", "ann@example.org"]), "axes_reset_username ann@example.org");
        assert_eq!(typed(&["x", "it's", "", "a b"]), r"x 'it'\''s' '' 'a b'");
    }

    #[test]
    fn addresses_are_written_as_requests_have_them() {
        let text = |text| address(text).map(|ip| ip.to_string());
        assert_eq!(text("::ffff:192.0.2.1").as_deref(), Ok("192.0.2.1"));
        assert_eq!(text("2001:DB8:0:0::1").as_deref(), Ok("2001:db8::1"));
        for wrong in ["", "192.0.2", "192.0.2.1/24", "localhost", " 192.0.2.1"] {
            assert!(address(wrong).is_err(), "{wrong:?}");
        }
    }
}
