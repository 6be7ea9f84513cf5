//! How soon a guesser who knows what people do finds a password, as zxcvbn estimates, in bounded time.

use std::collections::BTreeSet;

use zxcvbn::{Entropy, matching::patterns::MatchPattern};

/// zxcvbn looks no further. Who passes with so much passes with all.
const MOST_CHARACTERS: usize = 100;
/// Characters that stand for a letter, by the letter (zxcvbn's). It tries each choice of one from every group that
/// occurs, on each part of the password: with all of them a hundred characters would take it a second.
const STAND_INS: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];
/// The most choices times the square of the length; it takes some 15 ms. Passwords that people make are a hundred times
/// below, and one that is cut here has so many different characters that what is left is strong already.
const MOST_WORK: usize = 100_000;

/// Looks at the beginning of `password`, knowing that it may be made of `inputs`.
fn estimate(password: &str, inputs: &[&str]) -> Entropy {
    zxcvbn::zxcvbn(beginning(password), inputs)
}

/// zxcvbn's score, from 0 to 4, but that its 3 begins at 10⁸ guesses and not a few above: eight characters without any
/// pattern need just so many.
pub(super) fn score(password: &str, inputs: &[&str]) -> u32 {
    let estimate = estimate(password, inputs);
    let score = u32::from(u8::from(estimate.score()));
    if estimate.guesses() >= 100_000_000 { score.max(3) } else { score }
}

/// The guesses that `password` needs as a whole; `None` for one that is too long to be on a list, or of a few characters
/// without any pattern: it is short, but not common.
pub(super) fn whole(password: &str) -> Option<u64> {
    if beginning(password).len() < password.len() {
        return None;
    }
    let estimate = estimate(password, &[]);
    let patterns = estimate.sequence().iter().any(|part| part.pattern != MatchPattern::BruteForce);
    patterns.then(|| estimate.guesses())
}

/// As much of `password` as can be looked at in time.
fn beginning(password: &str) -> &str {
    let mut seen = BTreeSet::new();
    let too_much = password.char_indices().enumerate().find(|(length, (_, c))| {
        seen.insert(*c);
        let occurring = STAND_INS.map(|group| group.chars().filter(|c| seen.contains(c)).count().max(1));
        *length >= MOST_CHARACTERS || occurring.iter().product::<usize>() * (length + 1).pow(2) > MOST_WORK
    });
    too_much.map_or(password, |(_, (at, _))| &password[..at])
}
