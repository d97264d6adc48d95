//! Words that a dictionary keeps as words: what each may stand for in a name or beside one.

use hashbrown::HashSet;

use super::Lexicon;

/// What a word may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Stands between the words of a name: "upon", "de la".
    Inner,
    /// Stands in the names of streets and squares.
    Street,
    /// Ends the names of streets and houses, and begins none: "close", "house".
    Tail,
    /// A kind of place that belongs to a name next to it: "centre", "north".
    Kind,
    /// Stands before the name of whom something belongs to: "by".
    Owner,
    /// A preposition that an article has been drawn into, so that no name follows: "beim".
    Contracted,
    /// Begins a clause as often as it stands in a name: "der".
    Relative,
    /// One of a list may be called so: "one".
    One,
    /// A part of a station or an airport that a number tells apart: "terminal".
    Numbered,
    /// Begins or ends words that banks are called by: "bank" of "Norisbank".
    BankPart,
    /// Stands before the name of a bank: "Banco (Guayaquil)".
    BankHead,
    /// Says yes to a question: "sure".
    Yes,
    /// Says no to one: "nope".
    No,
}

impl Role {
    const ALL: [(&'static str, Self); 13] = [
        ("inner", Self::Inner),
        ("street", Self::Street),
        ("tail", Self::Tail),
        ("kind", Self::Kind),
        ("owner", Self::Owner),
        ("contracted", Self::Contracted),
        ("relative", Self::Relative),
        ("one", Self::One),
        ("numbered", Self::Numbered),
        ("bank-part", Self::BankPart),
        ("bank-head", Self::BankHead),
        ("yes", Self::Yes),
        ("no", Self::No),
    ];

    /// The role a key of a dictionary names, if it names one.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == key).map(|(_, role)| *role)
    }
}

/// The words of each role.
#[derive(Debug, Default)]
pub(super) struct Roles([HashSet<Box<str>>; Role::ALL.len()]);

impl Roles {
    pub(super) fn add(&mut self, role: Role, word: String) {
        self.0[role as usize].insert(word.into_boxed_str());
    }

    fn has(&self, role: Role, key: &str) -> bool {
        self.0[role as usize].contains(key)
    }

    fn of(&self, role: Role) -> impl Iterator<Item = &str> {
        self.0[role as usize].iter().map(|word| &**word)
    }
}

impl Lexicon {
    /// Whether the word stands between the words of a name.
    pub(in super::super) fn is_inner(&self, key: &str) -> bool {
        self.roles.has(Role::Inner, key)
    }

    /// Whether the word stands in the names of streets and squares.
    pub(in super::super) fn is_street(&self, key: &str) -> bool {
        self.roles.has(Role::Street, key)
    }

    /// Whether the word ends the names of streets and houses.
    pub(in super::super) fn is_tail(&self, key: &str) -> bool {
        self.roles.has(Role::Tail, key)
    }

    /// Whether the word is a kind of place that belongs to a name next to it.
    pub(in super::super) fn is_kind(&self, key: &str) -> bool {
        self.roles.has(Role::Kind, key)
    }

    /// Whether the word stands before the name of whom something belongs to.
    pub(in super::super) fn is_owner(&self, key: &str) -> bool {
        self.roles.has(Role::Owner, key)
    }

    /// Whether the word is a preposition with an article in it.
    pub(in super::super) fn is_contracted(&self, key: &str) -> bool {
        self.roles.has(Role::Contracted, key)
    }

    /// Whether the word begins a clause as often as it stands in a name.
    pub(in super::super) fn is_relative(&self, key: &str) -> bool {
        self.roles.has(Role::Relative, key)
    }

    /// Whether one of a list may be called by the word.
    pub(in super::super) fn is_one(&self, key: &str) -> bool {
        self.roles.has(Role::One, key)
    }

    /// Whether the word begins or ends as the names of banks do, or is one of their words.
    pub(in super::super) fn has_bank_part(&self, key: &str) -> bool {
        self.roles.of(Role::BankPart).any(|part| key.starts_with(part) || key.ends_with(part))
    }

    /// Whether the word stands before the name of a bank.
    pub(in super::super) fn is_bank_head(&self, key: &str) -> bool {
        self.roles.has(Role::BankHead, key)
    }

    /// Whether the word says yes to a question.
    pub(in super::super) fn is_yes(&self, key: &str) -> bool {
        self.roles.has(Role::Yes, key)
    }

    /// Whether the word says no to a question.
    pub(in super::super) fn is_no(&self, key: &str) -> bool {
        self.roles.has(Role::No, key)
    }

    /// Whether a number behind the word belongs to it.
    pub(in super::super) fn is_numbered(&self, key: &str) -> bool {
        self.roles.has(Role::Numbered, key)
    }
}
