use std::collections::HashMap;

use super::{Objection, PasswordValidator, Person, python};
use crate::auth::{hashers::Options, models::user::MAX_EMAIL};

/// What a password is compared with: Django's name, what people call it, where it stands.
struct Attribute {
    name: &'static str,
    verbose_name: &'static str,
    of: for<'a> fn(&Person<'a>) -> &'a str,
}

const ATTRIBUTES: [Attribute; 4] = [
    Attribute { name: "username", verbose_name: "username", of: |person| person.username },
    Attribute { name: "first_name", verbose_name: "first name", of: |person| person.first_name },
    Attribute { name: "last_name", verbose_name: "last name", of: |person| person.last_name },
    Attribute { name: "email", verbose_name: "email address", of: |person| person.email },
];

/// Not too like what is known of the person, or a part of it.
pub(super) struct Similarity {
    attributes: Vec<&'static Attribute>,
    most: f64,
}

impl Similarity {
    pub(super) fn new(options: &mut Options<'_>) -> Self {
        let names = ATTRIBUTES.map(|attribute| attribute.name);
        let chosen = options.texts("user_attributes", &names);
        let find = |name: &String| ATTRIBUTES.iter().find(|attribute| attribute.name == name);
        if chosen.iter().any(|name| find(name).is_none()) {
            options.refuse_option("user_attributes", &format!("names among {}", names.join(", ")));
        }
        let most = options.decimal("max_similarity", 0.7, 0.1..=1.0);
        Self { attributes: chosen.iter().filter_map(find).collect(), most }
    }

    fn is_similar(&self, password: &str, length: usize, part: &str) -> bool {
        let part_length = part.chars().count();
        // However alike they are, no more characters than the shorter has can be the same. A long password is through.
        let bound = ratio(length.min(part_length), length + part_length);
        bound >= self.most && ratio(in_common(password, part), length + part_length) >= self.most
    }
}

/// `SequenceMatcher.ratio`, of so many that match.
fn ratio(matches: usize, length: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if length == 0 { 1.0 } else { 2.0 * number(matches) / number(length) }
}

/// How many characters of one are also in the other, wherever they stand (what `quick_ratio` counts).
fn in_common(left: &str, right: &str) -> usize {
    let mut left_over: HashMap<char, usize> = HashMap::new();
    for c in right.chars() {
        *left_over.entry(c).or_default() += 1;
    }
    let mut take = |c: char| match left_over.get_mut(&c) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    left.chars().filter(|c| take(*c)).count()
}

impl PasswordValidator for Similarity {
    fn validate(&self, password: &str, person: &Person<'_>) -> Option<Objection> {
        let password = password.to_lowercase();
        let length = password.chars().count();
        let similar = self.attributes.iter().find(|attribute| {
            let value = (attribute.of)(person);
            // Longer than any column: refused elsewhere, and its parts without number.
            if value.is_empty() || value.chars().count() > MAX_EMAIL {
                return false;
            }
            let value = value.to_lowercase();
            let parts = value.split(|c| !python::is_word(c)).filter(|part| !part.is_empty());
            parts.chain([value.as_str()]).any(|part| self.is_similar(&password, length, part))
        })?;
        Some(Objection {
            code: "password_too_similar",
            message: format!("The password is too similar to the {}.", similar.verbose_name),
        })
    }

    fn help_text(&self) -> String {
        "Your password can’t be too similar to your other personal information.".to_owned()
    }
}
