//! How far a role reaches at its place, and for how long: what two grants of one role at one place come to together.

use std::fmt;

use super::grant::Grant;
use crate::db::types::Ts;
use crate::web::view::moment;

/// How far below its place a role reaches, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Whether it reaches everything below an organization.
    pub below: bool,
    /// From this instant on; none: since it was given.
    pub starts_at: Option<Ts>,
    /// Before this instant; none: until it is taken.
    pub ends_at: Option<Ts>,
}

/// When something is held that is not held from now on and for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spell {
    /// It has begun, and ends then.
    Until(Ts),
    /// It begins then, and has no end.
    From(Ts),
    /// It begins and ends.
    Between(Ts, Ts),
}

impl fmt::Display for Spell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Until(end) => write!(f, "until {}", moment(*end)),
            Self::From(start) => write!(f, "from {} on", moment(*start)),
            Self::Between(start, end) => {
                write!(f, "from {} until {}", moment(*start), moment(*end))
            }
        }
    }
}

impl Extent {
    /// Of a grant.
    pub const fn of(grant: &Grant) -> Self {
        Self {
            below: grant.scope.is_below(),
            starts_at: grant.starts_at,
            ends_at: grant.ends_at,
        }
    }

    /// Whether it counts now.
    pub fn is_current(&self, now: Ts) -> bool {
        self.starts_at.is_none_or(|start| start <= now) && !self.is_over(now)
    }

    /// Whether nothing of it is left.
    pub fn is_over(&self, now: Ts) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }

    /// From when on it counts, as far as that is still to come.
    fn begin(&self, now: Ts) -> Option<Ts> {
        self.starts_at.filter(|start| *start > now)
    }

    /// When it is held; none: from now on, and for good.
    pub fn spell(&self, now: Ts) -> Option<Spell> {
        match (self.begin(now), self.ends_at) {
            (None, None) => None,
            (None, Some(end)) => Some(Spell::Until(end)),
            (Some(start), None) => Some(Spell::From(start)),
            (Some(start), Some(end)) => Some(Spell::Between(start, end)),
        }
    }

    /// Whether it ends no earlier.
    fn lasts_as_long(&self, other: &Self) -> bool {
        match (self.ends_at, other.ends_at) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(theirs)) => own >= theirs,
        }
    }

    /// Whether the other gives nothing, from now on, that this does not.
    pub fn covers(&self, other: &Self, now: Ts) -> bool {
        let begins = match (self.begin(now), other.begin(now)) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(theirs)) => own <= theirs,
        };
        other.is_over(now) || (begins && self.lasts_as_long(other) && (self.below || !other.below))
    }

    /// Both as one: neither less than they are together nor more. None: no one grant says that, for one reaches
    /// further and the other lasts longer, or there is a time between them.
    pub fn with(&self, other: &Self, now: Ts) -> Option<Self> {
        if self.covers(other, now) {
            return Some(*self);
        }
        if other.covers(self, now) {
            return Some(*other);
        }
        let (first, last) = if self.begin(now) <= other.begin(now) {
            (self, other)
        } else {
            (other, self)
        };
        // None is the smallest: what has begun comes first.
        let meet = first.ends_at >= last.begin(now);
        (self.below == other.below && meet).then_some(Self {
            below: self.below,
            starts_at: first.starts_at,
            ends_at: last.ends_at,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn at(second: i64) -> Ts {
        Ts::new(DateTime::from_timestamp(second, 0).unwrap())
    }

    fn extent(below: bool, start: Option<i64>, end: Option<i64>) -> Extent {
        Extent {
            below,
            starts_at: start.map(at),
            ends_at: end.map(at),
        }
    }

    #[test]
    fn two_extents_come_to_neither_less_nor_more_than_both_at_every_moment() {
        let now = at(10);
        let times = [None, Some(5), Some(10), Some(20), Some(30), Some(40)];
        let mut all = Vec::new();
        for below in [false, true] {
            for start in times {
                for end in times {
                    let begins = start.unwrap_or(0);
                    if end.is_none_or(|end| begins < end) {
                        all.push(extent(below, start, end));
                    }
                }
            }
        }
        let holds = |one: &Extent, second: i64, below: bool| {
            (one.below || !below)
                && one.starts_at.is_none_or(|start| start <= at(second))
                && one.ends_at.is_none_or(|end| at(second) < end)
        };
        let moments = || (10..60).flat_map(|second| [(second, false), (second, true)]);
        for one in &all {
            for other in &all {
                let covers = moments().all(|(second, below)| {
                    !holds(other, second, below) || holds(one, second, below)
                });
                assert_eq!(one.covers(other, now), covers, "{one:?} {other:?}");
                let Some(both) = one.with(other, now) else {
                    assert!(!covers);
                    continue;
                };
                for (second, below) in moments() {
                    let either = holds(one, second, below) || holds(other, second, below);
                    assert_eq!(
                        holds(&both, second, below),
                        either,
                        "{one:?} and {other:?} came to {both:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_reaches_further_and_what_lasts_longer_are_not_one() {
        let now = at(10);
        let wide = extent(true, None, Some(20));
        let long = extent(false, None, None);
        assert_eq!(wide.with(&long, now), None);
        assert_eq!(long.with(&wide, now), None);
        let apart = extent(false, Some(30), None);
        assert_eq!(extent(false, None, Some(20)).with(&apart, now), None);
        let touching = extent(false, None, Some(30));
        assert_eq!(touching.with(&apart, now), Some(long));
    }
}
