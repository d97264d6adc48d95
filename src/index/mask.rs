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
    all: States,
    any: Vec<States>,
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
