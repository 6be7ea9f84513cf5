//! The places of attempts whose passwords are being checked, in a row of ours.

use time::PrimitiveDateTime;

/// A place that is neither given back nor spent in the epoch in which it was taken or in the next one is left: whoever took
/// it has crashed. Longer than any check of a password, and short enough to wait for.
const EPOCH_SECONDS: i64 = 30;

/// The epoch of a moment.
pub fn epoch(now: PrimitiveDateTime) -> i32 {
    i32::try_from(now.assume_utc().unix_timestamp().div_euclid(EPOCH_SECONDS)).unwrap_or_default()
}

/// The places that are taken while passwords are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    pub(super) current: i32,
    pub(super) before: i32,
    pub(super) epoch: i32,
}

impl Places {
    pub(super) const NONE: Self = Self { current: 0, before: 0, epoch: 0 };

    /// How many.
    pub fn taken(&self) -> i32 {
        self.current + self.before
    }

    /// One more.
    #[must_use]
    pub fn and_one(self) -> Self {
        Self { current: self.current + 1, ..self }
    }

    /// The same as they count in `epoch`. Those of the epoch after it were taken by somebody whose clock is ahead, or who
    /// looked at it later and wrote first: they count, and the row stays in their epoch.
    pub(super) fn at(self, epoch: i32) -> Self {
        match epoch - self.epoch {
            -1 | 0 => self,
            1 => Self { current: 0, before: self.current, epoch },
            _ => Self { epoch, ..Self::NONE },
        }
    }

    /// In which epoch one is that was taken just now.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Gives back one that was taken in `epoch`; whoever comes too late finds it gone.
    pub fn give_back(&mut self, epoch: i32) {
        match self.epoch - epoch {
            0 => self.current = (self.current - 1).max(0),
            1 => self.before = (self.before - 1).max(0),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_end_with_the_epoch_after_theirs_whatever_goes_on_meanwhile() {
        let taken = |places: Places, epoch| {
            let mut places = places.at(epoch);
            places.current += 1;
            places
        };
        let places = taken(taken(taken(Places::NONE, 7), 7), 8);
        assert_eq!((places.taken(), places.at(9).taken(), places.at(10).taken()), (3, 1, 0));
        let mut places = places;
        places.give_back(7);
        places.give_back(8);
        assert_eq!(places.taken(), 1);
        places.give_back(6);
        assert_eq!(places.taken(), 1, "that one is gone already");
        places.give_back(7);
        places.give_back(7);
        assert_eq!(places.taken(), 0);
    }

    #[test]
    fn whose_clock_is_behind_wipes_no_place_of_others() {
        let places = Places { current: 2, before: 1, epoch: 8 };
        assert_eq!((places.at(7), places.at(7).epoch()), (places, 8));
        assert_eq!(places.at(6).taken(), 0, "a clock that was set back");
    }
}
