//! From a written place to positions: a gazetteer of the whole Earth, enriched by what the loaded
//! ATMs name, and the parsing of positions in the forms people write and share.
//!
//! [`Reference`] is compiled in and shared; [`LocalPlaces`] belongs to a snapshot, which has it
//! built from its ATMs and the administrator's [`Landmark`]s. [`Gazetteer`] looks in both. Which of
//! several candidates is meant, if any is clearly, the service decides: here nothing is guessed.

mod distance;
mod fold;
mod gazetteer;
mod landmarks;
mod local;
mod names;
mod place;
mod position;
mod postcode;
mod query;
mod reference;
mod street;

pub use fold::fold;
pub use gazetteer::{CANDIDATES_MAX, Gazetteer, Wanted};
pub use landmarks::{LANDMARKS_MAX, Landmark, LandmarkError};
pub use local::{LocalPlaces, Naming};
pub use place::{Area, Candidate, Extent, Match, PlaceKind};
pub use position::{
    PlusCode, ShortPlusCode, WRITTEN_BYTES_MAX, WrittenPosition, WrittenPositionError,
    written_position,
};
pub use query::TEXT_BYTES_MAX;
pub use reference::Reference;
