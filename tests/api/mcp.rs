//! The Model Context Protocol over HTTP, as clients of both revisions speak it.

use std::ops::Deref;
use std::sync::Arc;

use axum::http::Method;
use nearest_atm::http::admin::{Credential, Credentials, Gate, Role};
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::mcp::{self, McpOptions};
use nearest_atm::sealed::Sealer;
use nearest_atm::secret::Secret;
use nearest_atm::service::{Service, StatusLimits, Statuses};
use nearest_atm::store::{Store, StorePlace};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;

use crate::support::{Answer, PATIENCE, Server, estate, read_until, snapshot};

const NEW: &str = "2026-07-28";
const OLD: &str = "2025-11-25";

const CLIENT_TOKEN: &str = "a-client-of-the-house";
const PUBLISHER_TOKEN: &str = "publisher-of-statuses";
const VIEWER_TOKEN: &str = "viewer-of-statuses";

/// A server of [`estate`] that language models can call.
struct Models {
    server: Server,
    /// Dropped, it ends what is followed.
    stop: Option<watch::Sender<()>>,
}

impl Deref for Models {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Models {
    async fn start() -> Self {
        Self::with(McpOptions::default()).await
    }

    async fn with(options: McpOptions) -> Self {
        let models = Self::unready(options).await;
        models.service.publication().publish(snapshot(&estate()));
        models
    }

    async fn unready(options: McpOptions) -> Self {
        let service = Service::default();
        let store = Store::open(&StorePlace::Memory).await.unwrap();
        let statuses = Statuses::new(service.clone(), store, StatusLimits::default());
        let credential = |name: &str, role, token: &str| Credential {
            name: name.to_owned(),
            role,
            token: Some(Secret::from(token.to_owned())),
            sha256: None,
        };
        let credentials = Credentials::new(&[
            credential("branch 7", Role::Publisher, PUBLISHER_TOKEN),
            credential("monitoring", Role::Viewer, VIEWER_TOKEN),
        ]);
        let gate = Arc::new(Gate::new(credentials.unwrap(), service.clone()));
        let (stop, stopping) = watch::channel(());
        let http_options = HttpOptions::default();
        let sealer = Sealer::default();
        let statuses = Some(statuses);
        let door =
            mcp::router(service.clone(), statuses, gate, sealer, stopping, &options, &http_options);
        let router = http::router(
            service.clone(),
            Beside { models: door, ..Beside::default() },
            &http_options,
        );
        let server = Server::serving(router, service, http_options, PATIENCE).await;
        Self { server, stop: Some(stop) }
    }

    async fn send(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        all.extend(headers);
        self.ask(Method::POST, mcp::PATH, &all, body.to_string()).await
    }

    /// A request as a client of the revision 2026-07-28 sends it.
    async fn new_era(&self, method: &str, params: Value) -> Answer {
        self.new_era_with(method, params, &json!({}), &[]).await
    }

    async fn new_era_with(
        &self,
        method: &str,
        mut params: Value,
        capabilities: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        params["_meta"] = meta(capabilities);
        let name = params["name"].as_str().or_else(|| params["uri"].as_str()).map(str::to_owned);
        let mut all = vec![("mcp-protocol-version", NEW), ("mcp-method", method)];
        all.extend(name.as_deref().map(|name| ("mcp-name", name)));
        all.extend(headers);
        self.send(&all, &json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}))
            .await
    }

    /// A request as a client of the revision 2025-11-25 sends it.
    async fn old_era(&self, method: &str, params: &Value) -> Answer {
        let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        self.send(&[("mcp-protocol-version", OLD)], &body).await
    }

    /// What a tool answers to a client that cannot ask the person anything.
    async fn call(&self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        result(&self.new_era("tools/call", params).await)
    }

    /// What a tool answers to a client that can; `more` are members of the call beside.
    async fn call_with_person(&self, tool: &str, arguments: &Value, more: Value) -> Answer {
        let mut params = json!({"name": tool, "arguments": arguments});
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        self.new_era_with("tools/call", params, &json!({"elicitation": {"form": {}}}), &[]).await
    }

    /// The answer of the person to what was asked, put to the same call.
    async fn told(&self, tool: &str, arguments: &Value, asked: &Value, content: Value) -> Answer {
        let key = asked["inputRequests"].as_object().unwrap().keys().next().unwrap().clone();
        let responses = json!({key: {"action": "accept", "content": content}});
        let more = json!({"inputResponses": responses, "requestState": asked["requestState"]});
        self.call_with_person(tool, arguments, more).await
    }
}

fn meta(capabilities: &Value) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": NEW,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    })
}

#[track_caller]
fn result(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    assert!(json["result"].is_object(), "{json}");
    json["result"].clone()
}

/// Asserts that this is an error of JSON-RPC of this status and code, and gives its message.
#[track_caller]
fn error(answer: &Answer, status: u16, code: i64) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    let error = answer.json()["error"].clone();
    assert_eq!(error["code"], code, "{error}");
    error
}

/// The first text of a tool's answer.
#[track_caller]
fn words(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap()
}

#[track_caller]
fn failure(result: &Value) -> &str {
    assert_eq!(result["isError"], true, "{result}");
    assert_eq!(result["structuredContent"], Value::Null);
    words(result)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn clients_of_both_revisions_find_the_same_tools() {
    let models = Models::start().await;
    let discovered = result(&models.new_era("server/discover", json!({})).await);
    let versions = discovered["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&NEW.into()) && versions.contains(&OLD.into()), "{discovered}");
    assert!(discovered["instructions"].as_str().unwrap().contains("never as no"));
    let old = json!({"protocolVersion": OLD, "capabilities": {},
                     "clientInfo": {"name": "test", "version": "1"}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": old});
    let initialized = models.send(&[], &body).await;
    assert_eq!(initialized.header("mcp-session-id"), "");
    let initialized = result(&initialized);
    assert_eq!(initialized["protocolVersion"], OLD);
    assert_eq!(initialized["capabilities"]["resources"]["subscribe"], Value::Null);

    let new = result(&models.new_era("tools/list", json!({})).await);
    let old = result(&models.old_era("tools/list", &json!({})).await);
    let tools = ["find_nearest_atms", "find_atms_within", "resolve_place", "get_atm"];
    assert_eq!(names(&new["tools"]), tools);
    assert_eq!(new["tools"], old["tools"]);
    assert_eq!((&new["resultType"], &new["cacheScope"]), (&"complete".into(), &"public".into()));
    assert!(new["ttlMs"].as_u64().unwrap() > 0);
    assert_eq!(old["resultType"], Value::Null);
    for tool in new["tools"].as_array().unwrap() {
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
        jsonschema::draft202012::meta::validate(&tool["inputSchema"]).unwrap();
        let text = tool.to_string();
        assert!(!text.contains("x-mcp-header"), "no argument may travel in a header");
    }
}

#[tokio::test]
async fn tools_answer_with_the_very_json_of_http_and_say_what_is_not_known() {
    let models = Models::start().await;
    let listed = result(&models.new_era("tools/list", json!({})).await);
    let listed = listed["tools"].as_array().unwrap();
    for (tool, arguments, target) in [
        (
            "find_nearest_atms",
            json!({"lat": 60.1, "lon": 24.9, "position_consent": true, "service": ["cash_in"]}),
            "/v1/atms/nearest?lat=60.1&lon=24.9&limit=5&service=cash_in",
        ),
        (
            "find_nearest_atms",
            json!({"near": "Helsinki", "limit": 2, "unknown": "include", "group": "atm"}),
            "/v1/atms/nearest?near=Helsinki&limit=2&unknown=include&group=atm",
        ),
        (
            "find_atms_within",
            json!({"bbox": [24.9, 60.1, 24.905, 60.105]}),
            "/v1/atms/within?bbox=24.9,60.1,24.905,60.105&limit=20",
        ),
        (
            "resolve_place",
            json!({"text": "Helsinki", "limit": 3}),
            "/v1/places?text=Helsinki&limit=3",
        ),
        ("get_atm", json!({"id": "osm:node/1"}), "/v1/atms/osm:node/1"),
    ] {
        let http = models.get(target).await;
        let answer = models.call(tool, arguments).await;
        assert_eq!(answer["isError"], false, "{answer}");
        assert_eq!(answer["structuredContent"], http.json(), "{tool}");
        let schema = listed.iter().find(|one| one["name"] == tool).unwrap();
        let schema = jsonschema::draft202012::new(&schema["outputSchema"]).unwrap();
        assert!(schema.is_valid(&answer["structuredContent"]), "{tool}: {answer}");
        assert_eq!(answer["content"][1]["text"], http.text(), "{tool}");
        assert_eq!(answer["resultType"], "complete");
    }
    let answer = models.call("find_nearest_atms", json!({"near": "60.1, 24.9"})).await;
    let words = words(&answer);
    assert!(words.contains("fee: not stated") && words.contains("it is not a no"), "{words}");
    assert!(words.contains("withdrawals: yes"), "{words}");
}

#[tokio::test]
async fn shapes_are_found_in_and_along() {
    let models = Models::start().await;
    let ring = [[24.9, 60.1], [24.91, 60.1], [24.91, 60.11], [24.9, 60.11], [24.9, 60.1]];
    let polygon = json!({"type": "Polygon", "coordinates": [ring]});
    let inside = models.call("find_atms_within", json!({"polygon": polygon, "limit": 3})).await;
    assert_eq!(inside["structuredContent"]["atms"].as_array().unwrap().len(), 3);
    assert!(words(&inside).contains("There are more"), "{inside}");
    let line = json!({"type": "LineString", "coordinates": [[24.9, 60.1], [24.91, 60.11]]});
    let along = json!({"along": line, "buffer_m": 50, "service": ["cash_in"]});
    let along = models.call("find_atms_within", along).await;
    assert!(along["structuredContent"]["length_m"].as_f64().unwrap() > 1000.0, "{along}");
    assert!(words(&along).contains(" beside: "), "{along}");
}

#[tokio::test]
async fn bad_values_are_failures_of_the_tool_that_say_what_is_accepted() {
    let models = Models::start().await;
    for (tool, arguments, said) in [
        ("find_nearest_atms", json!({"lat": 123, "lon": 24}), "decimal degrees from -90 to 90"),
        ("find_nearest_atms", json!({"near": "Helsinki", "service": ["gold"]}), "cash_in"),
        ("find_nearest_atms", json!({"near": "Helsinki", "radius": 5}), "max_distance_m is"),
        ("find_nearest_atms", json!({"near": "Helsinki", "explain": true}), "explain"),
        ("find_nearest_atms", json!({"near": "Helsinki", "lat": 1, "lon": 2}), "near cannot"),
        (
            "find_nearest_atms",
            json!({"lat": 1, "lon": 2, "position_consent": "yes"}),
            "true, false",
        ),
        ("find_nearest_atms", json!({"near": "Xyzzyqwrt"}), "No place fits"),
        (
            "find_nearest_atms",
            json!({"near": "12 Xyzzyqwrt Street, Helsinki"}),
            "it names a town: Helsinki, Uusimaa, Finland.",
        ),
        ("find_atms_within", json!({}), "bbox is missing"),
        ("find_atms_within", json!({"bbox": [1, 2, 3]}), "four numbers"),
        ("resolve_place", json!({}), "text is missing"),
        ("resolve_place", json!({"text": "Helsinki", "lat": 1, "lon": 2}), "lat is not"),
        ("get_atm", json!({"id": "osm:node/0"}), "No ATM has this id"),
        ("get_atm", json!({}), "id is missing"),
    ] {
        let answer = models.call(tool, arguments.clone()).await;
        assert!(failure(&answer).contains(said), "{arguments}: {answer}");
        let problem: Value =
            serde_json::from_str(answer["content"][1]["text"].as_str().unwrap()).unwrap();
        assert!(problem["code"].is_string(), "{problem}");
    }
    let unready = Models::unready(McpOptions::default()).await;
    let answer = unready.call("find_nearest_atms", json!({"near": "Helsinki"})).await;
    assert!(failure(&answer).contains("being loaded"), "{answer}");
}

#[tokio::test]
async fn who_names_no_place_is_asked_for_one() {
    let models = Models::start().await;
    let (tool, arguments) = ("find_nearest_atms", json!({"service": ["cash_in"]}));
    // A client that cannot ask: the model must.
    let answer = models.call(tool, arguments.clone()).await;
    assert!(failure(&answer).contains("Ask the person where they are"), "{answer}");
    // What else is wrong is said first.
    let wrong = json!({"service": ["gold"]});
    let answer = result(&models.call_with_person(tool, &wrong, json!({})).await);
    assert!(failure(&answer).contains("service"), "{answer}");

    let asked = result(&models.call_with_person(tool, &arguments, json!({})).await);
    assert_eq!(asked["resultType"], "input_required");
    let request = &asked["inputRequests"]["near"];
    assert_eq!(request["method"], "elicitation/create");
    assert_eq!(request["params"]["mode"], "form");
    assert_eq!(request["params"]["requestedSchema"]["required"], json!(["near"]));
    let content = json!({"near": "Helsinki"});
    let answer = result(&models.told(tool, &arguments, &asked, content.clone()).await);
    assert_eq!(answer["structuredContent"]["origin"]["place"]["name"], "Helsinki");

    // What was asked is good for that call alone, and as it was given.
    let other = json!({"service": ["cash_out"]});
    error(&models.told(tool, &other, &asked, content.clone()).await, 200, -32602);
    let mut forged = asked.clone();
    forged["requestState"] = format!("{}x", asked["requestState"].as_str().unwrap()).into();
    error(&models.told(tool, &arguments, &forged, content).await, 200, -32602);
    // Who declines is not asked again.
    let more = json!({"inputResponses": {"near": {"action": "decline"}},
                      "requestState": asked["requestState"]});
    let answer = result(&models.call_with_person(tool, &arguments, more).await);
    assert!(failure(&answer).contains("did not say where"), "{answer}");
    // Who says nothing is.
    let more = json!({"requestState": asked["requestState"]});
    let again = result(&models.call_with_person(tool, &arguments, more).await);
    assert_eq!(again["resultType"], "input_required");
}

#[tokio::test]
async fn of_several_places_the_person_chooses() {
    let models = Models::start().await;
    let (tool, arguments) = ("find_nearest_atms", json!({"near": "Springfield", "limit": 1}));
    let answer = models.call(tool, arguments.clone()).await;
    assert!(failure(&answer).contains("Several places fit"), "{answer}");
    assert!(words(&answer).lines().count() >= 3, "{answer}");

    let asked = result(&models.call_with_person(tool, &arguments, json!({})).await);
    let schema = &asked["inputRequests"]["place"]["params"]["requestedSchema"];
    let labels = schema["properties"]["place"]["enum"].as_array().unwrap();
    assert!(labels.len() >= 2, "{schema}");
    for label in labels {
        let chosen = json!({"place": label});
        let answer = result(&models.told(tool, &arguments, &asked, chosen).await);
        let origin = &answer["structuredContent"]["origin"];
        assert!(origin["lat"].is_number(), "{answer}");
        if origin["place"].is_object() {
            assert_eq!(&origin["place"]["label"], label);
        }
    }
    let invented = json!({"place": "Springfield, Nowhere"});
    let answer = result(&models.told(tool, &arguments, &asked, invented).await);
    assert!(failure(&answer).contains("did not say which"), "{answer}");
}

#[tokio::test]
async fn a_position_is_used_when_the_person_agrees() {
    let models = Models::start().await;
    let tool = "find_nearest_atms";
    for arguments in [json!({"lat": 60.1, "lon": 24.9}), json!({"near": "60.1 N 24.9 E"})] {
        // Who cannot ask is told to.
        let answer = models.call(tool, arguments.clone()).await;
        assert!(words(&answer).contains("position_consent=true"), "{answer}");

        let asked = result(&models.call_with_person(tool, &arguments, json!({})).await);
        assert_eq!(asked["resultType"], "input_required");
        let agreed = models.told(tool, &arguments, &asked, json!({"consent": true})).await;
        let agreed = result(&agreed);
        assert!(agreed["structuredContent"]["neighbours"].is_array(), "{agreed}");
        assert!(!words(&agreed).contains("position_consent"), "{agreed}");
        let refused = models.told(tool, &arguments, &asked, json!({"consent": false})).await;
        assert!(failure(&result(&refused)).contains("does not want"), "{}", refused.text());

        let mut consented = arguments.clone();
        consented["position_consent"] = true.into();
        let answer = result(&models.call_with_person(tool, &consented, json!({})).await);
        assert!(answer["structuredContent"]["neighbours"].is_array(), "{answer}");
    }
}

#[tokio::test]
async fn nobody_is_asked_for_what_would_be_refused_whatever_they_answer() {
    let models = Models::start().await;
    for (arguments, said) in [
        (json!({"near": "Helsinki", "lat": 1, "lon": 2}), "near cannot"),
        (json!({"lat": 60.1, "lon": 24.9, "lang": "?"}), "lang is no language tag"),
        (json!({"lang": "?"}), "lang is no language tag"),
        (json!({"lat": 123, "lon": 24.9}), "decimal degrees from -90 to 90"),
    ] {
        let answer = models.call_with_person("find_nearest_atms", &arguments, json!({})).await;
        let answer = result(&answer);
        assert!(failure(&answer).contains(said), "{arguments}: {answer}");
    }
}

#[tokio::test]
async fn who_guesses_tokens_is_not_listened_to_for_a_while() {
    let token = Secret::from(CLIENT_TOKEN.to_owned());
    let models = Models::with(McpOptions { token, ..McpOptions::default() }).await;
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list"});
    let mut guesses = 0;
    while models.send(&[("authorization", "Bearer x")], &body).await.status == 401 {
        guesses += 1;
        assert!(guesses < 100, "guessing has no end");
    }
    // The right token is no answer to a guess either.
    let bearer = format!("Bearer {CLIENT_TOKEN}");
    let answer = models.send(&[("authorization", &bearer)], &body).await;
    answer.problem(429, "too_many_attempts");
}

#[tokio::test]
async fn what_is_not_the_protocol_is_refused_as_it_says() {
    let models = Models::start().await;
    let list = |params: Value| json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": params});
    let full = list(json!({"_meta": meta(&json!({}))}));
    // Headers that are missing, or say something else.
    error(&models.send(&[("mcp-method", "tools/list")], &full).await, 400, -32020);
    let headers = [("mcp-protocol-version", NEW), ("mcp-method", "tools/call")];
    error(&models.send(&headers, &full).await, 400, -32020);
    let headers = [("mcp-protocol-version", NEW)];
    error(&models.send(&headers, &full).await, 400, -32020);
    let headers = [("mcp-protocol-version", NEW), ("mcp-method", "tools/list")];
    error(&models.send(&headers, &list(json!({}))).await, 400, -32602);
    let params = json!({"name": "get_atm", "arguments": {}, "_meta": meta(&json!({}))});
    let call = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
    let headers = [("mcp-protocol-version", NEW), ("mcp-method", "tools/call"), ("mcp-name", "x")];
    error(&models.send(&headers, &call).await, 400, -32020);
    // A revision nobody knows.
    let mut future = meta(&json!({}));
    future["io.modelcontextprotocol/protocolVersion"] = "2099-01-01".into();
    let headers = [("mcp-protocol-version", "2099-01-01"), ("mcp-method", "tools/list")];
    let told = error(&models.send(&headers, &list(json!({"_meta": future}))).await, 400, -32022);
    assert!(told["data"]["supported"].as_array().unwrap().contains(&NEW.into()), "{told}");
    assert_eq!(told["data"]["requested"], "2099-01-01");
    // Methods and tools nobody has.
    error(&models.new_era("tools/destroy", json!({})).await, 404, -32601);
    let nobody = json!({"name": "report_atm_status", "arguments": {}});
    error(&models.new_era("tools/call", nobody).await, 200, -32602);
    error(&models.new_era("tools/list", json!({"cursor": "x"})).await, 200, -32602);
    // Notifications are taken; other HTTP methods are not.
    let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    assert_eq!(models.send(&[], &note).await.status, 202);
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let answer = models.ask(method, mcp::PATH, &[("accept", "text/event-stream")], "").await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "POST");
    }
    // Bodies that are no message, which are not repeated.
    let headers =
        [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    for body in ["", "{\"lat\": 60.16985", "{\"lat\": 60.16985}", "[]"] {
        let answer = models.ask(Method::POST, mcp::PATH, &headers, body).await;
        error(&answer, 400, -32700);
        assert!(!answer.text().contains("60.16985"));
    }
    let large = format!("{{\"x\": \"{}\"}}", "x".repeat(2 << 20));
    let answer = models.ask(Method::POST, mcp::PATH, &headers, large).await;
    answer.problem(413, "body_too_large");
}

#[tokio::test]
async fn a_large_body_in_pieces_is_told_from_a_defect() {
    let models = Models::start().await;
    let mut connection = models.connect().await;
    let head = "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                accept: application/json, text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let piece = format!("{:x}\r\n{}\r\n", 1 << 18, "x".repeat(1 << 18));
    for _ in 0..6 {
        // The service may have had enough.
        if connection.write_all(piece.as_bytes()).await.is_err() {
            break;
        }
    }
    let head = read_until(&mut connection, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
}

#[tokio::test]
async fn pages_and_hosts_that_are_not_listed_are_refused() {
    let models = Models::start().await;
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list"});
    for headers in [
        [("origin", "https://evil.example")],
        [("origin", "null")],
        [("host", "evil.example")],
        [("host", "localhost.evil.example")],
    ] {
        assert_eq!(models.send(&headers, &body).await.status, 403, "{headers:?}");
    }
    for origin in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:8080"] {
        assert_eq!(models.send(&[("origin", origin)], &body).await.status, 200, "{origin}");
    }
    let listed = McpOptions {
        origins: vec!["https://bank.example".to_owned().try_into().unwrap()],
        hosts: vec!["atms.bank.example".to_owned()],
        ..McpOptions::default()
    };
    let models = Models::with(listed).await;
    let host = ("host", "atms.bank.example");
    for (origin, status) in [
        ("https://bank.example", 200),
        ("https://bank.example:444", 403),
        ("http://bank.example", 403),
        ("http://localhost:3000", 403),
    ] {
        let answer = models.send(&[host, ("origin", origin)], &body).await;
        assert_eq!(answer.status.as_u16(), status, "{origin}");
    }
    assert_eq!(models.send(&[], &body).await.status, 403);
    let off = Models::with(McpOptions { enabled: false, ..McpOptions::default() }).await;
    off.send(&[], &body).await.problem(404, "unknown_path");
}

#[tokio::test]
async fn a_token_is_asked_for_where_one_is_configured() {
    let token = Secret::from(CLIENT_TOKEN.to_owned());
    let models = Models::with(McpOptions { token, ..McpOptions::default() }).await;
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list"});
    let refused = models.send(&[], &body).await;
    refused.problem(401, "unauthorized");
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    for (token, tools) in [(CLIENT_TOKEN, 4), (VIEWER_TOKEN, 4), (PUBLISHER_TOKEN, 5)] {
        let bearer = format!("Bearer {token}");
        let answer = result(&models.send(&[("authorization", &bearer)], &body).await);
        assert_eq!(answer["tools"].as_array().unwrap().len(), tools, "{token}");
    }
    for wrong in ["Bearer x", "Basic x", "Bearer a-client-of-the-hous", "Bearer"] {
        models.send(&[("authorization", wrong)], &body).await.problem(401, "unauthorized");
    }
    // Who shows a wrong token is not taken for nobody where none is needed.
    let open = Models::start().await;
    open.send(&[("authorization", "Bearer x")], &body).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn an_administrator_reports_what_everybody_then_sees() {
    let models = Models::start().await;
    let bearer = format!("Bearer {PUBLISHER_TOKEN}");
    let authorization = [("authorization", bearer.as_str())];
    let listed = models.new_era_with("tools/list", json!({}), &json!({}), &authorization).await;
    let listed = result(&listed);
    assert_eq!(listed["cacheScope"], "private");
    let tool = &listed["tools"][4];
    assert_eq!(
        (&tool["name"], &tool["annotations"]["readOnlyHint"]),
        (&"report_atm_status".into(), &false.into())
    );
    let report = async |arguments: Value| {
        let params = json!({"name": "report_atm_status", "arguments": arguments});
        result(&models.new_era_with("tools/call", params, &json!({}), &authorization).await)
    };
    let told =
        report(json!({"id": "osm:node/1", "state": "out_of_service", "note": "screen"})).await;
    assert_eq!(told["structuredContent"]["outcome"], "recorded", "{told}");
    assert!(words(&told).contains("out of service"), "{told}");
    let seen = models.call("get_atm", json!({"id": "osm:node/1"})).await;
    assert_eq!(seen["structuredContent"]["atm"]["status"]["note"], "screen");
    assert!(words(&seen).contains("reported out of service"), "{seen}");
    let unknown = report(json!({"id": "osm:node/0", "state": "in_service"})).await;
    assert!(failure(&unknown).contains("No ATM has this id"), "{unknown}");
    let bad = report(json!({"id": "osm:node/1", "state": "broken"})).await;
    assert!(failure(&bad).contains("in_service, out_of_service"), "{bad}");
}

#[tokio::test]
async fn resources_are_read_by_their_addresses() {
    let models = Models::start().await;
    let listed = result(&models.new_era("resources/list", json!({})).await);
    assert_eq!(listed["resources"][0]["uri"], "atm://vocabulary");
    let templates = result(&models.new_era("resources/templates/list", json!({})).await);
    assert_eq!(templates["resourceTemplates"][0]["uriTemplate"], "atm://{id}");
    for (uri, target) in [
        ("atm://vocabulary", "/v1/vocabulary"),
        ("atm://osm%3Anode%2F1", "/v1/atms/osm:node/1"),
        ("atm://osm:node/1", "/v1/atms/osm:node/1"),
    ] {
        let read = result(&models.new_era("resources/read", json!({"uri": uri})).await);
        assert_eq!(read["contents"][0]["uri"], uri);
        assert_eq!(read["contents"][0]["text"], models.get(target).await.text());
        assert!(read["ttlMs"].is_number());
        let old = result(&models.old_era("resources/read", &json!({"uri": uri})).await);
        assert_eq!(old["contents"], read["contents"]);
    }
    for uri in ["atm://osm:node/0", "file:///etc/passwd"] {
        error(&models.new_era("resources/read", json!({"uri": uri})).await, 200, -32602);
        error(&models.old_era("resources/read", &json!({"uri": uri})).await, 200, -32002);
    }
}

#[tokio::test]
async fn prompts_ask_the_common_question() {
    let models = Models::start().await;
    let listed = result(&models.new_era("prompts/list", json!({})).await);
    assert_eq!(names(&listed["prompts"]), ["find_an_atm"]);
    let params = json!({"name": "find_an_atm", "arguments": {"place": "Euston"}});
    let prompt = result(&models.new_era("prompts/get", params).await);
    let text = prompt["messages"][0]["content"]["text"].as_str().unwrap();
    assert!(text.contains("Euston"), "{text}");
    let params = json!({"name": "other"});
    error(&models.new_era("prompts/get", params).await, 200, -32602);
}

#[tokio::test]
async fn who_follows_a_resource_is_told_of_a_new_snapshot_and_when_it_ends() {
    let mut models = Models::start().await;
    let uris = ["atm://vocabulary", "atm://osm%3Anode%2F1", "other://x"];
    let params = json!({"notifications": {"resourceSubscriptions": uris},
                        "_meta": meta(&json!({}))});
    let body =
        json!({"jsonrpc": "2.0", "id": 9, "method": "subscriptions/listen", "params": params})
            .to_string();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\naccept-encoding: gzip\r\n\
         mcp-protocol-version: {NEW}\r\nmcp-method: subscriptions/listen\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = models.connect().await;
    connection.write_all(head.as_bytes()).await.unwrap();
    let begun = read_until(&mut connection, "notifications/subscriptions/acknowledged").await;
    let lower = begun.to_lowercase();
    assert!(lower.contains("text/event-stream") && lower.contains("x-accel-buffering: no"));
    assert!(begun.contains("vocabulary") && !begun.contains("other://x"), "{begun}");

    models.service.publication().publish(snapshot(&estate().replace("Otto", "Nosto")));
    let told = read_until(&mut connection, "osm%3Anode%2F1").await;
    assert!(told.contains("notifications/resources/updated"), "{told}");
    // The service stops: so does the stream, with an answer.
    drop(models.stop.take());
    let end = read_until(&mut connection, "\"result\"").await;
    assert!(end.contains("\"id\":9"), "{end}");
}
