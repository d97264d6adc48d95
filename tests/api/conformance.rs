//! What the conformance suite of the Model Context Protocol calls, served through the transport and
//! behind the door of the service: it asks for tools, prompts and resources of its own names.
//! `tests/clients/mcp/run.sh` starts it and runs the suite.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use nearest_atm::http::admin::{Credentials, Gate};
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::mcp::{McpOptions, behind_door};
use nearest_atm::sealed::Sealer;
use nearest_atm::service::Service;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult,
    CompletionInfo, ContentBlock, ErrorCode, ErrorData, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, InputRequest, InputRequiredResult, InputResponses, JsonObject,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ProgressNotificationParam, Prompt, PromptArgument, PromptMessage,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate, Role, ServerCapabilities, ServerConfig, SubscriptionFilter,
    Tool,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use serde_json::{Value, json};

use crate::support::{PATIENCE, Server};

/// A picture of one pixel, and a sound of none.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const SILENCE: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

const TOOLS: &[&str] = &[
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_error_handling",
    "test_tool_with_progress",
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_logging_tool",
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
];

#[derive(Clone)]
struct Fixtures(Arc<Sealer>);

impl Fixtures {
    /// Asks the person, or the client, for what is not there yet.
    fn ask(&self, requests: Value, state: Option<&str>) -> CallToolResponse {
        let later = Timestamp::now() + 1.hour();
        let sealed = state.map(|state| self.0.seal(state.as_bytes(), b"", later).unwrap());
        InputRequiredResult::new(Some(serde_json::from_value(requests).unwrap()), sealed).into()
    }

    /// The state a client brings back.
    fn state(&self, given: Option<&String>) -> Result<Option<String>, ErrorData> {
        let Some(given) = given else { return Ok(None) };
        let opened = self.0.open(given, b"", Timestamp::now());
        let forged = |_| ErrorData::invalid_params("requestState is not what was given", None);
        Ok(Some(String::from_utf8(opened.map_err(forged)?).unwrap()))
    }

    fn input_required(
        &self,
        name: &str,
        request: &CallToolRequestParams,
        can: &Value,
    ) -> Result<CallToolResponse, ErrorData> {
        let responses = request.input_responses.clone().unwrap_or_default();
        let state = self.state(request.request_state.as_ref())?;
        let said = |key: &str, member: &str| told(&responses, key, member);
        Ok(match name {
            "elicitation" => match said("user_name", "name") {
                Some(name) => text(&format!("Hello, {name}!")),
                None => self.ask(json!({"user_name": form("What is your name?", "name")}), None),
            },
            "sampling" => match responses.get("capital_question") {
                Some(answer) => text(&answer["content"]["text"].to_string()),
                None => self.ask(
                    json!({"capital_question": sampling("What is the capital of France?")}),
                    None,
                ),
            },
            "list_roots" => match responses.get("client_roots") {
                Some(answer) => text(&format!("Roots: {}", answer["roots"])),
                None => {
                    self.ask(json!({"client_roots": {"method": "roots/list", "params": {}}}), None)
                }
            },
            "request_state" | "tampered_state" => match (state, responses.get("confirm")) {
                (Some(_), Some(_)) => text("state-ok"),
                _ => self.ask(json!({"confirm": form("Please confirm", "ok")}), Some("asked")),
            },
            "multiple_inputs" => {
                let keys = ["user_name", "greeting", "client_roots"];
                if state.is_some() && keys.iter().all(|key| responses.contains_key(*key)) {
                    return Ok(text("all there"));
                }
                let requests = json!({
                    "user_name": form("What is your name?", "name"),
                    "greeting": sampling("Generate a greeting"),
                    "client_roots": {"method": "roots/list", "params": {}},
                });
                self.ask(requests, Some("asked"))
            }
            "multi_round" => {
                match (state.as_deref(), said("step1", "name"), said("step2", "color")) {
                    (Some(name), _, Some(color)) if name != "begun" => {
                        text(&format!("{name}: {color}"))
                    }
                    (Some("begun"), Some(name), _) => {
                        let next = form("Step 2: What is your favorite color?", "color");
                        self.ask(json!({"step2": next}), Some(&name))
                    }
                    _ => self.ask(
                        json!({"step1": form("Step 1: What is your name?", "name")}),
                        Some("begun"),
                    ),
                }
            }
            _ => {
                let mut requests = json!({});
                if can["elicitation"].is_object() {
                    requests["form"] = form("What is your name?", "name");
                }
                if can["sampling"].is_object() {
                    requests["sampling"] = sampling("Generate a greeting");
                }
                self.ask(requests, None)
            }
        })
    }
}

fn told(responses: &InputResponses, key: &str, member: &str) -> Option<String> {
    let response = responses.get(key)?;
    (response["action"] == "accept").then_some(())?;
    response["content"][member].as_str().map(str::to_owned)
}

fn form(message: &str, member: &str) -> Value {
    let kind = if member == "ok" { "boolean" } else { "string" };
    let schema =
        json!({"type": "object", "properties": {member: {"type": kind}}, "required": [member]});
    let request = json!({"method": "elicitation/create",
           "params": {"mode": "form", "message": message, "requestedSchema": schema}});
    // It is what it says.
    serde_json::to_value(serde_json::from_value::<InputRequest>(request).unwrap()).unwrap()
}

fn sampling(question: &str) -> Value {
    let message = json!({"role": "user", "content": {"type": "text", "text": question}});
    json!({"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": 100}})
}

fn text(text: &str) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text)]).into()
}

fn embedded(uri: &str, kind: &str, text: &str) -> ContentBlock {
    ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(kind))
}

fn object(value: Value) -> Arc<JsonObject> {
    Arc::new(serde_json::from_value(value).unwrap())
}

impl ServerHandler for Fixtures {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_completions()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_tools()
            .build();
        ServerConfig::new(capabilities)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let empty = object(json!({"type": "object", "properties": {}}));
        let tool = |name: &&'static str| Tool::new(*name, "A fixture.", Arc::clone(&empty));
        Ok(ListToolsResult::with_all_items(TOOLS.iter().map(tool).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let can = serde_json::to_value(context.client_capabilities()).unwrap();
        if let Some(name) = request.name.strip_prefix("test_input_required_result_") {
            return self.input_required(name, &request, &can);
        }
        Ok(match &*request.name {
            "test_simple_text" => text("This is a simple text response for testing."),
            "test_image_content" => {
                CallToolResult::success(vec![ContentBlock::image(PIXEL, "image/png")]).into()
            }
            "test_audio_content" => {
                CallToolResult::success(vec![ContentBlock::audio(SILENCE, "audio/wav")]).into()
            }
            "test_embedded_resource" => CallToolResult::success(vec![embedded(
                "test://embedded-resource",
                "text/plain",
                "This is an embedded resource content.",
            )])
            .into(),
            "test_multiple_content_types" => CallToolResult::success(vec![
                ContentBlock::text("Multiple content types test:"),
                ContentBlock::image(PIXEL, "image/png"),
                embedded(
                    "test://mixed-content-resource",
                    "application/json",
                    r#"{"test":"data","value":123}"#,
                ),
            ])
            .into(),
            "test_error_handling" => CallToolResult::error(vec![ContentBlock::text(
                "This tool intentionally returns an error for testing",
            )])
            .into(),
            "test_tool_with_progress" => {
                if let Some(token) = context.meta.get_progress_token() {
                    for progress in [0.0, 50.0, 100.0] {
                        let note = ProgressNotificationParam::new(token.clone(), progress);
                        context.peer.notify_progress(note.with_total(100.0)).await.unwrap();
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
                text("done")
            }
            "test_missing_capability" => {
                if !can["sampling"].is_object() {
                    let needed = serde_json::from_value(json!({"sampling": {}})).unwrap();
                    return Err(ErrorData::missing_required_client_capability(needed));
                }
                text("sampling is there")
            }
            "test_streaming_elicitation" => {
                self.ask(json!({"user_name": form("What is your name?", "name")}), None)
            }
            "test_logging_tool" => text("nothing is logged to clients"),
            _ => return Err(ErrorData::invalid_params("no tool has this name", None)),
        })
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resource = |uri: &str| Resource::new(uri, uri).with_description("A fixture.");
        Ok(ListResourcesResult::with_all_items(
            ["test://static-text", "test://static-binary"].map(resource).to_vec(),
        ))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new("test://template/{id}/data", "template");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let id = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
        let contents = match (uri.as_str(), id) {
            ("test://static-text", _) => {
                ResourceContents::text("This is the content of the static text resource.", &uri)
            }
            ("test://static-binary", _) => {
                ResourceContents::blob(PIXEL, &uri).with_mime_type("image/png")
            }
            (_, Some(id)) => {
                let json =
                    json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
                ResourceContents::text(json.to_string(), &uri).with_mime_type("application/json")
            }
            _ => {
                let data = json!({"uri": uri});
                return Err(ErrorData::resource_not_found("nothing has this address", Some(data)));
            }
        };
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let argument = |name: &str| PromptArgument::new(name).with_required(true);
        let prompt = |name: &str, arguments: &[&str]| {
            Prompt::new(
                name,
                Some("A fixture."),
                Some(arguments.iter().map(|a| argument(a)).collect()),
            )
        };
        Ok(ListPromptsResult::with_all_items(vec![
            prompt("test_simple_prompt", &[]),
            prompt("test_prompt_with_arguments", &["arg1", "arg2"]),
            prompt("test_prompt_with_embedded_resource", &["resourceUri"]),
            prompt("test_prompt_with_image", &[]),
            prompt("test_input_required_result_prompt", &[]),
        ]))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let argument = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
        let user = |content| PromptMessage::new(Role::User, content);
        let said = |text: &str| user(ContentBlock::text(text));
        let messages = match request.name.as_str() {
            "test_simple_prompt" => vec![said("This is a simple prompt for testing.")],
            "test_prompt_with_arguments" => vec![said(&format!(
                "Prompt with arguments: arg1='{}', arg2='{}'",
                argument("arg1"),
                argument("arg2")
            ))],
            "test_prompt_with_embedded_resource" => vec![
                user(embedded(
                    &argument("resourceUri"),
                    "text/plain",
                    "Embedded resource content for testing.",
                )),
                said("Please process the embedded resource above."),
            ],
            "test_prompt_with_image" => vec![
                user(ContentBlock::image(PIXEL, "image/png")),
                said("Please analyze the image above."),
            ],
            "test_input_required_result_prompt" => {
                let responses = request.input_responses.unwrap_or_default();
                if let Some(context) = told(&responses, "user_context", "context") {
                    vec![said(&context)]
                } else {
                    let asked = form("What context should the prompt use?", "context");
                    let asked = serde_json::from_value(json!({"user_context": asked})).unwrap();
                    return Ok(InputRequiredResult::from_input_requests(asked).into());
                }
            }
            _ => return Err(ErrorData::invalid_params("no prompt has this name", None)),
        };
        Ok(GetPromptResult::new(messages).into())
    }

    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let values = ["paris", "park"].map(str::to_owned).to_vec();
        let info = CompletionInfo::with_all_values(values);
        info.map(CompleteResult::new)
            .map_err(|message| ErrorData::new(ErrorCode::INTERNAL_ERROR, message, None))
    }
}

/// Serves the fixtures until standard input ends.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "is a server for the conformance suite"]
async fn fixtures_of_the_conformance_suite() {
    let options = HttpOptions::default();
    let fixtures = Fixtures(Arc::default());
    let service = Service::default();
    let gate = Arc::new(Gate::new(Credentials::new(&[]).unwrap(), service.clone()));
    let door = behind_door(fixtures, gate, &McpOptions::default(), &options);
    let router =
        http::router(service.clone(), Beside { models: Some(door), ..Beside::default() }, &options);
    let server = Server::serving(router, service, options, PATIENCE).await;
    println!("\nserving http://{}/mcp", server.address);
    let read = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    read.await.unwrap().unwrap();
}
