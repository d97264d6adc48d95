//! The ATM record: required are an id and a position, everything else may be unknown.

use std::borrow::Cow;

use super::attribute::{Access, Attribute, Attributes, Fee, LocationType, Tri};
use super::position::Position;
use super::source::SourceIndex;

/// Separates the items of a list inside one stored text (U+001F, unit separator). Ingest turns
/// control characters in values into spaces, so no item can contain it.
pub const LIST_SEPARATOR: char = '\u{1f}';

macro_rules! text_fields {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $shape:ident;)*) => {
        /// A field of the record that is kept as text, or as a list of texts. The discriminant is
        /// its place in memory; it may change between releases and is stored nowhere.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum TextField { $($(#[$doc])* $name,)* }

        impl TextField {
            /// Every text field, in the order of its discriminant.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name used in JSON, CSV columns and the configuration.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Whether the field holds a list.
            #[must_use]
            pub const fn is_list(self) -> bool {
                match self { $(Self::$name => matches!(Shape::$shape, Shape::List),)* }
            }
        }
    };
}

enum Shape {
    One,
    List,
}

text_fields! {
    /// The bank or organisation that runs the machine.
    Operator = "operator", One;
    /// The name customers see.
    Brand = "brand", One;
    /// Networks the machine belongs to.
    Networks = "networks", List;
    /// The bank that sponsors the machine's access to networks.
    Sponsor = "sponsor", One;
    /// The machine's or its place's name.
    Name = "name", One;
    /// The source's own id of the place it stands at.
    SiteRef = "site_ref", One;
    /// The source's own id of the branch it belongs to.
    BranchId = "branch_id", One;
    /// Address as written, line by line.
    AddressLines = "address_lines", List;
    /// House number or house name.
    HouseNumber = "house_number", One;
    /// Street; with the house number when the source keeps them together.
    Street = "street", One;
    /// Town or city.
    City = "city", One;
    /// State, county, province or district.
    Subdivision = "subdivision", One;
    /// Postal code.
    Postcode = "postcode", One;
    /// Stated country, ISO 3166-1 alpha-2.
    Country = "country", One;
    /// Floor, in the building's own words.
    Level = "level", One;
    /// Opening hours in the grammar of OpenStreetMap.
    OpeningHours = "opening_hours", One;
    /// Currencies dispensed, ISO 4217.
    Currencies = "currencies", List;
    /// Smallest amount that can be withdrawn, a decimal number in the first currency.
    MinAmount = "min_amount", One;
    /// Notes dispensed, decimal numbers in the first currency.
    Denominations = "denominations", List;
    /// Charges as "kind amount currency".
    Charges = "charges", List;
    /// Networks whose cards pay no surcharge.
    SurchargeFreeNetworks = "surcharge_free_networks", List;
    /// Card schemes accepted.
    Schemes = "schemes", List;
    /// Languages the machine speaks, BCP 47.
    Languages = "languages", List;
    /// How many machines the record stands for, where the source counts them.
    MachineCount = "machine_count", One;
    /// When someone last saw the machine there, an ISO 8601 date.
    CheckedAt = "checked_at", One;
}

/// How many text fields there are.
pub const TEXT_FIELD_COUNT: usize = TextField::ALL.len();

/// Any field of the record but its id, position and source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A text or a list of texts.
    Text(TextField),
    /// A yes/no.
    Attribute(Attribute),
    /// What kind of place it stands at.
    LocationType,
    /// Whether it costs money.
    Fee,
    /// Who may reach it.
    Access,
}

impl Field {
    /// Every field, in the order of the columns `convert` writes.
    pub fn all() -> impl Iterator<Item = Self> {
        let attributes = Attribute::ALL
            .iter()
            .copied()
            .filter(|&attribute| attribute != Attribute::WheelchairLimited);
        TextField::ALL
            .iter()
            .map(|&field| Self::Text(field))
            .chain([Self::LocationType, Self::Fee, Self::Access])
            .chain(attributes.map(Self::Attribute))
    }

    /// The name used in JSON, CSV columns and the configuration.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Text(field) => field.code(),
            Self::Attribute(attribute) => attribute.code(),
            Self::LocationType => "location_type",
            Self::Fee => "fee",
            Self::Access => "access",
        }
    }

    /// The field with this name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|field| field.code() == code)
    }
}

/// A value that is none of those its field accepts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} accepts {accepted}")]
pub struct ValueError {
    /// Name of the field.
    pub field: &'static str,
    /// What the field accepts, in words.
    pub accepted: &'static str,
}

/// One ATM: a machine, or machines the source counts as one record, at one position.
///
/// Ingest makes an `Atm<'static>`; a snapshot lends `Atm<'_>` whose texts point into its storage,
/// so that reading one costs no allocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Atm<'a> {
    /// Unique in a snapshot: `namespace:native-id`, where the namespace is whoever issued the
    /// native id. Derived from content where the source has none.
    pub id: Cow<'a, str>,
    /// Where it stands.
    pub position: Position,
    /// Which of the snapshot's sources it comes from.
    pub source: SourceIndex,
    /// Every yes/no.
    pub attributes: Attributes,
    /// What kind of place it stands at.
    pub location_type: LocationType,
    /// Whether it costs money.
    pub fee: Fee,
    /// Who may reach it.
    pub access: Access,
    /// Source fields not understood, as the text of a JSON object with sorted keys and texts as values.
    pub extra: Option<Cow<'a, str>>,
    texts: [Option<Cow<'a, str>>; TEXT_FIELD_COUNT],
}

impl<'a> Atm<'a> {
    /// An ATM of which nothing but id, position and source is known.
    #[must_use]
    pub fn new(id: impl Into<Cow<'a, str>>, position: Position, source: SourceIndex) -> Self {
        Self {
            id: id.into(),
            position,
            source,
            attributes: Attributes::default(),
            location_type: LocationType::Unknown,
            fee: Fee::Unknown,
            access: Access::Unknown,
            extra: None,
            texts: [const { None }; TEXT_FIELD_COUNT],
        }
    }

    /// The text of `field`; for a list, its items joined by [`LIST_SEPARATOR`].
    #[must_use]
    pub fn text(&self, field: TextField) -> Option<&str> {
        self.texts[field as usize].as_deref()
    }

    /// The items of a list field, none when it is not stated.
    pub fn list(&self, field: TextField) -> impl Iterator<Item = &str> {
        self.text(field).into_iter().flat_map(|text| text.split(LIST_SEPARATOR))
    }

    /// Sets the text of `field` as it stands, or with `None` takes it back. Lists are joined by
    /// [`LIST_SEPARATOR`]. An empty text is no text.
    pub fn set_text(&mut self, field: TextField, text: Option<Cow<'a, str>>) {
        self.texts[field as usize] = text.filter(|text| !text.is_empty());
    }

    /// The value of `field` in its canonical words, `None` when unknown. `wheelchair` has the
    /// extra value `limited`.
    #[must_use]
    pub fn value(&self, field: Field) -> Option<&str> {
        let stated = |code: &'static str| (code != "unknown").then_some(code);
        match field {
            Field::Text(field) => self.text(field),
            Field::Attribute(Attribute::Wheelchair)
                if self.attributes.get(Attribute::WheelchairLimited) == Tri::Yes =>
            {
                Some("limited")
            }
            Field::Attribute(attribute) => stated(self.attributes.get(attribute).as_str()),
            Field::LocationType => stated(self.location_type.code()),
            Field::Fee => stated(self.fee.code()),
            Field::Access => stated(self.access.code()),
        }
    }

    /// Sets `field` from its canonical words, the inverse of [`Atm::value`].
    ///
    /// # Errors
    ///
    /// [`ValueError`] when the field takes a closed set of codes and `value` is none of them; the
    /// field is then left as it was.
    pub fn set_value(&mut self, field: Field, value: &str) -> Result<(), ValueError> {
        let refused = |accepted| ValueError { field: field.code(), accepted };
        match field {
            Field::Text(field) => self.set_text(field, Some(Cow::Owned(value.to_owned()))),
            Field::Attribute(attribute) => {
                let limited = attribute == Attribute::Wheelchair && value == "limited";
                let tri = match value {
                    "yes" => Tri::Yes,
                    "no" => Tri::No,
                    "unknown" => Tri::Unknown,
                    _ if limited => Tri::Unknown,
                    _ => return Err(refused("yes, no or unknown")),
                };
                self.attributes.set(attribute, tri);
                if attribute == Attribute::Wheelchair {
                    let limited = if limited { Tri::Yes } else { Tri::Unknown };
                    self.attributes.set(Attribute::WheelchairLimited, limited);
                }
            }
            Field::LocationType => {
                self.location_type = LocationType::from_code(value)
                    .ok_or(refused("a location type of /v1/vocabulary"))?;
            }
            Field::Fee => {
                self.fee = Fee::from_code(value)
                    .ok_or(refused("free, some_customers, everyone or unknown"))?;
            }
            Field::Access => {
                self.access = Access::from_code(value)
                    .ok_or(refused("public, customers, private or unknown"))?;
            }
        }
        Ok(())
    }

    /// Every stated field with its canonical value, in the order of [`Field::all`].
    pub fn values(&self) -> impl Iterator<Item = (Field, &str)> {
        Field::all().filter_map(|field| self.value(field).map(|value| (field, value)))
    }

    /// The name a person would know the machine's owner by: brand, else operator.
    #[must_use]
    pub fn brand_or_operator(&self) -> Option<&str> {
        self.text(TextField::Brand).or_else(|| self.text(TextField::Operator))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_reads_back_what_it_was_set_to() {
        let position = Position::from_lat_lon(60.0, 25.0).unwrap();
        let mut atm = Atm::new("a:1", position, SourceIndex::default());
        for field in Field::all() {
            let value = match field {
                Field::Text(_) => "text",
                Field::Attribute(_) => "no",
                Field::LocationType => "retail",
                Field::Fee => "some_customers",
                Field::Access => "customers",
            };
            atm.set_value(field, value).unwrap();
            assert_eq!(atm.value(field), Some(value), "{}", field.code());
            assert_eq!(Field::from_code(field.code()), Some(field));
        }
        atm.set_value(Field::Attribute(Attribute::Wheelchair), "limited").unwrap();
        assert_eq!(atm.value(Field::Attribute(Attribute::Wheelchair)), Some("limited"));
        assert!(atm.set_value(Field::Fee, "cheap").is_err());
    }
}
