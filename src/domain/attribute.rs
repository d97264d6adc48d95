//! What an ATM can do and how it can be reached: every yes/no of the record, each with a third
//! value for "not stated".

use serde::Serialize;

/// Yes, no, or not stated. Unknown is the normal value in real data and is never read as no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tri {
    /// Stated to be so.
    Yes,
    /// Stated not to be so.
    No,
    /// Not stated.
    #[default]
    Unknown,
}

impl Tri {
    /// The word used in JSON, CSV and texts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    /// Both must hold (Kleene's three-valued logic).
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    /// Either must hold (Kleene's three-valued logic).
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }
}

impl std::ops::Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Tri {
    fn from(stated: bool) -> Self {
        if stated { Self::Yes } else { Self::No }
    }
}

/// The parameter an attribute is asked by, and the object it stands in in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeGroup {
    /// What can be done at the machine (`service=`).
    Service,
    /// Who can use it (`accessibility=`).
    Accessibility,
    /// Where and how it stands (`feature=`).
    Feature,
    /// Stated per machine, not asked by a parameter of its own.
    Other,
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $group:ident;)*) => {
        /// A yes/no of the record. The discriminant is its bit in [`Attributes`] and in the masks
        /// of the index; it may change between releases and is stored nowhere.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Attribute { $($(#[$doc])* $name,)* }

        impl Attribute {
            /// Every attribute, in the order of its bit.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code used in parameters, JSON and CSV columns.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The group it belongs to.
            #[must_use]
            pub const fn group(self) -> AttributeGroup {
                match self { $(Self::$name => AttributeGroup::$group,)* }
            }
        }
    };
}

attributes! {
    /// Dispenses cash. OB `CashWithdrawal`; OSM `cash_out`, implied yes.
    CashOut = "cash_out", Service;
    /// Takes cash deposits. OB `CashDeposits`; OSM `cash_in`.
    CashIn = "cash_in", Service;
    /// Takes cheques. OB `ChequeDeposits`; OSM `cheque_in`.
    ChequeIn = "cheque_in", Service;
    /// Takes deposits in envelopes. OB `EnvelopeDeposit`.
    EnvelopeIn = "envelope_in", Service;
    /// Takes coins.
    CoinsIn = "coins_in", Service;
    /// Shows the balance. OB `Balance`.
    Balance = "balance", Service;
    /// Prints the last transactions. OB `MiniStatement`.
    MiniStatement = "mini_statement", Service;
    /// Orders a statement by post. OB `OrderStatement`.
    StatementOrder = "statement_order", Service;
    /// Pays bills. OB `BillPayments`.
    BillPayment = "bill_payment", Service;
    /// Transfers between accounts.
    Transfer = "transfer", Service;
    /// Tops up a mobile phone. OB `MobilePhoneTopUp`.
    PhoneTopUp = "phone_top_up", Service;
    /// Gives to charity. OB `CharityDonation`.
    Charity = "charity", Service;
    /// Changes the PIN. OB `PINChange`.
    PinChange = "pin_change", Service;
    /// Unblocks the PIN. OB `PINUnblock`.
    PinUnblock = "pin_unblock", Service;
    /// Activates a card or PIN. OB `PINActivation`.
    CardActivation = "card_activation", Service;
    /// Registers for mobile banking or payment. OB `MobileBankingRegistration`,
    /// `MobilePaymentRegistration`.
    MobileRegistration = "mobile_registration", Service;
    /// Preset amounts without questions. OB `FastCash`.
    FastCash = "fast_cash", Service;
    /// Dispenses a currency other than the country's own.
    ForeignCurrency = "foreign_currency", Service;
    /// Usable from a wheelchair; `limited` is kept apart as [`Attribute::WheelchairLimited`].
    Wheelchair = "wheelchair", Accessibility;
    /// Speaks, through a jack or loudspeaker. OB `AudioCashMachine`; OSM `speech_output`.
    Audio = "audio", Accessibility;
    /// Has braille. OSM `tactile_writing:braille`.
    Braille = "braille", Accessibility;
    /// Has an induction loop. OB `InductionLoop`.
    InductionLoop = "induction_loop", Accessibility;
    /// No step on the way. OB `LevelAccess`.
    LevelAccess = "level_access", Accessibility;
    /// A ramp leads to it. OB `ExternalRamp`, `InternalRamp`.
    Ramp = "ramp", Accessibility;
    /// Doors open by themselves. OB `AutomaticDoors`.
    AutomaticDoors = "automatic_doors", Accessibility;
    /// Keypad and screen within low reach. OB `LowerLevelCounter`.
    LowCounter = "low_counter", Accessibility;
    /// Used from a car.
    DriveThrough = "drive_through", Feature;
    /// Stands inside a building.
    Indoor = "indoor", Feature;
    /// Stands outside.
    Outdoor = "outdoor", Feature;
    /// Under a roof.
    Covered = "covered", Feature;
    /// Works with a card or phone held near. VTB `nfcForBankCards`.
    Contactless = "contactless", Feature;
    /// Reads the chip rather than the stripe.
    Chip = "chip", Other;
    /// Reachable day and night. OB `Access24HoursIndicator`.
    AlwaysOpen = "always_open", Other;
    /// OSM `wheelchair=limited`: neither a plain yes nor a plain no.
    WheelchairLimited = "wheelchair_limited", Other;
}

impl Attribute {
    /// The attribute with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|attribute| attribute.code() == code)
    }

    /// The attributes of one group, in order.
    pub fn of_group(group: AttributeGroup) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |attribute| attribute.group() == group)
    }

    /// Its bit in a mask.
    #[must_use]
    pub const fn bit(self) -> u64 {
        1 << self as u8
    }
}

/// Every yes/no of one ATM in two words: a set bit in `yes` or `no` is stated, in neither unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attributes {
    yes: u64,
    no: u64,
}

impl Attributes {
    /// The value stated for `attribute`.
    #[must_use]
    pub fn get(self, attribute: Attribute) -> Tri {
        if self.yes & attribute.bit() != 0 {
            Tri::Yes
        } else if self.no & attribute.bit() != 0 {
            Tri::No
        } else {
            Tri::Unknown
        }
    }

    /// States `attribute`, replacing what was stated before.
    pub fn set(&mut self, attribute: Attribute, value: Tri) {
        self.yes &= !attribute.bit();
        self.no &= !attribute.bit();
        match value {
            Tri::Yes => self.yes |= attribute.bit(),
            Tri::No => self.no |= attribute.bit(),
            Tri::Unknown => {}
        }
    }

    /// The bits stated yes.
    #[must_use]
    pub fn yes_bits(self) -> u64 {
        self.yes
    }

    /// The bits stated no.
    #[must_use]
    pub fn no_bits(self) -> u64 {
        self.no
    }

    /// Attributes from the two words of [`Self::yes_bits`] and [`Self::no_bits`].
    #[must_use]
    pub fn from_bits(yes: u64, no: u64) -> Self {
        Self { yes, no: no & !yes }
    }
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// Not stated.
            #[default]
            Unknown,
        }

        impl $name {
            /// Every stated value, without `Unknown`.
            pub const STATED: &'static [Self] = &[$(Self::$variant,)*];

            /// The code used in parameters, JSON and CSV.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* Self::Unknown => "unknown" }
            }

            /// The value with this code; `unknown` is a code too.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* "unknown" => Some(Self::Unknown), _ => None }
            }
        }
    };
}

coded! {
    /// What kind of place the machine stands at. OB `LocationCategory`; OSM's host object.
    LocationType {
        /// In the outer wall of a bank branch.
        BranchExternal = "branch_external",
        /// Inside a bank branch.
        BranchInternal = "branch_internal",
        /// In a branch's lobby, open longer than the branch.
        BranchLobby = "branch_lobby",
        /// In a shop or shopping centre.
        Retail = "retail",
        /// In a supermarket.
        Supermarket = "supermarket",
        /// In a convenience store.
        Convenience = "convenience",
        /// At a fuel station.
        Fuel = "fuel",
        /// At a railway, metro, bus or ferry station.
        TransportStation = "transport_station",
        /// At an airport.
        Airport = "airport",
        /// At a hospital.
        Hospital = "hospital",
        /// In a hotel.
        Hotel = "hotel",
        /// At a school or university.
        Education = "education",
        /// In a vehicle or at changing places. OB `MobileUnit`.
        MobileUnit = "mobile_unit",
        /// Stated to be none of these. OB `RemoteUnit`, `Other`.
        Other = "other",
    }
}

coded! {
    /// Whether using the machine costs money, beside what the card's own bank charges.
    Fee {
        /// Free for everyone. OSM `fee=no`.
        Free = "free",
        /// Some customers pay. OSM `fee=some`.
        SomeCustomers = "some_customers",
        /// Everyone pays. OSM `fee=yes`.
        Everyone = "everyone",
    }
}

coded! {
    /// Who may reach the machine. OSM `access`; Visa `RESTRICTED`.
    Access {
        /// Anyone.
        Public = "public",
        /// Customers of the place.
        Customers = "customers",
        /// Staff or members only.
        Private = "private",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_value_replaces_the_one_before_and_unknown_takes_it_back() {
        let mut attributes = Attributes::default();
        assert_eq!(attributes.get(Attribute::CashIn), Tri::Unknown);
        attributes.set(Attribute::CashIn, Tri::No);
        attributes.set(Attribute::CashIn, Tri::Yes);
        assert_eq!(attributes.get(Attribute::CashIn), Tri::Yes);
        attributes.set(Attribute::CashIn, Tri::Unknown);
        assert_eq!(attributes, Attributes::default());
    }

    #[test]
    fn codes_are_unique_and_read_back() {
        for &attribute in Attribute::ALL {
            assert_eq!(Attribute::from_code(attribute.code()), Some(attribute));
        }
        for &kind in LocationType::STATED {
            assert_eq!(LocationType::from_code(kind.code()), Some(kind));
        }
    }

    #[test]
    fn three_values_follow_kleene() {
        use Tri::{No, Unknown, Yes};
        assert_eq!(Yes.and(Unknown), Unknown);
        assert_eq!(No.and(Unknown), No);
        assert_eq!(Yes.or(Unknown), Yes);
        assert_eq!(No.or(Unknown), Unknown);
    }
}
