//! From numbers to heights.

/// A scale from zero up to a round number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    step: u32,
    steps: u32,
}

impl Scale {
    /// One that reaches `most` in at most `steps` steps of 1, 2 or 5 and zeros.
    pub fn up_to(most: u32, steps: u32) -> Self {
        let steps = steps.max(1);
        let reaches = |step: &u64| step * u64::from(steps) >= u64::from(most);
        let round = (0..10).flat_map(|zeros| [1, 2, 5].map(|digit| digit * 10_u64.pow(zeros)));
        let step = round.into_iter().find(reaches).and_then(|step| u32::try_from(step).ok()).unwrap_or(u32::MAX);
        Self { step, steps: most.div_ceil(step).max(1) }
    }

    /// The round numbers, from zero on.
    pub fn ticks(self) -> impl Iterator<Item = u32> {
        (0..=self.steps).map(move |tick| tick.saturating_mul(self.step))
    }

    /// How much of the whole length `value` takes.
    pub fn part(self, value: u32) -> f64 {
        f64::from(value) / (f64::from(self.step) * f64::from(self.steps))
    }
}

/// A number as people write it: `12,345`.
pub fn grouped(number: impl Into<i64>) -> String {
    let number: i64 = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A round number where there is little room: `1.5k`, `20M`.
pub(super) fn short(number: u32) -> String {
    let (unit, sign) = match number {
        0..1_000 => return number.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        _ => (1_000_000, "M"),
    };
    match number % unit * 10 / unit {
        0 => format!("{}{sign}", number / unit),
        tenths => format!("{}.{tenths}{sign}", number / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_round_and_reaches_the_highest() {
        for (most, ticks) in [
            (0, vec![0, 1]),
            (1, vec![0, 1]),
            (2, vec![0, 1, 2]),
            (3, vec![0, 2, 4]),
            (10, vec![0, 5, 10]),
            (11, vec![0, 10, 20]),
            (99, vec![0, 50, 100]),
            (101, vec![0, 100, 200]),
            (1_999_999, vec![0, 1_000_000, 2_000_000]),
        ] {
            let scale = Scale::up_to(most, 2);
            assert_eq!(scale.ticks().collect::<Vec<_>>(), ticks, "{most}");
            assert!((0.0..=1.0).contains(&scale.part(most)), "{most}");
        }
        assert!(Scale::up_to(u32::MAX, 2).part(u32::MAX) <= 1.0);
        assert!((Scale::up_to(10, 2).part(5) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn numbers_can_be_read() {
        assert_eq!([0, 999, 1_000, 12_345, 1_234_567].map(grouped), ["0", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!([0, 500, 1_000, 1_500, 20_000, 2_500_000].map(short), ["0", "500", "1k", "1.5k", "20k", "2.5M"]);
    }
}
