use super::{Objection, PasswordValidator, Person, guesses};
use crate::auth::hashers::Options;

/// zxcvbn's 3 is 10⁸ guesses and more, which is too many for whoever tries on the site, and slow where a hash was stolen.
/// Three unrelated words have it, and eight characters drawn by chance, which must do (ASVS 6.2.1); a common word with a year
/// and a mark has not.
const LEAST_SCORE: u32 = 3;
/// Words of the site's name that are shorter occur in any text.
const SHORTEST_WORD: usize = 4;
/// How much of a password is looked at for words; beyond that it is long enough.
const MOST_CHARACTERS: usize = 100;

/// Hard to guess, also for those who know the person and the site.
pub(super) struct Strength {
    least_score: u32,
    /// What everybody who knows this site would try, the longest first: as it is written, and its letters.
    context: Vec<(String, String)>,
}

impl Strength {
    pub(super) fn new(options: &mut Options<'_>, site_name: &str) -> Self {
        let least_score = options.number("min_score", LEAST_SCORE, 0..=4);
        let words = site_name.split_whitespace().filter(|word| letters(word).chars().count() >= SHORTEST_WORD);
        let mut context: Vec<String> = words.chain([site_name]).map(str::to_owned).collect();
        context.extend(options.texts("context_words", &[]));
        let mut context: Vec<_> = context.into_iter().map(|word| (word.clone(), letters(&word))).collect();
        context.retain(|(_, letters)| !letters.is_empty());
        context.sort_by_key(|(_, letters)| std::cmp::Reverse(letters.len()));
        Self { least_score, context }
    }

    /// The word that at least two thirds of the password's letters are, if there is one.
    fn mostly(&self, password: &str) -> Option<&str> {
        let all = letters(&password.chars().take(MOST_CHARACTERS).collect::<String>());
        let mut left = all.clone();
        let mut found = None;
        for (word, letters) in &self.context {
            if left.contains(letters.as_str()) {
                left = left.replace(letters, "");
                found = found.or(Some(word.as_str()));
            }
        }
        found.filter(|_| left.chars().count() * 3 <= all.chars().count())
    }

    fn is_weak(&self, password: &str, person: &Person<'_>) -> bool {
        let local_part = person.email.split('@').next().unwrap_or_default();
        let full_name = format!("{}{}", person.first_name, person.last_name);
        let known = [person.username, person.first_name, person.last_name, &full_name, person.email, local_part];
        let context = self.context.iter().map(|(word, _)| word.as_str());
        let inputs = known.into_iter().chain(context).filter(|input| (1..=MOST_CHARACTERS).contains(&input.len()));
        guesses::score(password, &inputs.collect::<Vec<_>>()) < self.least_score
    }
}

/// The letters of a text, case-folded.
fn letters(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect()
}

impl PasswordValidator for Strength {
    fn validate(&self, password: &str, person: &Person<'_>) -> Option<Objection> {
        if let Some(word) = self.mostly(password) {
            let message = format!(
                "This password is mostly “{word}”, which is among the first guesses on this site. Use words that have \
                 nothing to do with it."
            );
            return Some(Objection { code: "password_contains_context", message });
        }
        let message = "This password is too easy to guess. Make it longer, for example with another two or three words \
                       that do not belong together.";
        self.is_weak(password, person).then(|| Objection { code: "password_too_weak", message: message.to_owned() })
    }

    fn help_text(&self) -> String {
        "Your password must be hard to guess: take three or four unrelated words, or eight or more random characters."
            .to_owned()
    }
}
