//! The sources of a configuration, and what the service wants to know of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Config;
use crate::ingest::transports::{Access, FetchError, FetchOptions, Location};
use crate::ingest::{Input, ReadOptions, SourceFiles};
use crate::secret::Secret;
use crate::service::reload::{ConfiguredSource, Origin};
use crate::service::{GuardOverrides, Interval};

/// One source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Its name; without one, each of its files is a source named after it.
    #[serde(default)]
    pub name: Option<String>,
    /// A file, a directory or a URL.
    pub location: Location,
    /// For PostgreSQL, the table whose rows are records.
    #[serde(default)]
    pub table: Option<String>,
    /// For PostgreSQL, the query whose rows are records, instead of a table.
    #[serde(default)]
    pub query: Option<Secret>,
    /// For PostgreSQL, the channel that is notified of changes.
    #[serde(default)]
    pub listen: Option<String>,
    /// How often it is asked by itself; without it, only when somebody asks, or a file changes.
    #[serde(default)]
    pub every: Option<Interval>,
    /// Whether the service may not start without it.
    #[serde(default = "yes")]
    pub required: bool,
    /// For buckets, settings of the store, by the names they have in the environment.
    #[serde(default)]
    pub storage: BTreeMap<String, Secret>,
    /// What the guard allows of this source, where that is not what it allows of all.
    #[serde(default)]
    pub guard: GuardOverrides,
    /// How to read it.
    #[serde(default)]
    pub read: ReadOptions,
}

fn yes() -> bool {
    true
}

impl SourceConfig {
    /// A source without a name at a location, to be read like this.
    #[must_use]
    pub fn at(location: &str, read: ReadOptions) -> Self {
        Self {
            name: None,
            location: Location::new(location),
            table: None,
            query: None,
            listen: None,
            every: None,
            required: true,
            storage: BTreeMap::new(),
            guard: GuardOverrides::default(),
            read,
        }
    }
}

impl Config {
    /// Every source as the service wants to know it; the ATMs compiled in when none is configured.
    /// A source without a name is named after its location.
    #[must_use]
    pub fn configured_sources(&self) -> Vec<ConfiguredSource> {
        if self.sources.is_empty() {
            return compiled_in().into_iter().map(|files| self.fixed(files)).collect();
        }
        let given = self.sources.iter().filter_map(|source| source.name.clone());
        let mut names: BTreeSet<String> = given.collect();
        let name_of = |source: &SourceConfig| {
            source.name.clone().unwrap_or_else(|| unlike(&source.location.stem(), &mut names))
        };
        let names: Vec<String> = self.sources.iter().map(name_of).collect();
        let sources = self.sources.iter().zip(names);
        sources.map(|(source, name)| self.configured(source, name)).collect()
    }

    fn configured(&self, source: &SourceConfig, name: String) -> ConfiguredSource {
        // What stands with the source goes over what stands in the environment.
        let upper = |(name, value): (&String, &Secret)| (name.to_uppercase(), value.clone());
        let storage = self.storage.iter().chain(&source.storage).map(upper).collect();
        let state_dir = self.state_dir.as_ref();
        let spool = state_dir.map(|directory| directory.join("spool"));
        ConfiguredSource {
            name,
            origin: Origin::Access {
                access: Access {
                    location: source.location.clone(),
                    table: source.table.clone(),
                    query: source.query.clone(),
                    storage,
                    options: FetchOptions { spool, ..self.fetch.clone() },
                },
                read: source.read.clone(),
                is_source_per_file: source.name.is_none(),
            },
            guard: self.guard.overridden(&source.guard),
            every: source.every.map(Interval::duration),
            listen: source.listen.clone(),
            required: source.required,
        }
    }

    fn fixed(&self, files: SourceFiles) -> ConfiguredSource {
        let guard = self.guard.clone();
        ConfiguredSource { guard, ..ConfiguredSource::new(files.name.clone(), files) }
    }

    /// The files of every source, fetched if need be. Not to be called from asynchronous code.
    ///
    /// # Errors
    ///
    /// [`FetchError`] when a location leads to no file.
    pub fn source_files(&self) -> Result<Vec<SourceFiles>, FetchError> {
        let sources = self.configured_sources();
        let files: Result<Vec<_>, _> =
            sources.iter().map(ConfiguredSource::fetch_blocking).collect();
        Ok(files?.into_iter().flatten().collect())
    }
}

/// A name like this one that nobody has yet.
fn unlike(name: &str, names: &mut BTreeSet<String>) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while !names.insert(free.clone()) {
        number += 1;
        free = format!("{name}-{number}");
    }
    free
}

/// The real ATMs the service answers from when it is given no source; see `data/README.md`.
fn compiled_in() -> Vec<SourceFiles> {
    let files: [(&str, &'static [u8]); 2] = [
        ("helsinki-centre.geojson", include_bytes!("../../data/helsinki-centre.geojson")),
        ("monaco.geojson", include_bytes!("../../data/monaco.geojson")),
    ];
    let source = |(name, bytes)| {
        let input = Input::compiled_in(name, bytes);
        SourceFiles {
            name: input.stem().to_owned(),
            inputs: vec![input],
            options: ReadOptions::default(),
            found_in_directory: false,
        }
    };
    files.into_iter().map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_configured_with_its_mapping() {
        let text = r#"
            [[sources]]
            name = "city"
            location = "atms.csv"
            [sources.read]
            format = "csv"
            columns = { lat = "Y", lon = "X" }
            defaults = { country = "US" }
            crs = "EPSG:3857"
        "#;
        let config: Config = toml::from_str(text).unwrap();
        let source = &config.sources[0];
        assert_eq!(source.read.columns["lat"], "Y");
        assert_eq!(source.read.crs, Some(crate::ingest::Crs::WebMercator));
    }
}
