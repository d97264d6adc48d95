//! `OpenStreetMap`: nodes, ways and relations with free-form tags.

mod tag_rules;
pub(crate) mod tags;
