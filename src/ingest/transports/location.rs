//! Where a source is: a path or an address, which may hold credentials and is never shown whole.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// A file, a directory or a URL, as configured. Shown without user, password and query, which is
/// where credentials stand; there is no way to show it whole.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Location(String);

/// The kinds of location that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'l> {
    /// A file or a directory.
    Path(&'l Path),
    /// `http:` or `https:`.
    Http,
    /// `s3:`, `gs:` or `az:`.
    Store,
    /// `postgres:`
    Postgres,
    /// Something else, by its scheme.
    Unsupported(&'l str),
}

impl Location {
    /// A location as a person writes it. Whether it can be read shows when it is.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The path of a file or directory; `None` for anything that is not on this machine.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self.kind() {
            Kind::Path(path) => Some(path),
            Kind::Http | Kind::Store | Kind::Postgres | Kind::Unsupported(_) => None,
        }
    }

    /// A name made of it: the last part of its path without extensions, for a table the table.
    #[must_use]
    pub fn stem(&self) -> String {
        let last = match self.url() {
            Some(url) => {
                let table = url.query_pairs().find(|(key, _)| key == "table");
                match table {
                    Some((_, table)) => return table.into_owned(),
                    None => last_part(url.path()).or(url.host_str()).map(str::to_owned),
                }
            }
            None => self.path().and_then(|path| {
                let path = path.canonicalize().unwrap_or_else(|_gone| path.to_owned());
                path.file_name().map(|name| name.to_string_lossy().into_owned())
            }),
        };
        let last = last.unwrap_or_default();
        let start = usize::from(last.starts_with('.'));
        let end = last[start..].find('.').map_or(last.len(), |dot| start + dot);
        if end == 0 { "source".to_owned() } else { last[..end].to_owned() }
    }

    /// What kind it is. A scheme is at least two letters, so that `C:\atms.csv` is a path.
    pub(super) fn kind(&self) -> Kind<'_> {
        let text = self.0.as_str();
        let scheme = text.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| {
            let is_scheme_letter = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
            scheme.len() > 1 && scheme.chars().all(is_scheme_letter)
        });
        match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("file") => {
                let path = &text["file:".len()..];
                Kind::Path(Path::new(path.strip_prefix("//").unwrap_or(path)))
            }
            Some("http" | "https") => Kind::Http,
            Some("s3" | "s3a" | "gs" | "az" | "azure" | "abfs" | "abfss" | "adl") => Kind::Store,
            Some("postgres" | "postgresql") => Kind::Postgres,
            Some(_) if text.contains("://") => {
                Kind::Unsupported(text.split_once(':').map_or("", |(scheme, _)| scheme))
            }
            // A file name may hold a colon.
            Some(_) | None => Kind::Path(Path::new(text)),
        }
    }

    /// The address of anything that is not a path.
    pub(super) fn url(&self) -> Option<Url> {
        match self.kind() {
            Kind::Path(_) => None,
            Kind::Http | Kind::Store | Kind::Postgres | Kind::Unsupported(_) => {
                Url::parse(&self.0).ok()
            }
        }
    }
}

/// The last part of an address's path that is not empty.
pub(super) fn last_part(path: &str) -> Option<&str> {
    path.rsplit('/').find(|part| !part.is_empty())
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind(), self.url()) {
            (Kind::Path(path), _) => write!(f, "{}", path.display()),
            (Kind::Http | Kind::Store | Kind::Postgres, Some(url)) => {
                write!(f, "{}://{}", url.scheme(), url.host_str().unwrap_or_default())?;
                if let Some(port) = url.port() {
                    write!(f, ":{port}")?;
                }
                f.write_str(url.path())
            }
            // What stands where in it is not known, and it may be a password.
            (Kind::Http | Kind::Store | Kind::Postgres, None) => f.write_str("an address"),
            (Kind::Unsupported(scheme), _) => write!(f, "an address of kind {scheme}:"),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_shown_nowhere() {
        for text in [
            "https://user:hunter2@bank.example/atms.csv?key=hunter2",
            "postgres://atm:hunter2@db.example:5433/estate?table=atms&password=hunter2",
            "s3://key:hunter2@bucket/atms.csv",
            "ftp://user:hunter2@bank.example/atms.csv",
            "https://user:hunter2@bank example/atms.csv",
        ] {
            let location = Location::new(text);
            for shown in [
                location.to_string(),
                format!("{location:?}"),
                serde_json::to_string(&location).unwrap(),
            ] {
                assert!(!shown.contains("hunter2"), "{shown}");
            }
        }
        let location = Location::new("https://user:pw@bank.example:8443/v2/atms.csv?key=1");
        assert_eq!(location.to_string(), "https://bank.example:8443/v2/atms.csv");
    }

    #[test]
    fn paths_and_addresses_are_told_apart() {
        for (text, path) in [
            ("atms.csv", "atms.csv"),
            ("C:\\atms.csv", "C:\\atms.csv"),
            ("file:///srv/atms.csv", "/srv/atms.csv"),
            ("file:atms.csv", "atms.csv"),
            ("weird:name.csv", "weird:name.csv"),
        ] {
            assert_eq!(Location::new(text).kind(), Kind::Path(Path::new(path)), "{text}");
        }
        assert_eq!(Location::new("HTTPS://x/a").kind(), Kind::Http);
        assert_eq!(Location::new("gs://x/a").kind(), Kind::Store);
        assert_eq!(Location::new("postgresql://x/a").kind(), Kind::Postgres);
        assert_eq!(Location::new("ftp://x/a").kind(), Kind::Unsupported("ftp"));
    }

    #[test]
    fn the_stem_names_a_source_that_has_no_name() {
        for (text, stem) in [
            ("https://x.example/europe/monaco-latest.osm.pbf", "monaco-latest"),
            ("https://x.example/", "x"),
            ("s3://bucket/estate/atms.csv.gz", "atms"),
            ("postgres://u:p@db/estate?table=public.atms", "public.atms"),
            ("postgres://u:p@db/estate", "estate"),
            ("/no/such/folder/atms.csv", "atms"),
        ] {
            assert_eq!(Location::new(text).stem(), stem, "{text}");
        }
    }
}
