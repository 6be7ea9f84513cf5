//! A mail server. Each message has a connection of its own: what waits to be sent is seldom much.

use std::{error::Error as _, fs, path::Path, time::Duration};

use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{Certificate, SmtpConnection, TlsParameters},
    extension::ClientId,
};

use crate::{
    client::printable,
    mail::{EmailBackend, MailError, Message, letterhead::Letterhead},
    settings::EmailSettings,
};

/// How many times a message may wait for `EMAIL_TIMEOUT`: some 15 steps of a connection, and a connection is tried to
/// each address that the server's name has.
const STEPS: i32 = 32;
/// How long the system looks for the address of a name.
const LOOK_UP: time::Duration = time::Duration::MINUTE;
/// How much of what a server says goes into a cause, in characters.
const WORDS: usize = 255;
/// Replies to a message that are about the connection: the server closes, or wants a log-in.
const FOR_ALL: [u16; 2] = [421, 530];

/// Sends messages by a mail server.
pub(super) struct Smtp {
    letterhead: Letterhead,
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    timeout: Duration,
}

/// What becomes of the connection before anything secret is said.
enum Security {
    Clear,
    /// TLS by STARTTLS, or nothing.
    StartTls(TlsParameters),
    /// TLS from the first byte.
    Tls(TlsParameters),
}

impl Smtp {
    pub(super) fn new(settings: &EmailSettings, letterhead: Letterhead) -> Result<Self, MailError> {
        let bad = |name: &str, expected: &str| MailError::Config(format!("bad value for {name}; expected {expected}"));
        let timeout = Duration::try_from(settings.timeout).ok().filter(|timeout| !timeout.is_zero());
        let (user, password) = (&settings.host_user, settings.host_password.expose());
        let has_credentials = !user.is_empty() && !password.is_empty();
        Ok(Self {
            letterhead,
            host: Some(settings.host.clone())
                .filter(|host| !host.is_empty())
                .ok_or_else(|| bad("EMAIL_HOST", "the name of a mail server"))?,
            port: u16::try_from(settings.port).map_err(|_| bad("EMAIL_PORT", "a number up to 65535"))?,
            security: Security::new(settings)?,
            credentials: has_credentials.then(|| Credentials::new(user.clone(), password.to_owned())),
            timeout: timeout.ok_or_else(|| bad("EMAIL_TIMEOUT", "a second or more"))?,
        })
    }

    /// A connection that is as safe as was asked for, logged in.
    fn connect(&self) -> Result<SmtpConnection, Error> {
        let (server, hello) = ((self.host.as_str(), self.port), ClientId::default());
        let tls = if let Security::Tls(parameters) = &self.security { Some(parameters) } else { None };
        let mut connection = SmtpConnection::connect(server, Some(self.timeout), &hello, tls, None)?;
        if let Security::StartTls(parameters) = &self.security {
            // Fails if the server does not offer it.
            connection.starttls(parameters, &hello)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials)?;
        }
        Ok(connection)
    }
}

impl EmailBackend for Smtp {
    fn send(&self, message: &Message) -> Result<(), MailError> {
        let message = self.letterhead.write(message)?;
        // Nobody's address was said yet, so the server's words name nobody.
        let unavailable = |error: Error| MailError::Unavailable(printable(&error.to_string(), WORDS));
        let mut connection = self.connect().map_err(unavailable)?;
        connection.send(message.envelope(), &message.formatted()).map_err(|error| cause(&error))?;
        // Says QUIT. The message is the server's already, whatever it answers.
        connection.abort();
        Ok(())
    }

    fn patience(&self) -> time::Duration {
        let timeout = time::Duration::try_from(self.timeout).unwrap_or(time::Duration::MAX);
        timeout.saturating_mul(STEPS).saturating_add(LOOK_UP)
    }
}

impl Security {
    fn new(settings: &EmailSettings) -> Result<Self, MailError> {
        if !settings.use_ssl && !settings.use_tls {
            return Ok(Self::Clear);
        }
        let mut tls = TlsParameters::builder(settings.host.clone());
        if !settings.ssl_cafile.as_os_str().is_empty() {
            tls = tls.add_root_certificate(read_certificates(&settings.ssl_cafile)?);
        }
        let tls = tls.build().map_err(|error| {
            let file = settings.ssl_cafile.display();
            MailError::Config(format!("TLS to the mail server can't be had; EMAIL_SSL_CAFILE is \"{file}\": {error}"))
        })?;
        Ok(if settings.use_ssl { Self::Tls(tls) } else { Self::StartTls(tls) })
    }
}

fn read_certificates(path: &Path) -> Result<Certificate, MailError> {
    let bad = |why: String| MailError::Config(format!("bad value for EMAIL_SSL_CAFILE: {}: {why}", path.display()));
    let pem = fs::read(path).map_err(|error| bad(error.to_string()))?;
    // A file without any would be taken, and then no server would be trusted.
    if !pem.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Err(bad("expected certificates in PEM".to_owned()));
    }
    Certificate::from_pem(&pem).map_err(|error| bad(error.to_string()))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Why a message was not taken. Servers repeat addresses and links in what they say, so only its numbers are told.
fn cause(error: &Error) -> MailError {
    tracing::debug!(%error, "the mail server did not take a message");
    if let Some(code) = error.status().map(u16::from) {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        let enhanced = words.split_whitespace().next().filter(|word| is_enhanced(word));
        let told = format!("the mail server answered {code} {}", enhanced.unwrap_or_default());
        let told = told.trim_end().to_owned();
        return if FOR_ALL.contains(&code) { MailError::Unavailable(told) } else { MailError::Refused(told) };
    }
    if error.is_client() {
        return MailError::Refused(error.to_string());
    }
    let told =
        if error.is_response() { "the mail server's answer makes no sense".to_owned() } else { error.to_string() };
    MailError::Unavailable(told)
}

/// Whether a word is a status code of RFC 3463, as 5.1.1.
fn is_enhanced(word: &str) -> bool {
    let mut parts = word.split('.');
    let number =
        |part: Option<&str>| part.is_some_and(|part| (1..=3).contains(&part.len()) && part.parse::<u16>().is_ok());
    number(parts.next()) && number(parts.next()) && number(parts.next()) && parts.next().is_none()
}
