//! A turn of conversation: from what a person said to what to tell them.

mod about;
mod ask;
mod context;
mod draft;
mod find;
mod hear;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use jiff::{SignedDuration, Timestamp};

use crate::publication::View;
use crate::sealed::Sealer;
use crate::service::{Service, ServiceError};
use crate::snapshot::{Snapshot, Zone};

use super::meaning::{Intent, Language, Meaning, Parameter, Topic};
use super::options::ChatOptions;
use super::replies::{Labels, PhraseError, Phrases, Units, Voice, ssml};
use super::turn::{
    Because, CONTEXT_BYTES_MAX, Reply, ResolvedPlace, Turn, TurnError, Understood, UnderstoodPlace,
};
use super::understand::{LexiconError, NameBook, TEXT_CHARS_MAX, Understander};

use context::State;
use draft::Draft;
use find::Start;

/// What contexts are sealed for; another form of the state is another purpose.
const PURPOSE: &[u8] = b"nearest-atm chat context 1";

/// Holds conversations. Cloning shares it; it keeps nothing of any of them.
#[derive(Clone)]
pub struct Conversation(Arc<Shared>);

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conversation")
    }
}

/// Why no conversation can be held: what is compiled in is defective. Tests see to it that it is
/// not.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// A dictionary is.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// The messages of a language are.
    #[error(transparent)]
    Phrases(#[from] PhraseError),
}

struct Shared {
    service: Service,
    understander: Understander,
    phrases: Phrases,
    /// By the discriminant of their language.
    labels: Vec<Labels>,
    sealer: Sealer,
    options: ChatOptions,
    /// The names of the snapshot that was spoken of last.
    names: ArcSwapOption<NameBook>,
    /// Who gathers names has it; the others go on with those there are.
    gathering: Mutex<()>,
}

impl Conversation {
    /// Conversations about what a service has published. Takes some tenths of a second.
    ///
    /// # Errors
    ///
    /// [`ConversationError`] when a dictionary or message that is compiled in is defective.
    pub fn new(service: Service, options: &ChatOptions) -> Result<Self, ConversationError> {
        let sealer = if options.secret.is_empty() {
            Sealer::default()
        } else {
            Sealer::from_secret(options.secret.expose())
        };
        let phrases = Phrases::load()?;
        Ok(Self(Arc::new(Shared {
            service,
            understander: Understander::new()?,
            labels: Language::ALL.iter().map(|&language| phrases.labels(language)).collect(),
            phrases,
            sealer,
            options: options.clone(),
            names: ArcSwapOption::empty(),
            gathering: Mutex::new(()),
        })))
    }

    /// What buttons say in the language of a BCP 47 tag; in English where it is none that is spoken.
    #[must_use]
    pub fn labels(&self, tag: &str) -> &Labels {
        &self.0.labels[Language::of_locale(tag).unwrap_or(Language::En) as usize]
    }

    /// Takes a turn: what was said is understood, put together with what was said before, asked of
    /// the service, and put into words.
    ///
    /// The question asked is the nearest question of [`Reply::understood`], and its answer is
    /// [`Reply::answer`] as `/v1/atms/nearest` gives it. What cannot be told is asked for; nothing
    /// is guessed. The same turn at the same time on the same data gives the same reply, but for
    /// its context, which is sealed anew.
    ///
    /// A context that was not given here, or has expired, begins a new conversation, and the reply
    /// says so where the turn goes on with the old one.
    ///
    /// # Errors
    ///
    /// [`TurnError`] when there is nothing to take or it is too long, or nothing is published yet.
    ///
    /// # Cost
    ///
    /// Some hundred microseconds, most of which the gazetteer and writing the answer take; does no
    /// I/O. The first turn after a snapshot is published also gathers the names of its banks and
    /// networks, some milliseconds a thousand.
    pub fn turn(&self, turn: &Turn<'_>) -> Result<Reply, TurnError> {
        let shared = &*self.0;
        let text = turn.text.map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() && turn.position.is_none() {
            return Err(TurnError::Empty);
        }
        if text.is_some_and(|text| text.chars().nth(TEXT_CHARS_MAX).is_some()) {
            return Err(TurnError::TextTooLong);
        }
        if turn.context.is_some_and(|context| context.len() > CONTEXT_BYTES_MAX) {
            return Err(TurnError::ContextTooLong);
        }
        let published = shared.service.published();
        let published = published.map_err(|ServiceError::NotReady| TurnError::NotReady)?;
        let now = shared.service.now();
        let state = turn.context.map(|context| shared.recall(context, now));
        let is_lost = matches!(state, Some(None));
        let talk = Talk {
            shared,
            view: published.at(now),
            text,
            turn,
            state: state.flatten().unwrap_or_default(),
            is_lost,
        };
        Ok(talk.reply(&shared.names(&published.snapshot)))
    }
}

impl Shared {
    /// What a context holds; `None` when it was not given here, or is of no use any more.
    fn recall(&self, context: &str, now: Timestamp) -> Option<State> {
        let bytes = self.sealer.open(context, PURPOSE, now).ok()?;
        State::read(&bytes)
    }

    fn seal(&self, state: &mut State, now: Timestamp) -> Option<String> {
        let lifetime = SignedDuration::from_secs(self.options.context_lifetime_s.get().into());
        self.sealer.seal(&state.write()?, PURPOSE, now.checked_add(lifetime).ok()?)
    }

    /// The names of a snapshot. They are gathered once; while that is done, those of the snapshot
    /// before serve.
    fn names(&self, snapshot: &Snapshot) -> Arc<NameBook> {
        let of_this = |book: &Arc<NameBook>| book.snapshot() == snapshot.id();
        if let Some(book) = self.names.load_full().filter(of_this) {
            return book;
        }
        let guard = match (self.gathering.try_lock(), self.names.load_full()) {
            (Ok(guard), _) => guard,
            (Err(_), Some(earlier)) => return earlier,
            (Err(_), None) => self.gathering.lock().unwrap_or_else(PoisonError::into_inner),
        };
        if let Some(book) = self.names.load_full().filter(of_this) {
            return book;
        }
        let book = Arc::new(NameBook::of(snapshot));
        self.names.store(Some(Arc::clone(&book)));
        drop(guard);
        book
    }
}

/// A turn while it is worked on.
struct Talk<'t> {
    shared: &'t Shared,
    view: View<'t>,
    /// The text, where there is any but white space.
    text: Option<&'t str>,
    turn: &'t Turn<'t>,
    /// What is remembered; from that of the turn before it becomes that for the next.
    state: State,
    /// Whether there was a conversation that cannot be gone on with.
    is_lost: bool,
}

impl<'t> Talk<'t> {
    fn reply(mut self, names: &NameBook) -> Reply {
        let heard = self.hear(names);
        self.state.language = Some(heard.language);
        if let Some(shared) = self.turn.position {
            self.state.here = Some(shared.into());
        }
        let voice = self.voice(heard.language);
        let mut draft = Draft::default();
        let intent = heard.meaning.intent;
        let consent = self.consent(&voice);
        if let Some(consent) = &consent {
            draft.line(consent.clone());
        }
        let mut understood = Understood { intent, ..Understood::default() };
        if intent.is_about_atms() {
            let meaning = heard.meaning.clone();
            let start = self.about_atms(heard.meaning, heard.settled, names, voice, &mut draft);
            understood = self.understood(&meaning, start.as_ref());
        } else if let Some(choices) = heard.beyond {
            draft.line(voice.tell("no-such-choice", &[("count", choices.into())]));
        } else {
            self.say(&heard.meaning, &voice, &mut draft);
        }
        let explain = self.turn.explain.then(|| {
            let because = heard.because.into_iter();
            because.map(|(words, means)| Because { words, means }).collect()
        });
        let context = self.shared.seal(&mut self.state, self.view.now);
        Reply {
            understood,
            reply: draft.text(),
            speech: ssml(draft.spoken(), heard.language),
            language: heard.language.tag(),
            consent,
            asks_location: draft.asks_location,
            cards: draft.cards,
            suggestions: draft.suggestions,
            answer: draft.answer,
            explain,
            context,
        }
    }

    /// The voice of a language in the person's units: those of their locale, else those of the
    /// country found in, see [`Talk::voice_in`].
    fn voice(&self, language: Language) -> Voice<'t> {
        let locale = self.turn.locale;
        let units = locale.and_then(Units::of_locale).unwrap_or_default();
        self.shared.phrases.voice(language, locale, units)
    }

    /// The same voice where a country is known and the locale names none.
    fn voice_in(&self, voice: Voice<'t>, country: Option<&str>) -> Voice<'t> {
        match (self.turn.locale.and_then(Units::of_locale), country) {
            (None, Some(country)) => voice.in_units(Units::of_country(country)),
            _ => voice,
        }
    }

    /// The first time a position is shared: what it is used for.
    fn consent(&mut self, voice: &Voice<'_>) -> Option<String> {
        let is_first = self.turn.position.is_some() && !self.state.has_consented;
        self.state.has_consented |= is_first;
        is_first.then(|| voice.say("consent"))
    }

    /// What was understood, in the words of a nearest question.
    fn understood(&self, meaning: &Meaning, start: Option<&Start>) -> Understood {
        let snapshot = self.view.snapshot;
        // Where no place is known yet, clocks are those where the ATMs stand.
        let anywhere = (!snapshot.is_empty()).then(|| snapshot.position(crate::domain::Row(0)));
        let position = start.map(|start| start.position).or(anywhere);
        let zone = position.map_or(Zone::UTC, Zone::at);
        let values = Parameter::ALL
            .iter()
            .filter_map(|&parameter| Some((parameter, meaning.values(parameter)?)));
        let resolved = start.and_then(|start| {
            Some(ResolvedPlace {
                name: start.label.clone()?,
                kind: start.kind.clone(),
                position: start.position.into(),
            })
        });
        let place = meaning.place.as_ref();
        Understood {
            intent: meaning.intent,
            place: place.map(|place| UnderstoodPlace { text: place.text.clone(), resolved }),
            values: values.collect(),
            open_at: meaning.open_at.map(|when| when.resolve(self.view.now, zone).parameter()),
            limit: meaning.limit,
            max_distance_m: meaning.max_distance_m,
        }
    }

    /// Replies to what is not about ATMs.
    fn say(&self, meaning: &Meaning, voice: &Voice<'_>, draft: &mut Draft) {
        match meaning.intent {
            Intent::Greeting => {
                draft.line(voice.say("greeting"));
                draft.asks_location = true;
            }
            Intent::Thanks => draft.line(voice.say("thanks")),
            Intent::Help if meaning.topic == Some(Topic::FreeNetwork) => {
                draft.line(voice.say("help-free-network"));
            }
            Intent::Help => draft.line(voice.say("help")),
            Intent::OutOfScope => {
                let topic = meaning.topic.unwrap_or(Topic::Other);
                draft.line(voice.say(out_of_scope(topic)));
                draft.lines_from(self.shared.options.contact(voice.language));
            }
            Intent::Unclear
            | Intent::FindAtms
            | Intent::More
            | Intent::Details
            | Intent::Directions
            | Intent::OpeningHours => {
                // It may go on with what is lost.
                let id = if self.is_lost { "ask-first" } else { "unclear" };
                draft.lines_from(self.is_lost.then(|| voice.say("lost")));
                draft.line(voice.say(id));
                draft.suggest(voice.say("say-help"));
            }
        }
    }
}

/// The message that hands a topic over to the bank.
const fn out_of_scope(topic: Topic) -> &'static str {
    match topic {
        Topic::Balance => "out-balance",
        Topic::Transfer => "out-transfer",
        Topic::CardLost => "out-card",
        Topic::Fraud => "out-fraud",
        Topic::Spending => "out-spending",
        Topic::Products => "out-products",
        Topic::Pin => "out-pin",
        Topic::Branch => "out-branch",
        Topic::Other | Topic::FreeNetwork => "out-other",
    }
}
