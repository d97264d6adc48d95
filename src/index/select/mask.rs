//! What a subtree may contain, and what a question can accept, in the same three words.

/// What one ATM states: a set bit in `yes` or `no` is stated so, in neither it is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mask {
    /// Bits stated yes.
    pub yes: u64,
    /// Bits stated no.
    pub no: u64,
}

/// A set of (bit, value) pairs: for each of 64 bits, which of yes, no and unknown.
///
/// Of a subtree it says which values occur below; in a [`Requirement`] which values are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// Bits that may be yes.
    pub yes: u64,
    /// Bits that may be no.
    pub no: u64,
    /// Bits that may be unknown.
    pub unknown: u64,
}

impl From<Mask> for States {
    fn from(mask: Mask) -> Self {
        Self { yes: mask.yes, no: mask.no, unknown: !(mask.yes | mask.no) }
    }
}

impl States {
    /// Every value of every bit.
    pub const ALL: Self = Self { yes: !0, no: !0, unknown: !0 };

    /// The pairs of either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            yes: self.yes | other.yes,
            no: self.no | other.no,
            unknown: self.unknown | other.unknown,
        }
    }

    /// The bits for which both sets share a value.
    #[must_use]
    pub fn shared_bits(self, other: Self) -> u64 {
        (self.yes & other.yes) | (self.no & other.no) | (self.unknown & other.unknown)
    }
}

/// Which masks a search accepts.
///
/// Of a single ATM the verdict is exact. Of a subtree it is a necessary condition: where it fails,
/// no ATM below can match, and the search passes the whole subtree by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub(super) all: States,
    pub(super) any: Vec<States>,
}

impl Default for Requirement {
    fn default() -> Self {
        Self { all: States::ALL, any: Vec::new() }
    }
}

impl Requirement {
    /// Narrows what is accepted of each of `bits` to `accepted`, which names for them the values
    /// that will do. Narrowing twice accepts what both accept.
    #[must_use]
    pub fn all_of(mut self, bits: u64, accepted: States) -> Self {
        self.all.yes &= accepted.yes | !bits;
        self.all.no &= accepted.no | !bits;
        self.all.unknown &= accepted.unknown | !bits;
        self
    }

    /// Demands besides that at least one of these (bit, value) pairs holds: one of several kinds of
    /// place, or one of several bits unknown.
    #[must_use]
    pub fn any_of(mut self, pairs: States) -> Self {
        self.any.push(pairs);
        self
    }

    /// Whether every mask is accepted.
    #[must_use]
    pub fn accepts_everything(&self) -> bool {
        self.all == States::ALL && self.any.is_empty()
    }

    /// Whether these states of one ATM are accepted, or an accepted ATM may be among those of a
    /// subtree in which these states occur.
    #[must_use]
    pub fn may_match(&self, states: States) -> bool {
        self.all.shared_bits(states) == !0
            && self.any.iter().all(|pairs| pairs.shared_bits(states) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: States = States { yes: !0, no: 0, unknown: 0 };
    const NO: States = States { yes: 0, no: !0, unknown: 0 };
    const UNKNOWN: States = States { yes: 0, no: 0, unknown: !0 };

    fn states(yes: u64, no: u64) -> States {
        Mask { yes, no }.into()
    }

    #[test]
    fn every_bit_of_one_atm_has_exactly_one_value() {
        let one = states(0b0011, 0b0100);
        assert_eq!(one.yes | one.no | one.unknown, !0);
        assert_eq!((one.yes & one.no) | (one.yes & one.unknown) | (one.no & one.unknown), 0);
    }

    #[test]
    fn unknown_is_accepted_only_where_asked_for() {
        let strict = Requirement::default().all_of(0b1, YES);
        let lenient = Requirement::default().all_of(0b1, YES.union(UNKNOWN));
        let only = Requirement::default().all_of(0b1, UNKNOWN);
        for (mask, verdicts) in [
            (states(0b1, 0), [true, true, false]),
            (states(0, 0b1), [false, false, false]),
            (states(0, 0), [false, true, true]),
        ] {
            let found = [&strict, &lenient, &only].map(|requirement| requirement.may_match(mask));
            assert_eq!(found, verdicts);
        }
    }

    #[test]
    fn one_of_several_kinds_is_enough_but_one_there_must_be() {
        let kinds = Requirement::default().any_of(States { yes: 0b110, ..States::default() });
        assert!(kinds.may_match(states(0b010, 0b101)));
        assert!(kinds.may_match(states(0b100, 0b011)));
        assert!(!kinds.may_match(states(0b001, 0b110)));
        assert!(!kinds.may_match(states(0, 0)));
    }

    #[test]
    fn a_subtree_is_passed_by_only_when_nothing_below_can_match() {
        let requirements = [
            Requirement::default().all_of(0b1, YES).all_of(0b10, NO),
            Requirement::default().all_of(0b11, NO.union(UNKNOWN)),
            Requirement::default().any_of(States { yes: 0b100, no: 0b1, unknown: 0b10 }),
        ];
        let masks: Vec<States> =
            (0..64).map(|bits: u64| states(bits & 0b111, (bits >> 3) & !bits & 0b111)).collect();
        for requirement in &requirements {
            for &one in &masks {
                for &other in &masks {
                    let below = requirement.may_match(one) || requirement.may_match(other);
                    assert!(requirement.may_match(one.union(other)) || !below);
                }
            }
        }
        assert!(!requirements[0].may_match(states(0b1, 0).union(states(0b11, 0))));
    }
}
