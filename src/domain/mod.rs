//! The field's words, pure: no input or output, no clock, no logging, nothing asynchronous.
//!
//! A [`Position`] and a [`BoundingBox`], distances on the WGS-84 ellipsoid, the [`Atm`] record
//! whose every yes/no is a [`Tri`], the question ([`NearestQuery`], [`AtmFilter`]), the answer
//! ([`NearestAnswer`], [`Openness`]), the [`IngestReport`], and what is reported of a machine's
//! state ([`StatusReport`]).

mod answer;
mod area;
mod atm;
mod attribute;
mod distance;
mod openness;
mod position;
mod query;
mod report;
mod source;
mod status;
mod text;

pub use answer::{
    AlongAnswer, Beside, Found, Machines, NearestAnswer, Neighbour, Plan, Relaxation, Row,
    SiteIndex, WithinAnswer, Work,
};
pub use area::{
    Area, Corridor, CorridorError, Coverage, LINE_BUFFER_MAX_M, LINE_LENGTH_MAX_M, OnLine, Region,
    RegionError, RingFault, SpaceBox, Stretch, VERTICES_MAX,
};
pub use atm::{Atm, Field, LIST_SEPARATOR, TEXT_FIELD_COUNT, TextField, ValueError};
pub use attribute::{Access, Attribute, AttributeGroup, Attributes, Fee, LocationType, Tri};
pub use distance::{
    Compass, Ecef, FarBound, HALF_MERIDIAN_M, Margin, Metres, WGS84_EQUATORIAL_RADIUS_M,
    WGS84_FLATTENING, WGS84_POLAR_RADIUS_M, chord2_at_most_m2, distance_at_most_m,
    distance2_at_least_m2, distance2_at_most_m2, estimate_distance_m, estimate_error_m,
    geodesic_distance, initial_bearing_deg, rounded_bearing_deg,
};
pub use openness::{HoursOf, LocalTime, OpenAt, Openness, Outlook, SOON_MINUTES};
pub use position::{BoundingBox, BoundingBoxError, Position, PositionError};
pub use query::{
    AlongQuery, AtmFilter, Condition, Demand, Group, LIMIT_DEFAULT, LIMIT_MAX, Name, NamedField,
    NearestQuery, OutOfService, UnknownPolicy, WithinQuery,
};
pub use report::{
    EXAMPLES_PER_KIND, FileReport, IngestReport, RejectReason, RejectedRow, RowRef, Warning,
    WarningKind,
};
pub use source::{Source, SourceIndex, StaleSource};
pub use status::{Certainty, OperationalStatus, StatusReport};
pub use text::name_key;
pub(crate) use text::without_accents;
