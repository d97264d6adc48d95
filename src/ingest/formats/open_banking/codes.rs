//! The code lists of the UK Open Banking ATM standard and the words of the record.
//!
//! Each table is read in both directions: by code when reading, by the record's word when
//! writing, where the first line with a word is the one written. Codes of version 1 stand last.

use crate::domain::{Attribute, LocationType};

/// `ATMServices`. Two codes that mean one attribute are told apart by nobody who asks.
pub(crate) const SERVICES: &[(&str, Attribute)] = &[
    ("Balance", Attribute::Balance),
    ("BillPayments", Attribute::BillPayment),
    ("CashDeposits", Attribute::CashIn),
    ("CashWithdrawal", Attribute::CashOut),
    ("CharityDonation", Attribute::Charity),
    ("ChequeDeposits", Attribute::ChequeIn),
    ("EnvelopeDeposit", Attribute::EnvelopeIn),
    ("FastCash", Attribute::FastCash),
    ("MiniStatement", Attribute::MiniStatement),
    ("MobileBankingRegistration", Attribute::MobileRegistration),
    ("MobilePaymentRegistration", Attribute::MobileRegistration),
    ("MobilePhoneTopUp", Attribute::PhoneTopUp),
    ("OrderStatement", Attribute::StatementOrder),
    ("PINActivation", Attribute::CardActivation),
    ("PINChange", Attribute::PinChange),
    ("PINUnblock", Attribute::PinUnblock),
    ("ATBA", Attribute::Balance),
    ("ATBP", Attribute::BillPayment),
];

/// `Accessibility`; in version 1 `AccessibilityTypes`.
pub(crate) const ACCESSIBILITY: &[(&str, Attribute)] = &[
    ("AudioCashMachine", Attribute::Audio),
    ("AutomaticDoors", Attribute::AutomaticDoors),
    ("ExternalRamp", Attribute::Ramp),
    ("InductionLoop", Attribute::InductionLoop),
    ("InternalRamp", Attribute::Ramp),
    ("LevelAccess", Attribute::LevelAccess),
    ("LowerLevelCounter", Attribute::LowCounter),
    ("WheelchairAccess", Attribute::Wheelchair),
    ("DriveThru", Attribute::DriveThrough),
    ("ATAC", Attribute::Audio),
    ("ATAD", Attribute::AutomaticDoors),
];

/// `LocationCategory`, with the side of the wall where the code tells it. A code that says more
/// than its word is kept in `extra`, see [`says_more`].
pub(crate) const LOCATIONS: &[(&str, LocationType, Option<Attribute>)] = &[
    ("BranchExternal", LocationType::BranchExternal, None),
    ("BranchInternal", LocationType::BranchInternal, None),
    ("BranchLobby", LocationType::BranchLobby, None),
    ("RetailerOutlet", LocationType::Retail, None),
    ("MobileUnit", LocationType::MobileUnit, None),
    ("Other", LocationType::Other, None),
    ("RemoteUnit", LocationType::Other, None),
    ("Airport", LocationType::Airport, None),
    ("BankSpecialisedOutlet", LocationType::Other, None),
    ("BureauDeChange", LocationType::Other, None),
    ("CoachStation", LocationType::TransportStation, None),
    ("CommercialSpaceInternal", LocationType::Other, Some(Attribute::Indoor)),
    ("ConvenienceStore", LocationType::Convenience, None),
    ("ExhibitionCentre", LocationType::Other, None),
    ("FactoryOrOffice", LocationType::Other, None),
    ("FillingStation", LocationType::Fuel, None),
    ("FinancialInstitution", LocationType::Other, None),
    ("GovernmentOffice", LocationType::Other, None),
    ("Hospital", LocationType::Hospital, None),
    ("Hotel", LocationType::Hotel, None),
    ("KioskPod", LocationType::Other, None),
    ("LeisureCentre", LocationType::Other, None),
    ("PleasurePark", LocationType::Other, None),
    ("PublicHouse", LocationType::Other, None),
    ("RailwayStation", LocationType::TransportStation, None),
    ("RetailerDepartmentStore", LocationType::Retail, None),
    ("SeaportTerminal", LocationType::TransportStation, None),
    ("ServiceStation", LocationType::Fuel, None),
    ("ShoppingCentreExternal", LocationType::Retail, Some(Attribute::Outdoor)),
    ("ShoppingCentreInternal", LocationType::Retail, Some(Attribute::Indoor)),
    ("StorageDepot", LocationType::Other, None),
    ("SupermarketExternal", LocationType::Supermarket, Some(Attribute::Outdoor)),
    ("SupermarketInternal", LocationType::Supermarket, Some(Attribute::Indoor)),
    ("UndergroundRailwayStation", LocationType::TransportStation, None),
    ("UniversityOrCollege", LocationType::Education, None),
    ("ATBE", LocationType::BranchExternal, None),
    ("ATBI", LocationType::BranchInternal, None),
];

/// Words in the name of a service or accessibility beyond the code lists, and what they state. All
/// that are found count.
pub(crate) const OTHER_SERVICES: &[(&str, &[(Attribute, &str)])] = &[
    ("cash deposit", &[(Attribute::CashIn, "yes")]),
    ("deposit cash", &[(Attribute::CashIn, "yes")]),
    ("deposit notes", &[(Attribute::CashIn, "yes")]),
    ("notes and coins", &[(Attribute::CoinsIn, "yes")]),
    ("coin deposit", &[(Attribute::CoinsIn, "yes")]),
    ("notes only", &[(Attribute::CoinsIn, "no")]),
    ("cheque deposit", &[(Attribute::ChequeIn, "yes")]),
    ("contactless", &[(Attribute::Contactless, "yes")]),
    ("foreign currency", &[(Attribute::ForeignCurrency, "yes")]),
    ("bank transfer", &[(Attribute::Transfer, "yes")]),
    ("braille", &[(Attribute::Braille, "yes")]),
];

/// The attribute a code of `table` stands for.
pub(crate) fn attribute(table: &[(&str, Attribute)], code: &str) -> Option<Attribute> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|&(_, is)| is)
}

/// The code of `table` that is written for an attribute.
pub(crate) fn code(
    table: &[(&'static str, Attribute)],
    attribute: Attribute,
) -> Option<&'static str> {
    table.iter().find(|&&(_, is)| is == attribute).map(|&(code, _)| code)
}

/// What a code of `LocationCategory` says: the kind of place, and the side of the wall.
pub(crate) fn location(code: &str) -> Option<(LocationType, Option<Attribute>)> {
    let known = LOCATIONS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(code));
    known.map(|&(_, kind, side)| (kind, side))
}

/// The code of `LocationCategory` of version 2 that is written for a kind of place; `None` for the
/// finer kinds that only version 1 has.
pub(crate) fn location_code(kind: LocationType) -> Option<&'static str> {
    const OF_VERSION_2: usize = 6;
    let written = LOCATIONS.iter().take(OF_VERSION_2).find(|&&(_, is, _)| is == kind);
    written.map(|&(code, ..)| code)
}

/// Whether a code of `LocationCategory` says more than the kind of place it is read as.
pub(crate) fn says_more(code: &str, kind: LocationType) -> bool {
    kind == LocationType::Other && !code.eq_ignore_ascii_case("Other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_as_it_was() {
        for table in [SERVICES, ACCESSIBILITY] {
            for &(_, is) in table {
                assert_eq!(attribute(table, code(table, is).unwrap()), Some(is));
            }
        }
        for &kind in LocationType::STATED {
            if let Some(code) = location_code(kind) {
                assert_eq!(location(code), Some((kind, None)));
                assert!(!says_more(code, kind));
            }
        }
    }
}
