//! Channels, between a stand-in of each platform and the conversation: what comes is proven, known
//! again, and answered once; what is sent fits, waits and is sent again where it must.

mod privacy;
mod receiving;
mod sending;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit as _, Mac as _};
use nearest_atm::channels::{
    Channels, ChannelsOptions, MessengerOptions, TelegramOptions, WhatsappOptions,
};
use nearest_atm::chat::{ChatOptions, Conversation};
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::secret::Secret;
use nearest_atm::service::Service;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::support::{self, PATIENCE, Server, estate, snapshot};

pub(crate) const APP_SECRET: &str = "app-secret";
pub(crate) const VERIFY_TOKEN: &str = "verify-token";
pub(crate) const ACCESS_TOKEN: &str = "access-token";
pub(crate) const NUMBER: &str = "1061234567";
pub(crate) const BOT_TOKEN: &str = "123456:bot-token";
pub(crate) const BOT_SECRET: &str = "bot-secret_1";

/// A request a platform was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Its path.
    pub(crate) path: String,
    /// Its body.
    pub(crate) body: Value,
    /// Everything of it: target, headers, body.
    pub(crate) whole: String,
    at: Instant,
}

/// How a platform answers.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// With this status, this `Retry-After`, this body.
    With(u16, Option<&'static str>, &'static str),
    /// That all is well, after this time.
    After(Duration),
    /// That all is well, when it is let go.
    Held,
}

/// Stands in for all three platforms.
#[derive(Clone)]
pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    sent: Arc<Mutex<Vec<Sent>>>,
    manners: Arc<Mutex<VecDeque<Manner>>>,
    let_go: Arc<Notify>,
}

impl StandIn {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stand_in =
            Self { address, sent: Arc::default(), manners: Arc::default(), let_go: Arc::default() };
        let router = Router::new().fallback(take).with_state(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        stand_in
    }

    /// Answers the next requests like this, and those after them well.
    fn will(&self, manners: &[Manner]) {
        self.manners.lock().unwrap().extend(manners);
    }

    /// Everything it was sent so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// Everything it was sent, once it is so much.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Sent> {
        let started = Instant::now();
        while self.sent.lock().unwrap().len() < count {
            let sent = self.sent();
            assert!(started.elapsed() < PATIENCE, "only {} of {count}: {sent:?}", sent.len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.sent()
    }

    /// Asserts that nothing more comes than so many.
    async fn comes_to(&self, count: usize) {
        self.wait_for(count).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(self.sent().len(), count, "{:?}", self.sent());
    }
}

async fn take(
    State(stand_in): State<StandIn>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let sent = Sent {
        path: uri.path().to_owned(),
        whole: format!("{uri}\n{headers:?}\n{body}"),
        body: serde_json::from_str(&body).unwrap(),
        at: Instant::now(),
    };
    stand_in.sent.lock().unwrap().push(sent);
    let manner = stand_in.manners.lock().unwrap().pop_front();
    match manner {
        None => r#"{"ok": true, "result": {}}"#.into_response(),
        Some(Manner::After(time)) => {
            tokio::time::sleep(time).await;
            r#"{"ok": true, "result": {}}"#.into_response()
        }
        Some(Manner::Held) => {
            stand_in.let_go.notified().await;
            r#"{"ok": true, "result": {}}"#.into_response()
        }
        Some(Manner::With(status, retry_after, body)) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            if let Some(seconds) = retry_after {
                response.headers_mut().insert("retry-after", seconds.parse().unwrap());
            }
            response
        }
    }
}

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

/// Every channel, with the stand-in behind it.
fn options(stand_in: &StandIn) -> ChannelsOptions {
    let api = format!("http://{}/v25.0", stand_in.address);
    ChannelsOptions {
        // Longer than any test waits: what is not answered yet is not sent again.
        send_timeout_ms: 3_600_000,
        send_attempts: 4,
        send_backoff_ms: 20,
        messenger: MessengerOptions {
            app_secret: secret(APP_SECRET),
            verify_token: secret(VERIFY_TOKEN),
            access_token: secret(ACCESS_TOKEN),
            api: api.clone(),
            locale: "en-GB".to_owned(),
        },
        whatsapp: WhatsappOptions {
            app_secret: secret(APP_SECRET),
            verify_token: secret(VERIFY_TOKEN),
            access_token: secret(ACCESS_TOKEN),
            phone_number_id: NUMBER.to_owned(),
            api: api.clone(),
            locale: String::new(),
        },
        telegram: TelegramOptions {
            token: secret(BOT_TOKEN),
            secret_token: secret(BOT_SECRET),
            api,
            locale: "en-GB".to_owned(),
        },
    }
}

/// A server with every channel, answering from the estate.
struct Setup {
    server: Server,
    stand_in: StandIn,
    channels: Channels,
}

impl Setup {
    async fn start() -> Self {
        let setup = Self::unready().await;
        setup.server.service.publication().publish(snapshot(&estate()));
        setup
    }

    /// With nothing to answer from yet.
    async fn unready() -> Self {
        let stand_in = StandIn::start().await;
        Self::with(stand_in.clone(), &options(&stand_in)).await
    }

    async fn with(stand_in: StandIn, options: &ChannelsOptions) -> Self {
        let service = Service::default();
        let conversation = Conversation::new(service.clone(), &ChatOptions::default()).unwrap();
        let channels = Channels::open(options, &service, &conversation).unwrap();
        let http = HttpOptions::default();
        let router = http::router(
            service.clone(),
            Beside { webhooks: channels.router(), ..Beside::default() },
            &http,
        );
        let server = Server::serving(router, service, http, PATIENCE).await;
        Self { server, stand_in, channels }
    }

    async fn messenger(&self, events: &Value) -> support::Answer {
        self.signed("/channels/messenger", &messenger_body(events)).await
    }

    async fn whatsapp(&self, messages: &Value) -> support::Answer {
        self.signed("/channels/whatsapp", &whatsapp_body(messages)).await
    }

    async fn telegram(&self, update: &Value) -> support::Answer {
        let headers = [("x-telegram-bot-api-secret-token", BOT_SECRET)];
        let body = update.to_string();
        self.server.ask(http_method(), "/channels/telegram", &headers, body).await
    }

    /// Sends a body as Meta does.
    async fn signed(&self, path: &str, body: &str) -> support::Answer {
        self.sent_as(path, body, &sign(body)).await
    }

    async fn sent_as(&self, path: &str, body: &str, signature: &str) -> support::Answer {
        let headers = [("x-hub-signature-256", signature), ("content-type", "application/json")];
        self.server.ask(http_method(), path, &headers, body.to_owned()).await
    }
}

fn http_method() -> axum::http::Method {
    axum::http::Method::POST
}

/// The signature of a body as Meta gives it.
pub(crate) fn sign(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().fold("sha256=".to_owned(), |digits, byte| format!("{digits}{byte:02x}"))
}

fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

pub(crate) fn messenger_body(events: &Value) -> String {
    json!({"object": "page", "entry": [{"id": "1", "time": 1, "messaging": events}]}).to_string()
}

/// An event of Messenger: a text of a person.
pub(crate) fn messenger_text(person: &str, mid: &str, text: &str) -> Value {
    json!({"sender": {"id": person}, "recipient": {"id": "1"}, "timestamp": now_s() * 1000,
        "message": {"mid": mid, "text": text}})
}

pub(crate) fn whatsapp_body(messages: &Value) -> String {
    let value = json!({"messaging_product": "whatsapp", "contacts": [],
        "metadata": {"display_phone_number": "1555", "phone_number_id": NUMBER},
        "messages": messages});
    let change = json!({"field": "messages", "value": value});
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})
        .to_string()
}

/// A text of a person on `WhatsApp`.
pub(crate) fn whatsapp_text(person: &str, id: &str, text: &str) -> Value {
    json!({"from": person, "id": id, "timestamp": now_s().to_string(), "type": "text",
        "text": {"body": text}})
}

/// A position of a person on `WhatsApp`.
pub(crate) fn whatsapp_location(person: &str, id: &str, lat: f64, lon: f64) -> Value {
    json!({"from": person, "id": id, "timestamp": now_s().to_string(), "type": "location",
        "location": {"latitude": lat, "longitude": lon}, "context": {"from": NUMBER, "id": "w"}})
}

/// An update of Telegram with a message of a person in private.
pub(crate) fn telegram_message(person: i64, update: u64, content: Value) -> Value {
    let mut message = content;
    message["message_id"] = update.into();
    message["date"] = now_s().into();
    message["chat"] = json!({"id": person, "type": "private", "first_name": "A"});
    message["from"] =
        json!({"id": person, "is_bot": false, "first_name": "A", "language_code": "en"});
    json!({"update_id": update, "message": message})
}
