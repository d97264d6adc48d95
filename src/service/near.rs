//! `near`, and the question for places: from parameters to places.

use std::borrow::Cow;

use crate::domain::Position;
use crate::places::{Candidate, Wanted};
use crate::publication::View;

use super::params::{
    Given, InvalidParameter, InvalidParameters, Params, is_at_most, is_language_tag,
};
use super::places::{Located, PLACES_LIMIT_DEFAULT, PLACES_LIMIT_MAX, locate};

/// Most characters a written place may have, map links included.
pub(super) const WRITTEN_CHARS_MAX: usize = 2048;

/// What a written place accepts.
const ACCEPTED: &str =
    "a place, address, position, plus code or map link of at most 2048 characters";

/// Why `near` is no origin.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NearError {
    /// It is not acceptable.
    #[error(transparent)]
    Invalid(#[from] InvalidParameters),
    /// Several places fit about equally: these, likeliest first.
    #[error("several places fit about equally")]
    Ambiguous(Vec<Candidate>),
    /// No place fits; these are similar.
    #[error("no place fits")]
    Unknown(Vec<Candidate>),
}

/// A question for places.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacesQuestion {
    /// What was written.
    pub text: String,
    /// Where the person may be.
    pub hint: Option<Position>,
    /// Language of names, BCP 47; English where none is asked for.
    pub language: String,
    /// How many candidates to answer with.
    pub limit: usize,
}

impl Params<'_> {
    /// A refusal of a written place alone.
    #[must_use]
    pub fn refusal(parameter: &str, detail: &str) -> InvalidParameters {
        InvalidParameters(vec![InvalidParameter {
            parameter: parameter.to_owned(),
            detail: detail.to_owned(),
            accepted: ACCEPTED.to_owned(),
        }])
    }

    /// Finds the place of `near`, if it is given, and puts its position where `lat` and `lon`
    /// belong; names are in the language of `lang`. To be called before the question is made.
    ///
    /// # Errors
    ///
    /// [`NearError`] when `near` is not one place. It repeats nothing of what was written.
    pub fn locate(mut self, view: View<'_>) -> Result<(Self, Option<Candidate>), NearError> {
        let language = self.language();
        let is_given = self.has("near");
        let Some(near) = self.text("near") else {
            if is_given {
                return Ok((
                    self.with_faulty_near("is given twice or of the wrong JSON type"),
                    None,
                ));
            }
            return Ok((self, None));
        };
        if self.has("lat") || self.has("lon") {
            return Ok((self.with_faulty_near("cannot be given together with lat or lon"), None));
        }
        if near.trim().is_empty() || !is_at_most(&near, WRITTEN_CHARS_MAX) {
            return Ok((self.with_faulty_near("is empty or too long"), None));
        }
        match locate(view, &near, Wanted { hint: None, language: &language }) {
            Ok(Located::One(place)) => {
                self.add("lat".to_owned(), Given::Number(place.position.lat_deg()));
                self.add("lon".to_owned(), Given::Number(place.position.lon_deg()));
                Ok((self, Some(*place)))
            }
            Ok(Located::Ambiguous(candidates)) => Err(NearError::Ambiguous(candidates)),
            Ok(Located::Unknown(similar)) => Err(NearError::Unknown(similar)),
            Err(error) => Ok((self.with_faulty_near(&format!("is no position: {error}")), None)),
        }
    }

    /// Notes that `near` is not acceptable. The question is still made, so that whatever else is
    /// wrong is told in the same answer; it is not blamed for an origin besides.
    fn with_faulty_near(mut self, detail: &str) -> Self {
        self.fault("near", detail, ACCEPTED);
        for name in ["lat", "lon"] {
            if !self.has(name) {
                self.add(name.to_owned(), Given::Number(0.0));
            }
        }
        self
    }

    /// A question for places.
    ///
    /// # Errors
    ///
    /// [`InvalidParameters`] names every parameter that is not acceptable.
    pub fn places(mut self) -> Result<PlacesQuestion, InvalidParameters> {
        let mut warnings = Vec::new();
        let text = self.text("text");
        let is_usable =
            |text: &String| !text.trim().is_empty() && is_at_most(text, WRITTEN_CHARS_MAX);
        if !text.as_ref().is_some_and(is_usable) {
            self.fault("text", "is missing, empty or too long", ACCEPTED);
        }
        let has_hint = self.has("lat") || self.has("lon");
        let hint = if has_hint { self.origin() } else { None };
        let language = self.language();
        // More than the most is the most: nobody reads a longer list.
        let limit = self.limit(PLACES_LIMIT_DEFAULT, PLACES_LIMIT_MAX, &mut warnings);
        let text = self.finish(text)?;
        Ok(PlacesQuestion { text, hint, language: language.into_owned(), limit })
    }

    /// The language asked for, English where none is.
    fn language(&mut self) -> Cow<'static, str> {
        let Some(language) = self.text("lang") else { return Cow::Borrowed("en") };
        if !is_language_tag(&language, b"") {
            self.fault("lang", "is no language tag", "a BCP 47 tag such as en or pt-BR");
        }
        Cow::Owned(language)
    }
}
