//! What a username and an e-mail address look like, as Django has it.

use unicode_normalization::UnicodeNormalization;

/// What is said of an empty field.
const REQUIRED: &str = "This field is required.";
/// The longest username, in characters.
pub const MAX_USERNAME: usize = 150;
/// The longest e-mail address, in characters.
pub const MAX_EMAIL: usize = 254;
/// The longest part of an address before its `@`, in bytes (RFC 5321, 4.5.3.1.1).
const MAX_MAILBOX: usize = 64;
/// The longest part of a domain, in bytes (RFC 1035, 2.3.4).
const MAX_LABEL: usize = 63;

/// NFKC, as `AbstractBaseUser.normalize_username`. Over-long names stay as they are: they are refused anyway, and
/// normalising can lengthen a text eighteenfold.
pub fn normalize_username(username: &str) -> String {
    if username.chars().count() > MAX_EMAIL { username.to_owned() } else { username.nfkc().collect() }
}

/// The domain in lower case, as `BaseUserManager.normalize_email`.
pub fn normalize_email(email: &str) -> String {
    match email.trim().rsplit_once('@') {
        Some((name, domain)) => format!("{name}@{}", domain.to_lowercase()),
        None => email.trim().to_owned(),
    }
}

/// Whether `username` has only letters, digits and `@.+-_` (`UnicodeUsernameValidator`).
pub fn is_valid_username(username: &str) -> bool {
    !username.is_empty() && username.chars().all(|c| c.is_alphanumeric() || "@.+-_".contains(c))
}

/// What is wrong with a username that somebody wants, in Django's words.
pub fn username_problem(username: &str) -> Option<&'static str> {
    if username.is_empty() {
        Some(REQUIRED)
    } else if username.chars().count() > MAX_USERNAME {
        Some("Ensure this value has at most 150 characters.")
    } else if !is_valid_username(username) {
        Some("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.")
    } else {
        None
    }
}

/// What is wrong with an address that somebody gives, in Django's words.
pub fn email_problem(email: &str) -> Option<&'static str> {
    if email.is_empty() {
        Some(REQUIRED)
    } else if is_email(email) {
        None
    } else {
        Some("Enter a valid email address.")
    }
}

/// Whether `text` could be an address: one `@`, words with dots between them before it, a dotted or local name behind it, and
/// nothing that can't be seen. What it is worth shows when a mail arrives.
pub fn is_email(text: &str) -> bool {
    text.chars().count() <= MAX_EMAIL
        && text.split_once('@').is_some_and(|(name, domain)| {
            name.len() <= MAX_MAILBOX
                && name.split('.').all(is_word)
                && (domain.contains('.') || domain == "localhost")
                && domain.split('.').all(is_label)
        })
}

/// Letters, digits and what RFC 5322 lets stand beside them in an `atom`.
fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
}

fn is_label(label: &str) -> bool {
    let is_made_well = label.chars().all(|c| c.is_alphanumeric() || c == '-');
    is_made_well && (1..=MAX_LABEL).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_normalised_and_checked_as_in_django() {
        assert_eq!(normalize_username("ﬀ"), "ff");
        assert!(is_valid_username("zoë.o+x@example-1_"));
        for bad in ["", "a b", "a\0", "a\n", "a\u{202e}b", "a/b"] {
            assert!(!is_valid_username(bad), "{bad:?}");
        }
    }

    #[test]
    fn only_the_domain_of_an_address_is_lowered() {
        assert_eq!(normalize_email(" Ann@EXAMPLE.org "), "Ann@example.org");
        assert_eq!(normalize_email("nonsense"), "nonsense");
    }

    #[test]
    fn addresses_are_looked_at_but_not_judged() {
        for good in ["a@b.org", "a+b@x-y.example.org", "ü@münchen.de", "root@localhost"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["a", "@b.org", "a@", "a@b", "a@b..c", "a b@c.org", "a@b.org\nBcc: x@y.org", "a@b@c.org", "a@-b.org"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn no_mail_goes_to_what_no_server_takes_or_nobody_can_read() {
        let long = format!("{}@b.org", "x".repeat(65));
        for bad in
            ["a..b@c.org", ".a@b.org", "a.@b.org", "a@b_c.org", "a@b!.org", "\u{202e}a@b.org", "a\u{200b}@b.org", &long]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn usernames_are_checked_as_django_checks_them() {
        assert_eq!(username_problem("zoë"), None);
        for bad in ["", "a b", "a\0", &"x".repeat(151)] {
            assert!(username_problem(bad).is_some(), "{bad}");
        }
    }
}
