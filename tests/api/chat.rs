//! Conversation over HTTP, about the real ATMs of `data/`.

use jiff::Timestamp;
use nearest_atm::chat::{CONTEXT_BYTES_MAX, ChatOptions, Conversation};
use nearest_atm::config::Config;
use nearest_atm::http::{self, Beside, HttpOptions};
use nearest_atm::service::Service;
use nearest_atm::snapshot::Snapshot;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::support::{PATIENCE, Server, estate, osm, snapshot};

/// Tuesday noon, in London and in Helsinki two hours later.
fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// Of the ATMs of `data/`, that stand in the middle of Helsinki and in Monaco.
async fn server() -> Server {
    static SNAPSHOT: OnceCell<std::sync::Arc<Snapshot>> = OnceCell::const_new();
    let snapshot = SNAPSHOT.get_or_init(|| async {
        let sources = Config::default().source_files().unwrap();
        std::sync::Arc::new(Snapshot::ingest(&sources, &mut |_| {}).unwrap())
    });
    let snapshot = std::sync::Arc::clone(snapshot.await);
    let server = unready(&ChatOptions::default()).await;
    server.service.publication().publish(snapshot);
    server
}

async fn unready(options: &ChatOptions) -> Server {
    let service = Service::with_clock(noon);
    let conversation = Conversation::new(service.clone(), options).unwrap();
    let options = HttpOptions::default();
    let router = http::router(
        service.clone(),
        Beside { conversation: Some(conversation), ..Beside::default() },
        &options,
    );
    Server::serving(router, service, options, PATIENCE).await
}

/// A conversation that hands back what it is given.
struct Talk<'s> {
    server: &'s Server,
    locale: &'s str,
    context: Value,
}

impl<'s> Talk<'s> {
    fn with(server: &'s Server, locale: &'s str) -> Self {
        Self { server, locale, context: Value::Null }
    }

    async fn send(&mut self, mut body: Value) -> Value {
        body["locale"] = self.locale.into();
        body["context"] = self.context.take();
        let answer = self.server.post("/v1/chat", body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "private, no-store");
        let reply = answer.json();
        self.context = reply["context"].clone();
        let context = self.context.as_str().unwrap();
        assert!(context.len() <= CONTEXT_BYTES_MAX);
        reply
    }

    async fn say(&mut self, text: &str) -> Value {
        self.send(json!({"text": text})).await
    }

    async fn share(&mut self, lat: f64, lon: f64) -> Value {
        self.send(json!({"position": {"lat": lat, "lon": lon}})).await
    }
}

fn reply(answer: &Value) -> &str {
    answer["reply"].as_str().unwrap()
}

fn texts(answer: &Value) -> Vec<&str> {
    let suggestions = answer["suggestions"].as_array().unwrap().iter();
    suggestions.map(|suggestion| suggestion["text"].as_str().unwrap()).collect()
}

/// Helsinki's central station.
const STATION: (f64, f64) = (60.1719, 24.9414);

#[tokio::test]
async fn the_answer_is_that_of_nearest_for_what_was_understood() {
    let server = server().await;
    for text in [
        "free cash machines in Monaco",
        "the 3 nearest atms to Helsinki",
        "atm within 2 km of Monaco open now",
        "los 2 cajeros más cercanos a Helsinki abiertos las 24 horas",
        "distributeur BNP Paribas à Monaco",
        "Geldautomat in Helsinki, morgen um 9 Uhr offen, rollstuhlgerecht",
        "caixa perto de 43.7384, 7.4246 que não seja num banco",
        "atm near https://www.openstreetmap.org/?mlat=60.17&mlon=24.94",
    ] {
        let answer = Talk::with(&server, "en").say(text).await;
        let understood = answer["understood"].as_object().unwrap();
        assert_eq!(understood["intent"], "find_atms", "{text}");
        let mut question = serde_json::Map::new();
        for (name, value) in understood.iter().filter(|(name, _)| *name != "intent") {
            if name == "place" {
                question.insert("near".to_owned(), value["text"].clone());
            } else {
                question.insert(name.clone(), value.clone());
            }
        }
        assert!(question.contains_key("near"), "{text}: {understood:?}");
        let language = answer["language"].clone();
        question.insert("lang".to_owned(), language);
        let nearest = server.post("/v1/atms/nearest", Value::from(question).to_string()).await;
        assert_eq!(nearest.status, 200, "{text}: {}", nearest.text());
        assert_eq!(answer["answer"], nearest.json(), "{text}");
        let neighbours = answer["answer"]["neighbours"].as_array().unwrap();
        let cards = answer["cards"].as_array().unwrap();
        assert_eq!(cards.len(), neighbours.len());
        for (card, neighbour) in cards.iter().zip(neighbours) {
            assert_eq!(card["atm_id"], neighbour["atms"][0]["id"]);
            assert_eq!(card["distance_m"].as_f64(), neighbour["distance_m"].as_f64());
            for degrees in ["lat", "lon"] {
                let told = [card, neighbour].map(|it| it["position"][degrees].as_f64());
                assert_eq!(told[0], told[1]);
            }
        }
    }
}

#[tokio::test]
async fn a_shared_position_answers_and_its_use_is_told_once() {
    let server = server().await;
    let mut talk = Talk::with(&server, "en-GB");
    let asked = talk.say("nearest atm that is open now").await;
    assert_eq!(asked["asks_location"], true);
    assert!(asked.get("answer").is_none());
    let found = talk.share(STATION.0, STATION.1).await;
    let consent = found["consent"].as_str().unwrap();
    assert!(reply(&found).starts_with(consent));
    assert_eq!(found["understood"]["open_at"], "now");
    assert_eq!(found["answer"]["origin"], json!({"lat": STATION.0, "lon": STATION.1}));
    assert!(reply(&found).contains("yards"), "{}", reply(&found));
    let again = talk.share(43.7384, 7.4246).await;
    assert!(again.get("consent").is_none());
    assert!(!reply(&again).contains(consent));
    // What is shared later counts, and what is asked goes on from there.
    let free = talk.say("only free ones").await;
    assert_eq!(free["answer"]["origin"], json!({"lat": 43.7384, "lon": 7.4246}));
    assert_eq!(free["understood"]["fee"], "free");
    assert_eq!(free["understood"]["open_at"], "now");
}

#[tokio::test]
async fn an_ambiguous_place_asks_and_is_settled_by_name_number_or_part() {
    let server = server().await;
    for chosen in [
        "Springfield, Illinois, United States",
        "3",
        "the third one",
        "Illinois",
        "illinois please",
    ] {
        let mut talk = Talk::with(&server, "en");
        let asked = talk.say("free atms in Springfield").await;
        assert!(asked.get("answer").is_none());
        assert_eq!(asked["understood"]["place"], json!({"text": "Springfield"}));
        assert!(texts(&asked).contains(&"Springfield, Illinois, United States"), "{asked}");
        let found = talk.say(chosen).await;
        let place = &found["understood"]["place"];
        assert_eq!(place["resolved"]["name"], "Springfield, Illinois, United States", "{chosen}");
        assert_eq!(found["understood"]["fee"], "free", "{chosen}");
        assert_eq!(found["understood"]["intent"], "find_atms", "{chosen}");
        // And it stays settled.
        let more = talk.say("open now").await;
        assert_eq!(more["understood"]["place"], *place, "{chosen}");
    }
    let mut talk = Talk::with(&server, "en");
    talk.say("atm in Springfield").await;
    let beyond = talk.say("30").await;
    assert!(beyond.get("answer").is_none());
    assert!(reply(&beyond).contains('8'), "{}", reply(&beyond));
    let chosen = talk.say("1").await;
    assert!(chosen["understood"]["place"]["resolved"].is_object(), "{chosen}");
}

#[tokio::test]
async fn an_unknown_place_asks_whether_to_look_in_the_town_it_names() {
    const TOWN: &str = "Helsinki, Uusimaa, Finland";
    let server = server().await;
    for (question, agreed) in [
        ("free atms near Helsinki central station", "yes please"),
        ("free atms near 12 Foo Street, Helsinki", "ok"),
        ("free atms near the Xyzzy Arcade in Helsinki", "1"),
        ("free atms near the Xyzzy Arcade, Helsinki", TOWN),
        ("free atms near the Xyzzy Arcade, Helsinki", "in Helsinki"),
    ] {
        let mut talk = Talk::with(&server, "en");
        let asked = talk.say(question).await;
        assert!(asked.get("answer").is_none(), "{asked}");
        assert!(asked["understood"]["place"].get("resolved").is_none(), "{asked}");
        assert_eq!(texts(&asked), [TOWN], "{question}");
        assert!(reply(&asked).contains("do not know"), "{}", reply(&asked));
        assert!(reply(&asked).contains(&format!("middle of {TOWN}")), "{}", reply(&asked));
        let found = talk.say(agreed).await;
        assert_eq!(found["understood"]["place"]["resolved"]["name"], TOWN, "{question} {agreed}");
        assert_eq!(found["understood"]["fee"], "free", "{question} {agreed}");
        assert!(reply(&found).contains(TOWN), "{}", reply(&found));
    }
    let mut talk = Talk::with(&server, "en");
    talk.say("free atms near 12 Foo Street, Helsinki").await;
    let refused = talk.say("no thanks").await;
    assert!(refused.get("answer").is_none(), "{refused}");
    assert_eq!(refused["asks_location"], true);
    assert!(!reply(&refused).contains("Helsinki"), "{}", reply(&refused));
    assert_eq!(talk.say("Helsinki").await["understood"]["fee"], "free");
}

#[tokio::test]
async fn yes_and_no_are_understood_in_every_language() {
    let server = server().await;
    for (locale, question, yes, no) in [
        ("es", "cajeros en la calle Xyzzy 5, Helsinki", "sí, por favor", "no, gracias"),
        ("fr", "distributeur au 5 rue Xyzzy, Helsinki", "oui s'il vous plaît", "non merci"),
        ("de", "Geldautomat Xyzzystraße 5, Helsinki", "ja bitte", "nein danke"),
        ("pt", "multibanco na rua Xyzzy 5, Helsinki", "sim, por favor", "não, obrigado"),
    ] {
        let mut talk = Talk::with(&server, locale);
        let asked = talk.say(question).await;
        assert!(texts(&asked)[0].starts_with("Hels"), "{asked}");
        assert!(talk.say(yes).await["answer"].is_object(), "{locale}");
        let mut talk = Talk::with(&server, locale);
        talk.say(question).await;
        let refused = talk.say(no).await;
        assert!(refused.get("answer").is_none(), "{locale}");
        assert_eq!(refused["asks_location"], true, "{locale}: {}", reply(&refused));
    }
}

#[tokio::test]
async fn what_is_shown_can_be_spoken_of_by_number() {
    let server = server().await;
    let mut talk = Talk::with(&server, "en");
    let found = talk.say("cash machines in Helsinki").await;
    let ids: Vec<Value> =
        found["cards"].as_array().unwrap().iter().map(|card| card["atm_id"].clone()).collect();
    assert_eq!(ids.len(), 10);
    let second = talk.say("tell me about the second one").await;
    assert_eq!(second["understood"]["intent"], "details");
    assert_eq!(second["cards"][0]["atm_id"], ids[1]);
    assert_eq!(second["cards"][0]["number"], 2);
    assert!(reply(&second).contains("deposits: not stated"), "{}", reply(&second));
    let way = talk.say("directions to the last one").await;
    assert_eq!(way["understood"]["intent"], "directions");
    assert_eq!(way["cards"][0]["atm_id"], ids[9]);
    let url = way["cards"][0]["directions_url"].as_str().unwrap();
    assert!(reply(&way).contains(url));
    assert!(!way["speech"].as_str().unwrap().contains("http://www.google"), "{way}");
    assert!(!way["speech"].as_str().unwrap().contains("maps/dir"), "{way}");
    let hours = talk.say("when does the third one close").await;
    assert_eq!(hours["understood"]["intent"], "opening_hours");
    assert_eq!(hours["cards"][0]["atm_id"], ids[2]);
    let beyond = talk.say("number 11").await;
    assert!(reply(&beyond).contains("10"), "{}", reply(&beyond));
    let more = talk.say("more").await;
    assert_eq!(more["cards"][0]["number"], 11);
    let eleventh = talk.say("number 11").await;
    assert_eq!(eleventh["cards"][0]["atm_id"], more["cards"][0]["atm_id"]);
    let closer = talk.say("atms in Helsinki").await;
    assert_eq!(closer["cards"][0]["atm_id"], ids[0]);
}

#[tokio::test]
async fn more_after_the_data_was_renewed_says_so_and_begins_anew() {
    let server = server().await;
    let mut talk = Talk::with(&server, "en");
    let before = talk.say("atms in Helsinki").await;
    // The same data once more is no other data.
    server
        .service
        .publication()
        .publish(std::sync::Arc::clone(&server.service.published().unwrap().snapshot));
    let same = talk.say("more").await;
    assert_eq!(same["cards"][0]["number"], 11);
    server.service.publication().publish(snapshot(&estate()));
    let renewed = talk.say("more").await;
    assert!(reply(&renewed).contains("has been renewed"), "{}", reply(&renewed));
    assert_eq!(renewed["cards"][0]["number"], 1);
    assert_ne!(renewed["cards"][0]["atm_id"], before["cards"][0]["atm_id"]);
    let next = talk.say("more").await;
    assert!(!reply(&next).contains("has been renewed"), "{}", reply(&next));
    assert_eq!(next["cards"][0]["number"], 11);
}

#[tokio::test]
async fn what_finds_nothing_says_what_to_give_up_and_the_button_does() {
    let server = Server::of(&estate()).await;
    let mut talk = Talk::with(&server, "en");
    let none = talk.say("free atm within 5 km of Helsinki that takes deposits").await;
    assert_eq!(none["answer"]["neighbours"], json!([]));
    assert!(none["cards"].as_array().unwrap().is_empty());
    assert!(reply(&none).contains("free of charge"), "{}", reply(&none));
    let relaxation = &none["answer"]["relaxations"][0];
    let button = texts(&none).first().copied().unwrap().to_owned();
    let relaxed = talk.say(&button).await;
    let neighbours = relaxed["answer"]["neighbours"].as_array().unwrap();
    assert_eq!(json!(neighbours.len()), relaxation["matches"], "{button}: {none}");
    assert_eq!(neighbours[0]["distance_m"], relaxation["nearest_m"]);
}

#[tokio::test]
async fn conversations_of_five_languages_go_on_in_their_own() {
    let server = server().await;
    for (language, turns) in [
        (
            "en",
            [
                "cash machines in Helsinki",
                "only free ones",
                "any fee is fine, show all",
                "the second one",
                "how do I get there",
                "thanks",
            ],
        ),
        (
            "es",
            [
                "cajeros en Helsinki",
                "sólo los gratuitos",
                "muéstrame todos",
                "el segundo",
                "cómo llego",
                "gracias",
            ],
        ),
        (
            "fr",
            [
                "distributeurs à Helsinki",
                "seulement les gratuits",
                "montre tout",
                "le deuxième",
                "comment y aller ?",
                "merci",
            ],
        ),
        (
            "de",
            [
                "Geldautomaten in Helsinki",
                "nur kostenlose",
                "zeig alle",
                "der zweite",
                "wie komme ich dahin",
                "danke",
            ],
        ),
        (
            "pt",
            [
                "caixas eletrônicos em Helsinki",
                "só os grátis",
                "mostra todos",
                "o segundo",
                "como chego lá",
                "obrigado",
            ],
        ),
    ] {
        let mut talk = Talk::with(&server, "");
        let intents = ["find_atms", "find_atms", "find_atms", "details", "directions", "thanks"];
        let mut first = Value::Null;
        for (at, (text, intent)) in turns.iter().zip(intents).enumerate() {
            let answer = talk.say(text).await;
            assert_eq!(answer["language"], language, "{text}");
            assert_eq!(answer["understood"]["intent"], intent, "{text}");
            let fee = answer["understood"].get("fee");
            assert_eq!(fee.is_some(), at == 1, "{text}: {answer}");
            if at == 0 {
                first = answer["cards"].clone();
            }
            if intent == "details" {
                assert_eq!(answer["cards"][0]["atm_id"], first[1]["atm_id"], "{text}");
            }
            if at < 5 {
                let place = &answer["understood"]["place"]["text"];
                assert_eq!(place, "Helsinki", "{text}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn buttons_say_what_they_mean_in_every_language_and_no_message_shows_its_name() {
    let server = server().await;
    for (locale, text) in [
        ("en", "atms in Helsinki"),
        ("es", "cajeros en Helsinki"),
        ("fr", "distributeurs à Helsinki"),
        ("de", "Geldautomaten in Helsinki"),
        ("pt", "caixas em Helsinki"),
    ] {
        let mut talk = Talk::with(&server, locale);
        let found = talk.say(text).await;
        let context = found["context"].clone();
        let mut meant = Vec::new();
        for suggestion in found["suggestions"].as_array().unwrap() {
            let send = suggestion["send"].as_str().unwrap();
            assert!(send.len() <= 64);
            talk.context = context.clone();
            let pressed = talk.say(send).await;
            let understood = &pressed["understood"];
            assert_eq!(pressed["language"], locale, "{send}");
            meant.push(match (understood.get("fee"), understood.get("open_at")) {
                (Some(_), None) => "free".to_owned(),
                (None, Some(_)) => "open".to_owned(),
                _ => understood["intent"].as_str().unwrap().to_owned(),
            });
            for line in reply(&pressed).lines() {
                let is_id = |word: &str| {
                    ["found-", "fact-", "distance-", "open-", "say-", "wish-", "direction-"]
                        .iter()
                        .any(|begin| word.starts_with(begin))
                };
                let has_id = line.split_whitespace().any(is_id);
                assert!(!has_id && !line.contains('{') && !line.is_empty(), "{locale}: {line}");
            }
        }
        let expected = ["more", "directions", "details", "free", "open", "opening_hours"];
        assert_eq!(meant, expected, "{locale}: {:?}", texts(&found));
    }
}

#[tokio::test]
async fn the_same_turn_gives_the_same_reply() {
    let server = server().await;
    let once = Talk::with(&server, "de-AT").say("Geldautomat in Helsinki, jetzt offen").await;
    let mut again = Talk::with(&server, "de-AT").say("Geldautomat in Helsinki, jetzt offen").await;
    assert_ne!(once["context"], again["context"], "each is sealed anew");
    again["context"] = once["context"].clone();
    assert_eq!(once, again);
}

#[tokio::test]
async fn a_context_shows_nothing_and_a_foreign_one_begins_anew() {
    let server = server().await;
    let mut talk = Talk::with(&server, "en");
    talk.share(60.169_857, 24.938_379).await;
    talk.say("atms in Helsinki").await;
    let context = talk.context.as_str().unwrap().to_owned();
    for secret in ["60.16", "24.93", "Helsinki", "elsink"] {
        assert!(!context.contains(secret));
    }
    let other = if context.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{other}{}", &context[1..]);
    for foreign in [changed.as_str(), "x", "eyJhIjoxfQ"] {
        let mut talk = Talk { server: &server, locale: "en", context: foreign.into() };
        let lost = talk.say("the second one").await;
        assert!(reply(&lost).starts_with("I no longer know"), "{}", reply(&lost));
        assert!(lost["cards"].as_array().unwrap().is_empty());
        let mut talk = Talk { server: &server, locale: "en", context: foreign.into() };
        // Where it does not matter nothing is said of it.
        let found = talk.say("atms in Monaco").await;
        assert!(reply(&found).starts_with("The "), "{}", reply(&found));
    }
}

#[tokio::test]
async fn what_is_the_banks_is_handed_over() {
    let options = ChatOptions {
        bank: "First Bank".to_owned(),
        handover: "call 0800 100".to_owned(),
        handover_url: "https://bank.example/help".to_owned(),
        ..ChatOptions::default()
    };
    let server = unready(&options).await;
    server.service.publication().publish(snapshot(&estate()));
    for (text, language) in [
        ("I lost my card", "en"),
        ("cuál es mi saldo", "es"),
        ("je veux parler à un conseiller", "fr"),
        ("50 Euro an Anna überweisen", "de"),
        ("quero um empréstimo", "pt"),
    ] {
        let answer = Talk::with(&server, "").say(text).await;
        assert_eq!(answer["understood"], json!({"intent": "out_of_scope"}), "{text}");
        assert_eq!(answer["language"], language);
        assert!(reply(&answer).ends_with("First Bank: call 0800 100 https://bank.example/help"));
        assert!(answer.get("answer").is_none());
    }
}

#[tokio::test]
async fn old_data_vague_positions_and_whole_countries_are_told() {
    let old =
        osm("<node id=\"1\" lat=\"60.17\" lon=\"24.94\"><tag k=\"amenity\" v=\"atm\"/></node>\
         <node id=\"2\" lat=\"60.1701\" lon=\"24.945\"><tag k=\"amenity\" v=\"atm\"/></node>");
    let server = unready(&ChatOptions::default()).await;
    server.service.publication().publish(snapshot(&old.replace("2026-08-20", "2026-01-20")));
    let mut talk = Talk::with(&server, "en");
    let position = json!({"lat": 60.17, "lon": 24.9401, "accuracy_m": 500});
    let found = talk.send(json!({"position": position})).await;
    assert!(reply(&found).contains("2026-01-20"), "{}", reply(&found));
    assert!(reply(&found).contains("only known to about 500 m"), "{}", reply(&found));
    let country = talk.say("atm in Finland").await;
    assert!(reply(&country).contains("whole country"), "{}", reply(&country));
}

#[tokio::test]
async fn live_state_is_told_with_its_age() {
    let server = unready(&ChatOptions::default()).await;
    server.service.publication().publish(snapshot(&estate()));
    let report = nearest_atm::domain::StatusReport {
        atm: "osm:node/3".into(),
        state: nearest_atm::domain::OperationalStatus::InService,
        cash_out: nearest_atm::domain::Tri::No,
        cash_in: nearest_atm::domain::Tri::Unknown,
        reported_at: "2026-11-24T11:40:00Z".parse().unwrap(),
        expires_at: "2026-11-24T16:00:00Z".parse().unwrap(),
        source: "monitoring".into(),
        note: None,
    };
    server.service.publication().record([report], noon());
    let mut talk = Talk::with(&server, "en");
    let position = json!({"lat": 60.101, "lon": 24.901});
    let found = talk.send(json!({"position": position, "text": "nearest atm"})).await;
    assert_eq!(found["cards"][0]["atm_id"], "osm:node/3");
    let told = "reported to be out of cash 20 minutes ago";
    assert!(found["cards"][0]["subtitle"].as_str().unwrap().contains(told), "{found}");
    assert!(reply(&found).contains(told), "{}", reply(&found));
}

#[tokio::test]
async fn what_is_no_turn_is_refused_by_name() {
    let server = server().await;
    let post = |body: Value| server.post("/v1/chat", body.to_string());
    for (body, parameter) in [
        (json!({}), "text"),
        (json!({"text": "  "}), "text"),
        (json!({"text": 7}), "text"),
        (json!({"text": "a".repeat(4097)}), "text"),
        (json!({"text": "é".repeat(4097)}), "text"),
        (json!({"text": "a", "context": "a".repeat(8193)}), "context"),
        (json!({"text": "a", "position": {"lat": 91, "lon": 0}}), "position.lat"),
        (
            json!({"text": "a", "position": {"lat": 1, "lon": 0, "accuracy_m": -1}}),
            "position.accuracy_m",
        ),
        (json!({"text": "a", "position": {"lat": 1, "lon": 0, "heading": 3}}), "position.heading"),
        (json!({"text": "a", "locale": "no locale"}), "locale"),
        (json!({"text": "a", "explain": "maybe"}), "explain"),
        (json!({"text": "a", "user": "me"}), "user"),
    ] {
        let answer = post(body.clone()).await;
        assert!(!answer.refused_parameter(parameter).is_empty(), "{body}");
    }
    let nulls = json!({"text": "hello", "position": null, "locale": null, "context": null});
    assert_eq!(post(nulls).await.status, 200);
    server.get("/v1/chat").await.problem(405, "method_not_allowed");
    server.post("/v1/chat?text=hello", "{}").await.refused_parameter("text");
    let unready = unready(&ChatOptions::default()).await;
    unready.post("/v1/chat", json!({"text": "hello"}).to_string()).await.problem(503, "not_ready");
}

#[tokio::test]
async fn what_words_gave_is_told_when_asked() {
    let server = server().await;
    let body = json!({"text": "free atm in Helsinki", "explain": true});
    let answer = server.post("/v1/chat", body.to_string()).await.json();
    let because = answer["explain"].as_array().unwrap();
    assert!(because.contains(&json!({"words": "free", "means": "fee=free"})), "{answer}");
    assert!(because.contains(&json!({"words": "Helsinki", "means": "place"})), "{answer}");
    let plain = server.post("/v1/chat", json!({"text": "free atm"}).to_string()).await.json();
    assert!(plain.get("explain").is_none());
}

#[tokio::test]
async fn speech_is_well_formed_whatever_is_in_it() {
    let xml = osm("<node id=\"1\" lat=\"60.17\" lon=\"24.94\"><tag k=\"amenity\" v=\"atm\"/>\
         <tag k=\"operator\" v=\"Marks &amp; &lt;b&gt;Spencer&lt;/b&gt;\"/></node>");
    let server = Server::of(&xml).await;
    for text in ["atm in Helsinki", "atm in <break time=\"10s\"/> & co", "atm in \u{202e}x\u{0}y"] {
        let answer = Talk::with(&server, "en").say(text).await;
        let speech = answer["speech"].as_str().unwrap();
        let inner = speech.strip_suffix("</speak>").unwrap();
        let inner = &inner[inner.find("<s>").unwrap()..];
        let plain = inner.replace("<s>", "").replace("</s>", "");
        assert!(!plain.contains(['<', '>']), "{speech}");
        let entities = plain.split('&').skip(1).all(|rest| {
            ["amp;", "lt;", "gt;", "quot;", "apos;"].iter().any(|it| rest.starts_with(it))
        });
        assert!(entities, "{speech}");
    }
}
