use std::{collections::HashSet, fs, io::Read};

use flate2::read::MultiGzDecoder;

use super::{Objection, PasswordValidator, Person, guesses, python};
use crate::auth::hashers::Options;

/// The guesses that zxcvbn needs for the last of its 30,000 common passwords. What needs no more is as common: all of the
/// list, and what is still simpler, such as a character repeated.
const LISTED: u64 = 30_001;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Not a password that many have.
pub(super) enum Common {
    /// None of zxcvbn's.
    Dictionary,
    /// None of those in the operator's file.
    List(HashSet<String>),
}

impl Common {
    pub(super) fn new(options: &mut Options<'_>) -> Self {
        let Some(path) = options.text("password_list_path") else {
            return Self::Dictionary;
        };
        match read(&path) {
            Ok(list) => Self::List(list.split(['\n', '\r']).map(|line| python::strip(line).to_owned()).collect()),
            Err(cause) => {
                let expected = format!("a file with a password a line, gzipped or not ({cause})");
                options.refuse_option("password_list_path", &expected);
                Self::Dictionary
            }
        }
    }

    fn has(&self, password: &str) -> bool {
        match self {
            Self::Dictionary => guesses::whole(password).is_some_and(|guesses| guesses <= LISTED),
            Self::List(list) => list.contains(password),
        }
    }
}

fn read(path: &str) -> std::io::Result<String> {
    let bytes = fs::read(path)?;
    let mut text = String::new();
    if bytes.starts_with(&GZIP) {
        MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        bytes.as_slice().read_to_string(&mut text)?;
    }
    Ok(text)
}

impl PasswordValidator for Common {
    fn validate(&self, password: &str, _person: &Person<'_>) -> Option<Objection> {
        let password = password.to_lowercase();
        self.has(python::strip(&password))
            .then(|| Objection { code: "password_too_common", message: "This password is too common.".to_owned() })
    }

    fn help_text(&self) -> String {
        "Your password can’t be a commonly used password.".to_owned()
    }
}
