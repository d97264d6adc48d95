//! A language model that started the program itself, over standard input and output.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::{assert_clean, binary, text};

/// A client of the Model Context Protocol that started the program itself.
struct Model {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Model {
    fn start(arguments: &[&str]) -> Self {
        let mut child = binary()
            .args(arguments)
            .env("NEAREST_ATM_LOG__LEVEL", "trace")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the program ended");
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}));
        self.receive()
    }

    /// A session as clients before the revision 2026-07-28 open it.
    fn old_session(arguments: &[&str], capabilities: &Value) -> Self {
        let mut model = Self::start(arguments);
        let begun = model.ask(
            "initialize",
            &json!({"protocolVersion": "2025-11-25", "capabilities": capabilities,
                    "clientInfo": {"name": "test", "version": "1"}}),
        );
        assert_eq!(begun["result"]["protocolVersion"], "2025-11-25");
        assert_eq!(begun["result"]["capabilities"]["resources"]["subscribe"], true);
        model.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        model
    }

    /// Hangs up, and gives what the program logged.
    fn end(mut self) -> String {
        drop(self.input.take());
        let output = self.child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    }
}

#[test]
fn a_language_model_is_served_over_standard_input_and_output() {
    let mut model = Model::old_session(&["mcp", "data/monaco.geojson"], &json!({}));
    // Asked at once, whether the ATMs are loaded or not.
    let arguments = json!({"lat": 43.739_655_4, "lon": 7.426_944_3, "limit": 1});
    let call = json!({"name": "find_nearest_atms", "arguments": arguments});
    let question =
        ["--lat", "43.7396554", "--lon", "7.4269443", "--limit", "1", "--format", "json"];
    let mut both = || {
        let found = model.ask("tools/call", &call)["result"].clone();
        assert_eq!(found["isError"], false, "{found}");
        let find = binary().arg("find").args(question).arg("data/monaco.geojson").output();
        let printed: Value = serde_json::from_slice(&find.unwrap().stdout).unwrap();
        [found["structuredContent"]["neighbours"].clone(), printed["neighbours"].clone()]
    };
    let [mut found, mut printed] = both();
    if found != printed {
        // A machine may have opened or closed between the two.
        [found, printed] = both();
    }
    assert_eq!(found, printed);
    let wrong = json!({"name": "find_nearest_atms", "arguments": {"lat": 123.739_655_4, "lon": 1}});
    assert_eq!(model.ask("tools/call", &wrong)["result"]["isError"], true);
    // What is no message does not end the session.
    writeln!(model.input.as_mut().unwrap(), "{{\"lat\": 43.7396554").unwrap();
    model.send(&json!({"jsonrpc": "2.0", "id": 2, "method": "ping", "params": {}}));
    while model.receive()["id"] != 2 {}
    let log = model.end();
    assert_clean(&log);
    assert!(!log.contains("7396554"), "{log}");
}

#[test]
fn a_client_that_stays_is_asked_and_told_of_changes() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("atms.geojson");
    let monaco = std::fs::read_to_string("data/monaco.geojson").unwrap();
    std::fs::write(&source, &monaco).unwrap();
    let source = source.to_string_lossy().into_owned();
    let mut model = Model::old_session(&["mcp", &source], &json!({"elicitation": {}}));
    let call = json!({"name": "find_nearest_atms", "arguments": {"limit": 1}});
    let asked = model.ask("tools/call", &call);
    assert_eq!(asked["method"], "elicitation/create", "{asked}");
    assert!(asked["params"]["requestedSchema"]["properties"]["near"].is_object());
    let told = json!({"action": "accept", "content": {"near": "Monaco"}});
    model.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": told}));
    let found = model.receive()["result"].clone();
    assert_eq!(found["structuredContent"]["origin"]["place"]["name"], "Monaco", "{found}");

    let vocabulary = json!({"uri": "atm://vocabulary"});
    assert_eq!(model.ask("resources/subscribe", &vocabulary)["result"], json!({}));
    // The file may change before it is watched: it changes until that has been told.
    let changing = std::thread::spawn(move || {
        for change in 0.. {
            let changed = monaco.replace("CFM", &format!("CFM {change}"));
            // In one step, for half a file is a fault. The folder goes when the test is over.
            let unfinished = format!("{source}.unfinished");
            let written = std::fs::write(&unfinished, changed);
            if written.and_then(|()| std::fs::rename(&unfinished, &source)).is_err() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
    });
    let told = model.receive();
    assert_eq!(told["method"], "notifications/resources/updated", "{told}");
    assert_eq!(told["params"]["uri"], "atm://vocabulary");
    assert_clean(&model.end());
    drop(folder);
    changing.join().unwrap();
}

#[test]
fn a_client_of_the_newer_revision_needs_no_session() {
    let mut model = Model::start(&["mcp", "data/monaco.geojson"]);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let found = model.ask(
        "tools/call",
        &json!({"name": "find_nearest_atms", "arguments": {"near": "Monaco"}, "_meta": meta}),
    );
    assert_eq!(found["result"]["resultType"], "complete", "{found}");
    assert!(found["result"]["structuredContent"]["neighbours"][0].is_object());
    assert_clean(&model.end());

    // Sources that cannot be read end the program, and say why on standard error alone.
    let mut failed = Model::start(&["mcp", "no/such/file"]);
    assert_eq!(failed.child.wait().unwrap().code(), Some(4));
    let mut said = String::new();
    assert_eq!(failed.output.read_to_string(&mut said).unwrap(), 0);
}
