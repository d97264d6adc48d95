//! The OpenAPI documents: golden, complete, and true of what is answered.

mod answers;
mod examples;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::Method;
use jiff::Timestamp;
use jsonschema::Validator;
use nearest_atm::chat::{ChatOptions, Conversation};
use nearest_atm::config::Config;
use nearest_atm::http::admin::{
    self, AdminOptions, Administration, Credential, Credentials, Gate, Role,
};
use nearest_atm::http::openapi::{self, Offered};
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::secret::Secret;
use nearest_atm::service::reload::{ReloadOptions, ReloadRequest, Reloader};
use nearest_atm::service::{Service, StatusLimits, Statuses};
use nearest_atm::store::{Store, StorePlace};
use serde_json::{Value, json};

use crate::support::{Answer, PATIENCE, Server};

const TOKEN: &str = "publisher-token";

/// When the examples were asked.
fn clock() -> Timestamp {
    "2026-08-20T12:00:00Z".parse().unwrap()
}

/// Whether golden files are to be written anew, which `BLESS=1` asks for.
fn is_to_be_blessed() -> bool {
    std::env::vars().any(|(name, _)| name == "BLESS")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One of the two listeners, with the document it serves.
struct Described {
    server: Server,
    document: Value,
    token: Option<&'static str>,
    validators: BTreeMap<String, Validator>,
}

/// Both listeners over the ATMs the service comes with.
async fn both() -> (Described, Described) {
    let service = Service::with_clock(clock);
    let store = Store::open(&StorePlace::Memory).await.unwrap();
    let statuses = Statuses::new(service.clone(), store, StatusLimits::default());
    statuses.load().await.unwrap();
    let sources = Config::default().configured_sources();
    let options =
        ReloadOptions { sources, state_dir: None, snapshots_kept: 3, landmarks: Vec::new() };
    let reloader = Arc::new(Reloader::open(service.clone(), options).unwrap());
    reloader.reload(ReloadRequest::by("test")).await.unwrap();
    let public = Described::public(&service).await;
    let token = Some(Secret::from(TOKEN.to_owned()));
    let credential =
        Credential { name: "ops".to_owned(), role: Role::Publisher, token, sha256: None };
    let credentials = Credentials::new(&[credential]).unwrap();
    let gate = Arc::new(Gate::new(credentials, service.clone()));
    let options = AdminOptions::default();
    let router = admin::router(Administration { statuses, reloader }, gate, &options);
    let server = Server::serving(router, service, options.http(), PATIENCE).await;
    (public, Described::new(server, openapi::administration(), Some(TOKEN)))
}

impl Described {
    async fn public(service: &Service) -> Self {
        let options = HttpOptions::default();
        let conversation = Conversation::new(service.clone(), &ChatOptions::default()).unwrap();
        let router = http::router(
            service.clone(),
            Beside { conversation: Some(conversation), ..Beside::default() },
            &options,
        );
        let server = Server::serving(router, service.clone(), options, PATIENCE).await;
        let offered = Offered { conversation: true, models: false, webhooks: false };
        Self::new(server, openapi::public(offered), None)
    }

    fn new(server: Server, document: Value, token: Option<&'static str>) -> Self {
        Self { server, document, token, validators: BTreeMap::new() }
    }

    /// Asks by an operation of the document; `target` is its path with everything filled in.
    async fn ask(
        &self,
        method: &str,
        target: &str,
        accept: &str,
        body: Option<(&str, String)>,
    ) -> Answer {
        let bearer = self.token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("accept", accept)];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let (media, body) = body.unwrap_or_default();
        headers.extend((!media.is_empty()).then_some(("content-type", media)));
        let method: Method = method.to_uppercase().parse().unwrap();
        self.server.ask(method, target, &headers, body).await
    }

    /// Asserts that the document tells of an answer: its status, its type, and every member.
    #[track_caller]
    fn assert_documented(&mut self, method: &str, path: &str, answer: &Answer) {
        let status = answer.status.as_u16().to_string();
        let what = format!("{method} {path} {status}");
        let response = &self.document["paths"][path][method]["responses"][&status];
        assert!(response.is_object(), "{what} is not documented: {}", answer.text());
        let media = answer.header("content-type");
        let media = media.split(';').next().unwrap();
        if media.is_empty() {
            assert!(response["content"].is_null() && answer.body.is_empty(), "{what}");
            return;
        }
        let content = &response["content"][media];
        assert!(content.is_object(), "{what}: {media} is not documented");
        let schema = content["schema"].clone();
        if let Some(line) = schema.get("x-line").cloned() {
            let text = answer.text();
            for line_text in text.lines() {
                let value = serde_json::from_str(line_text).unwrap();
                self.assert_valid(&line, &value, &what);
            }
        } else if media.ends_with("json") {
            self.assert_valid(&schema, &answer.json(), &what);
        } else {
            assert_eq!(schema, json!({"type": "string"}), "{what}");
        }
    }

    #[track_caller]
    fn assert_valid(&mut self, schema: &Value, value: &Value, what: &str) {
        let validator = self.validator(schema);
        let faults: Vec<String> = validator
            .iter_errors(value)
            .map(|fault| format!("{} at {}", fault, fault.instance_path()))
            .take(3)
            .collect();
        let start: String = value.to_string().chars().take(2000).collect();
        assert!(faults.is_empty(), "{what}: {faults:#?}\n{start}");
    }

    fn validator(&mut self, schema: &Value) -> &Validator {
        let components = &self.document["components"];
        self.validators.entry(schema.to_string()).or_insert_with(|| {
            let mut schema = schema.clone();
            schema["components"] = components.clone();
            jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
        })
    }

    /// Method and path of each operation, with what the document says of it.
    fn operations(&self) -> Vec<(String, String, Value)> {
        let paths = self.document["paths"].as_object().unwrap();
        let mut operations = Vec::new();
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().unwrap() {
                operations.push((method.clone(), path.clone(), operation.clone()));
            }
        }
        operations
    }
}

#[test]
fn the_documents_are_the_golden_ones() {
    for (document, name) in [
        (openapi::public(Offered::ALL), "openapi.json"),
        (openapi::administration(), "openapi-admin.json"),
    ] {
        let file = root().join("tests/golden").join(name);
        if is_to_be_blessed() {
            std::fs::write(&file, format!("{document:#}\n")).unwrap();
        }
        let golden: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let is_golden = document == golden;
        assert!(is_golden, "{name} has changed; BLESS=1 cargo test --test api openapi takes it");
    }
}

#[test]
fn every_schema_is_json_schema() {
    for document in [openapi::public(Offered::ALL), openapi::administration()] {
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let validity = jsonschema::draft202012::meta::validate(schema);
            assert!(validity.is_ok(), "{name}: {validity:?}");
        }
    }
}

#[tokio::test]
async fn both_listeners_serve_their_document_and_a_page_of_it() {
    let (public, admin) = both().await;
    for described in [&public, &admin] {
        let answer = described.ask("get", "/openapi.json", "*/*", None).await;
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json(), described.document);
        // Some generators make their client of the first type of content.
        let text: String = answer.text().split_whitespace().collect();
        assert!(!text.contains("\"content\":{\"application/geo+json\""));
        let page = described.ask("get", "/docs", "text/html", None).await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(page.text().contains("<!doctype html>"));
    }
    let answer = public.server.get("/llms.txt").await;
    assert!(answer.text().starts_with("# nearest-atm\n"));
    let etag = answer.header("etag");
    for tags in [etag.as_str(), "*", &format!("\"other\", {}", etag.trim_start_matches("W/"))] {
        let held = public.server.get_with("/llms.txt", &[("if-none-match", tags)]).await;
        assert_eq!((held.status.as_u16(), held.body.len()), (304, 0), "{tags}");
    }
    let other = public.server.get_with("/llms.txt", &[("if-none-match", "\"\", W/\"x\"")]).await;
    assert_eq!(other.status, 200);
    // Administration tells nothing of itself to strangers.
    admin.server.get("/openapi.json").await.problem(401, "unauthorized");
}

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

/// The texts in quotes of the code of `src/http`, tests and the documents' own apart.
fn literals() -> BTreeSet<String> {
    let mut files = Vec::new();
    let folder = root().join("src/http");
    rust_files(&folder, &mut files);
    let mut literals = BTreeSet::new();
    for file in files.iter().filter(|file| !file.starts_with(folder.join("openapi"))) {
        let source = std::fs::read_to_string(file).unwrap();
        let source = source.replace("\\\"", "").replace("'\"'", "");
        let code = source.split("#[cfg(test)]").next().unwrap();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = code.collect::<Vec<_>>().join("\n");
        literals.extend(code.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    literals
}

#[test]
fn every_path_and_every_code_in_the_code_is_documented() {
    /// Paths that follow protocols of their own.
    const OTHERS: [&str; 2] = ["/mcp", "/channels/"];
    let (public, admin) = (openapi::public(Offered::ALL), openapi::administration());
    let is_path = |text: &str| {
        text.strip_prefix('/')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
            && !text.contains(' ')
            && text != "/status"
    };
    let literals = literals();
    let mut paths = 0;
    for path in literals.iter().filter(|text| is_path(text)) {
        let path = path.replace("{*path}", "{id}/status").replace("{*id}", "{id}");
        let is_told = [&public, &admin].iter().any(|told| told["paths"].get(&path).is_some());
        let is_other = OTHERS.iter().any(|other| path.starts_with(other));
        assert!(is_told || is_other, "{path} is not documented");
        paths += usize::from(is_told);
    }
    assert!(paths >= 18, "{paths}");

    let told = format!("{public}{admin}");
    let errors = std::fs::read_to_string(root().join("src/http/error.rs")).unwrap();
    let (_, codes) = errors.split_once("fn code(&self)").unwrap();
    let (codes, _) = codes.split_once("\n    }").unwrap();
    let codes: Vec<&str> = codes.split('"').skip(1).step_by(2).collect();
    assert!(codes.len() >= 26, "{codes:?}");
    for code in codes {
        // These belong to no path that is described.
        let is_nowhere =
            ["unknown_path", "method_not_allowed", "not_genuine", "busy"].contains(&code);
        let is_told = told.contains(&format!("{{\"const\":\"{code}\",\"type\":\"string\"}}"));
        assert_ne!(is_told, is_nowhere, "{code}");
    }
}

#[tokio::test]
async fn every_operation_of_the_documents_is_there_and_no_method_besides() {
    let (public, admin) = both().await;
    for described in [&public, &admin] {
        for (method, path, operation) in described.operations() {
            assert!(operation["operationId"].is_string());
            let target = path.replace("{id}", "a:1");
            let answer = described.ask(&method, &target, "*/*", None).await;
            let code = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
            let code = code["code"].as_str().unwrap_or_default();
            assert_ne!(code, "unknown_path", "{method} {path}");
            assert_ne!(code, "method_not_allowed", "{method} {path}");
        }
        for (path, methods) in described.document["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "delete", "patch"] {
                if methods.get(method).is_none() {
                    let target = path.replace("{id}", "a:1");
                    let answer = described.ask(method, &target, "*/*", None).await;
                    answer.problem(405, "method_not_allowed");
                    assert!(!answer.header("allow").is_empty(), "{method} {path}");
                }
            }
        }
    }
}
