//! The import table of the house: a module imports only what stands above it.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each top-level module with the others it may import. Adding an edge is a decision about the
/// house; see `src/lib.rs`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("secret", &[]),
    ("domain", &[]),
    ("retries", &[]),
    ("sealed", &[]),
    ("metrics", &["domain"]),
    ("json", &["domain"]),
    ("ingest", &["domain", "retries", "secret"]),
    ("index", &["domain"]),
    ("synth", &["domain"]),
    ("places", &["domain"]),
    ("snapshot", &["domain", "json", "ingest", "index", "places"]),
    ("status", &["domain", "index", "snapshot"]),
    ("store", &["domain", "secret"]),
    ("archive", &["domain", "snapshot"]),
    ("publication", &["domain", "index", "metrics", "snapshot", "status"]),
    (
        "service",
        &[
            "archive",
            "domain",
            "ingest",
            "metrics",
            "places",
            "snapshot",
            "status",
            "store",
            "publication",
        ],
    ),
    ("render", &["domain", "json", "places", "snapshot", "publication"]),
    ("export", &["domain", "ingest", "snapshot"]),
    ("answers", &["domain", "places", "publication", "render", "service", "snapshot"]),
    (
        "chat",
        &["answers", "domain", "places", "publication", "sealed", "secret", "service", "snapshot"],
    ),
    (
        "http",
        &[
            "answers",
            "chat",
            "json",
            "places",
            "secret",
            "domain",
            "publication",
            "snapshot",
            "store",
            "service",
            "render",
            "metrics",
        ],
    ),
    (
        "mcp",
        &[
            "answers",
            "domain",
            "http",
            "places",
            "publication",
            "render",
            "sealed",
            "secret",
            "service",
            "snapshot",
        ],
    ),
    ("channels", &["chat", "domain", "http", "metrics", "retries", "secret", "service"]),
    (
        "config",
        &["channels", "secret", "chat", "http", "ingest", "mcp", "places", "service", "store"],
    ),
    ("telemetry", &["config"]),
    ("app", &["channels", "chat", "config", "http", "mcp", "sealed", "service", "store"]),
    (
        "cli",
        &[
            "answers",
            "app",
            "archive",
            "config",
            "domain",
            "export",
            "ingest",
            "places",
            "publication",
            "render",
            "service",
            "snapshot",
            "synth",
            "telemetry",
        ],
    ),
    ("lib", &[]),
    ("main", &[]),
];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// The top-level modules a source text names as `crate::module`, tests and comments apart.
fn imports(source: &str) -> BTreeSet<String> {
    let code: String = source
        .split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = BTreeSet::new();
    for (place, _) in code.match_indices("crate::") {
        let rest = &code[place + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            let module: String = name.trim_start().chars().take_while(|&c| is_name(c)).collect();
            if !module.is_empty() {
                found.insert(module);
            }
        }
    }
    found
}

#[test]
fn a_module_imports_only_what_stands_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let mut faults = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let first = relative.iter().next().unwrap().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs").to_owned();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            faults.push(format!("{} is in no layer", relative.display()));
            continue;
        };
        let source = std::fs::read_to_string(&file).unwrap();
        for import in imports(&source) {
            if import != module && !allowed.contains(&import.as_str()) {
                faults.push(format!("{} imports {import}", relative.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_has_no_way_back() {
    for (place, (module, imports)) in MAY_IMPORT.iter().enumerate() {
        for import in *imports {
            let above = MAY_IMPORT[..place].iter().any(|(name, _)| name == import);
            assert!(above, "{module} imports {import}, which does not stand above it");
        }
    }
}

#[test]
fn the_domain_and_the_index_are_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for folder in ["domain", "index"] {
        rust_files(&root.join(folder), &mut files);
    }
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for word in [
            "std::fs",
            "std::io",
            "std::net",
            "std::env",
            "Instant",
            "SystemTime",
            "tracing",
            "tokio",
            "Mutex",
            "async ",
        ] {
            assert!(!code.contains(word), "{} uses {word}", file.display());
        }
    }
}
