//! A message as it travels: RFC 5322, with its parts in MIME.

use std::{iter, time::SystemTime};

use lettre::{
    Address,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::{MailError, Message};
use crate::{
    clock::Clock,
    crypto::{LOWERCASE_AND_DIGITS, random_string},
    settings::EmailSettings,
};

/// Long enough to be no other message's.
const RANDOM: usize = 32;
/// Django's line between messages in one file.
const DASHES: usize = 79;
/// Bytes of a line that every mail server takes (RFC 5322, 2.1.1).
const LONGEST_LINE: usize = 998;

/// What is the same on all messages.
#[derive(Debug, Clone)]
pub(super) struct Letterhead {
    from: Mailbox,
    clock: Clock,
}

/// What the way takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// ASCII, as every mail server does.
    Ascii,
    /// UTF-8, so that people can read it.
    Utf8,
}

impl Letterhead {
    pub(super) fn new(settings: &EmailSettings, clock: &Clock) -> Result<Self, MailError> {
        let text = &settings.default_from;
        let from = text.parse().ok().filter(|_| !text.contains(char::is_control));
        let from = from.ok_or_else(|| {
            let expected = "expected `Example <accounts@example.org>` or the address alone";
            MailError::Config(format!("bad value for DEFAULT_FROM_EMAIL: {text:?}; {expected}"))
        })?;
        Ok(Self { from, clock: clock.clone() })
    }

    /// For a mail server.
    pub(super) fn write(&self, message: &Message) -> Result<lettre::Message, MailError> {
        self.compose(message, Way::Ascii)
    }

    /// For a terminal or a file, in Django's form: the message, its lines ended as usual there, and a line of dashes.
    pub(super) fn print(&self, message: &Message) -> Result<Vec<u8>, MailError> {
        let mut printed = self.compose(message, Way::Utf8)?.formatted();
        printed.retain(|byte| *byte != b'\r');
        printed.push(b'\n');
        printed.extend(iter::repeat_n(b'-', DASHES));
        printed.push(b'\n');
        Ok(printed)
    }

    fn compose(&self, message: &Message, way: Way) -> Result<lettre::Message, MailError> {
        // The address is a person's, and the cause may be logged.
        let refused = || MailError::Refused("the recipient has no valid address".to_owned());
        let to = Some(&message.to).filter(|to| !to.contains(char::is_control));
        let to: Address = to.and_then(|to| to.parse().ok()).ok_or_else(refused)?;
        let domain = Some(self.from.email.domain()).filter(|domain| domain.is_ascii()).unwrap_or("localhost");
        let builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject.replace(char::is_control, " "))
            .date(SystemTime::from(self.clock.now().assume_utc()))
            .message_id(Some(format!("<{}@{domain}>", random_string(RANDOM, LOWERCASE_AND_DIGITS))))
            // RFC 3834: no answering machine answers.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        let text = part(ContentType::TEXT_PLAIN, &message.text, way);
        let built = match &message.html {
            None => builder.singlepart(text),
            Some(html) => {
                let parts = MultiPart::alternative().boundary(random_string(RANDOM, LOWERCASE_AND_DIGITS));
                builder.multipart(parts.singlepart(text).singlepart(part(ContentType::TEXT_HTML, html, way)))
            }
        };
        built.map_err(|error| MailError::Refused(error.to_string()))
    }
}

/// A part as it reads if that travels, as in Django: a line is broken only where it must be, so that links stay whole for
/// whoever looks at the source.
fn part(content_type: ContentType, text: &str, way: Way) -> SinglePart {
    // Some servers end a line at a CR alone: none is left.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let fits = text.lines().all(|line| line.len() <= LONGEST_LINE) && !text.contains('\0');
    let plain = match way {
        _ if !fits => None,
        _ if text.is_ascii() => Some(ContentTransferEncoding::SevenBit),
        Way::Ascii => None,
        Way::Utf8 => Some(ContentTransferEncoding::EightBit),
    };
    let body = match plain {
        Some(encoding) => Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), encoding),
        None => Body::new(text),
    };
    SinglePart::builder().content_type(content_type).body(body)
}
