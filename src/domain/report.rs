//! What ingest found: every row is admitted, rejected for one reason, or set aside as no ATM.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code used in reports.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// One sentence for people.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = String::deserialize(deserializer)?;
                let kind = Self::ALL.iter().copied().find(|kind| kind.code() == code);
                kind.ok_or_else(|| serde::de::Error::custom(concat!("no ", stringify!($name))))
            }
        }
    };
}

kinds! {
    /// Why a row is not admitted. Closed: a row has exactly one.
    RejectReason {
        /// The row carries no position at all.
        MissingPosition = "missing_position", "no position given";
        /// A position is given but cannot be read as numbers.
        UnreadablePosition = "unreadable_position", "position is not a pair of numbers";
        /// A coordinate is NaN or infinite.
        NotFinite = "not_finite", "a coordinate is not a finite number";
        /// Latitude beyond ±90°, and exchanging the axes would not help.
        LatitudeOutOfRange = "latitude_out_of_range", "latitude is beyond 90 degrees";
        /// Longitude beyond ±180°.
        LongitudeOutOfRange = "longitude_out_of_range", "longitude is beyond 180 degrees";
        /// Latitude and longitude look exchanged. Rejected, never corrected.
        AxesExchanged = "axes_exchanged", "latitude and longitude look exchanged";
        /// The numbers are metres of a map projection, not degrees.
        ProjectedCoordinates = "projected_coordinates", "coordinates are projected metres, not degrees";
        /// The file declares a coordinate reference system that cannot be converted.
        UnsupportedCrs = "unsupported_crs", "the declared coordinate reference system is not supported";
        /// The position is 0, 0, where machines go whose position was never entered.
        NullIsland = "null_island", "position is 0, 0";
        /// Another admitted row has the same id.
        DuplicateId = "duplicate_id", "the same id occurs twice";
        /// The row does not have the shape of its format.
        MalformedRow = "malformed_row", "the row is not well-formed";
        /// The row is larger than the limit.
        RowTooLarge = "row_too_large", "the row is larger than 1 MiB";
        /// An object's geometry refers to nodes that are not in the file.
        DanglingReference = "dangling_reference", "its geometry refers to nodes that are not in the file";
        /// The id is longer than 256 bytes.
        IdTooLong = "id_too_long", "the id is longer than 256 bytes";
    }
}

kinds! {
    /// What is suspicious about a row that is admitted all the same.
    WarningKind {
        /// The position lies outside the country the row states.
        OutsideCountry = "outside_country", "position lies outside the stated country";
        /// The position lies in no country and no territorial water.
        InNoCountry = "in_no_country", "position lies in no country";
        /// The row repeats another row word for word and neither has an id of its own.
        SameRowTwice = "same_row_twice", "the same row occurs more than once, without an id to tell them apart";
        /// The same machine seems to be listed under two ids.
        SameMachineTwice = "same_machine_twice", "the same machine seems to be listed under two ids";
        /// Opening hours that do not follow the grammar; kept in `extra`.
        UnparsableHours = "unparsable_hours", "opening hours cannot be understood";
        /// A value none of those its field accepts; kept in `extra`.
        UnrecognisedValue = "unrecognised_value", "a value is none of those its field accepts";
        /// Coordinates written as text where the format wants numbers.
        CoordinatesAsText = "coordinates_as_text", "coordinates are text where numbers belong";
        /// Both coordinates have fewer than three decimals: right to a kilometre at best.
        CoarsePosition = "coarse_position", "position has fewer than three decimals";
        /// One row gives several ids; the first is used.
        SeveralIds = "several_ids", "one row gives several ids";
        /// The row says it stands for no machine.
        NoMachines = "no_machines", "the row counts no machines";
        /// The stated country is no ISO 3166-1 code and no known name.
        UnknownCountry = "unknown_country", "stated country is not known";
        /// HTML entities were decoded.
        HtmlEntities = "html_entities", "HTML entities were decoded";
        /// Coordinates were converted from the system the file declares.
        Reprojected = "reprojected", "coordinates were converted from the declared reference system";
        /// The text was not UTF-8 and was decoded as what it most resembles.
        DecodedText = "decoded_text", "text is not UTF-8 and was decoded by its looks";
        /// The source states a total that differs from its rows.
        TotalDiffers = "total_differs", "the stated total differs from the rows found";
        /// The source ended before it was complete.
        Truncated = "truncated", "the source ends before it is complete";
        /// A header or key that is given twice; the first is used.
        RepeatedField = "repeated_field", "a field is given twice";
    }
}

/// Where a row stands in its source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowRef {
    /// Line number of its first line, from 1.
    Line(u64),
    /// Element id, such as `node/123`.
    Element(String),
}

impl std::fmt::Display for RowRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Element(id) => f.write_str(id),
        }
    }
}

/// A row that is not admitted, with its original text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// The file or part of the source it stands in.
    pub file: String,
    /// Where it stands there.
    pub row: RowRef,
    /// The one reason.
    pub reason: RejectReason,
    /// What exactly was found, such as the offending value.
    pub detail: String,
    /// The row as it was found.
    pub original: String,
}

/// Something suspicious about an admitted row, or about a whole file (`row` is `None`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The file or part of the source.
    pub file: String,
    /// Where in it.
    pub row: Option<RowRef>,
    /// What kind.
    pub kind: WarningKind,
    /// What exactly was found.
    pub detail: String,
}

/// How many rejected rows and warnings of each kind a report keeps as examples. Totals are exact
/// whatever the cap.
pub const EXAMPLES_PER_KIND: usize = 20;

/// The outcome of ingesting one file. Every row is counted exactly once:
/// `rows == admitted + rejected.values().sum()`; objects that are no ATM are `not_atms`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileReport {
    /// File name, without its directory.
    pub file: String,
    /// Name of the source it belongs to.
    pub source: String,
    /// Name of the configured source it was read for; one without a name of its own may be a
    /// directory, whose every file is a source.
    pub configured: String,
    /// Format it was read as.
    pub format: String,
    /// Why the file was passed over, when it holds no list of ATMs; only files found in a
    /// directory are, a file named by itself is an error then.
    pub passed_over: Option<String>,
    /// When the source says its data was current, RFC 3339.
    pub as_of: Option<String>,
    /// Rows found.
    pub rows: u64,
    /// Rows admitted.
    pub admitted: u64,
    /// Objects passed over because they are no ATM (an OSM extract holds mostly these).
    pub not_atms: u64,
    /// Rejected rows by reason.
    pub rejected: BTreeMap<RejectReason, u64>,
    /// Warnings by kind.
    pub warned: BTreeMap<WarningKind, u64>,
    /// Columns or keys of the source that no field of the record takes; kept in `extra`.
    pub unused_fields: Vec<String>,
    /// The first rejected rows of each reason.
    pub rejected_examples: Vec<RejectedRow>,
    /// The first warnings of each kind.
    pub warning_examples: Vec<Warning>,
}

impl FileReport {
    /// Counts a rejected row and keeps it if it is among the first of its reason.
    pub fn reject(&mut self, row: RejectedRow) {
        self.rows += 1;
        let count = self.rejected.entry(row.reason).or_default();
        *count += 1;
        if *count <= EXAMPLES_PER_KIND as u64 {
            self.rejected_examples.push(row);
        }
    }

    /// Counts a warning and keeps it if it is among the first of its kind.
    pub fn warn(&mut self, warning: Warning) {
        let count = self.warned.entry(warning.kind).or_default();
        *count += 1;
        if *count <= EXAMPLES_PER_KIND as u64 {
            self.warning_examples.push(warning);
        }
    }

    /// Rows rejected for any reason.
    #[must_use]
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }
}

/// The outcome of ingesting every file of every source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IngestReport {
    /// One report a file, in the order they were read.
    pub files: Vec<FileReport>,
}

impl IngestReport {
    /// Rows found in all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Rows admitted from all files.
    #[must_use]
    pub fn admitted(&self) -> u64 {
        self.files.iter().map(|file| file.admitted).sum()
    }
}
