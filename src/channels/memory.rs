//! What is remembered of conversations on platforms that do not hand a context back.
//!
//! A conversation's context is encrypted by whoever made it and expires by itself; it is kept in
//! memory only, under a keyed hash of the person's address, for so many conversations and so long.
//! After a restart a conversation just starts anew. The contexts of the last few replies are kept,
//! each under a token that the reply's buttons carry, so that a button pressed late means what it
//! meant when it was shown.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::Key;
use chacha20poly1305::aead::Generate as _;

use super::lanes::LaneId;
use super::recent::Recent;

/// How many conversations are remembered at least, and twice that at most.
const CONVERSATIONS: usize = 10_000;

/// How long a conversation is remembered at least, and twice that at most.
const CONVERSATION_LIFETIME: Duration = Duration::from_hours(1);

/// How many replies' contexts are kept of a conversation.
const CONTEXTS_MAX: usize = 4;

/// How many messages are remembered at least, to know them again.
const MESSAGES: usize = 100_000;

/// How long a message is known again at least. An older one is not answered, so that a request that
/// is sent again later does nothing either.
pub(super) const MESSAGE_LIFETIME: Duration = Duration::from_hours(24);

/// First byte of what a button sends; no person begins with it.
const MARK: char = '~';

/// Bytes of a token, and characters of its text.
const TOKEN_BYTES: usize = 6;
const TOKEN_CHARS: usize = 8;

/// Names the reply a button belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token([u8; TOKEN_BYTES]);

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl Token {
    /// What a button sends that says `send`, in at most so many bytes; without the token where it
    /// does not fit with it, and nothing where it does not fit at all.
    pub(super) fn payload(self, send: &str, bytes_max: usize) -> Option<String> {
        let marked = format!("{MARK}{self}{send}");
        if marked.len() <= bytes_max {
            return Some(marked);
        }
        (send.len() <= bytes_max).then(|| send.to_owned())
    }

    /// The token of what a button sent, and what it says.
    fn part(payload: &str) -> (Option<Self>, &str) {
        let parted = || {
            let (token, send) = payload.strip_prefix(MARK)?.split_at_checked(TOKEN_CHARS)?;
            let token = URL_SAFE_NO_PAD.decode(token).ok()?;
            Some((Self(token.try_into().ok()?), send))
        };
        parted().map_or((None, payload), |(token, send)| (Some(token), send))
    }
}

/// Contexts and messages of one channel.
pub(super) struct Memory {
    key: [u8; 32],
    conversations: Mutex<Recent<LaneId, VecDeque<(Token, String)>>>,
    messages: Mutex<Recent<LaneId, ()>>,
}

impl Default for Memory {
    fn default() -> Self {
        let now = Instant::now();
        let conversations = Recent::new(CONVERSATIONS, CONVERSATION_LIFETIME, now);
        let messages = Recent::new(MESSAGES, MESSAGE_LIFETIME, now);
        Self {
            key: Key::generate().into(),
            conversations: Mutex::new(conversations),
            messages: Mutex::new(messages),
        }
    }
}

impl Memory {
    /// What stands for an address or an id. Nobody who reads the process's memory without its key
    /// can tell whose it is.
    pub(super) fn hash(&self, text: &str) -> LaneId {
        let hash = blake3::keyed_hash(&self.key, text.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hash.as_bytes()[..16]);
        id
    }

    /// Takes the work of the messages that have not come before with `take`, which takes all of it
    /// or none; only what is taken is remembered. How many had come before stands first.
    pub(super) fn once<W, T, E>(
        &self,
        work: Vec<(&str, W)>,
        take: impl FnOnce(Vec<W>) -> Result<T, E>,
    ) -> Result<(usize, T), E> {
        let now = Instant::now();
        let (mut fresh, mut ids) = (Vec::with_capacity(work.len()), Vec::new());
        let count = work.len();
        // Held to the end: of two that come at once, the second waits for the first to be taken.
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_batch = hashbrown::HashSet::new();
        for (id, piece) in work {
            let id = self.hash(id);
            if of_batch.insert(id) && messages.get(&id, now).is_none() {
                fresh.push(piece);
                ids.push(id);
            }
        }
        let taken = take(fresh)?;
        let known = count - ids.len();
        for id in ids {
            messages.insert(id, (), now);
        }
        Ok((known, taken))
    }

    /// The context a text continues, which is that of the last reply.
    pub(super) fn last_context(&self, person: LaneId) -> Option<String> {
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        let contexts = conversations.get(&person, Instant::now())?;
        contexts.back().map(|(_, context)| context.clone())
    }

    /// What a button says, and the context it continues: that of the reply it belongs to, none where
    /// that is forgotten, and of the last reply where it does not tell.
    pub(super) fn pressed<'p>(
        &self,
        person: LaneId,
        payload: &'p str,
    ) -> (&'p str, Option<String>) {
        let (token, send) = Token::part(payload);
        let Some(token) = token else { return (send, self.last_context(person)) };
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        let contexts = conversations.get(&person, Instant::now());
        let of_token = contexts.and_then(|all| all.iter().find(|(known, _)| *known == token));
        (send, of_token.map(|(_, context)| context.clone()))
    }

    /// Remembers the context of a reply, and gives its token.
    pub(super) fn remember(&self, person: LaneId, context: Option<&str>) -> Token {
        // A context is encrypted with a number used once, so that no two are the same.
        let hash = self.hash(context.unwrap_or_default());
        let mut bytes = [0; TOKEN_BYTES];
        bytes.copy_from_slice(&hash[..TOKEN_BYTES]);
        let token = Token(bytes);
        let Some(context) = context else { return token };
        let now = Instant::now();
        let mut conversations = self.conversations.lock().unwrap_or_else(PoisonError::into_inner);
        let mut contexts = conversations.remove(&person, now).unwrap_or_default();
        if contexts.len() >= CONTEXTS_MAX {
            contexts.pop_front();
        }
        contexts.push_back((token, context.to_owned()));
        conversations.insert(person, contexts, now);
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_continues_the_reply_it_belongs_to() {
        let memory = Memory::default();
        let (ann, bob) = (memory.hash("ann"), memory.hash("bob"));
        assert_eq!(memory.last_context(ann), None);
        let tokens: Vec<Token> =
            ["a", "b", "c", "d", "e"].map(|text| memory.remember(ann, Some(text))).into();
        let pressed = |person, token: Token| {
            let payload = token.payload("Details 2", 64).unwrap();
            assert!(payload.len() <= 64);
            let (send, context) = memory.pressed(person, &payload);
            assert_eq!(send, "Details 2");
            context
        };
        assert_eq!(memory.last_context(ann).as_deref(), Some("e"));
        assert_eq!(pressed(ann, tokens[1]).as_deref(), Some("b"));
        assert_eq!(pressed(ann, tokens[4]).as_deref(), Some("e"));
        assert_eq!(pressed(ann, tokens[0]), None, "forgotten");
        assert_eq!(pressed(bob, tokens[4]), None, "of somebody else");
        assert_eq!(memory.pressed(ann, "GET_STARTED"), ("GET_STARTED", Some("e".to_owned())));
        assert_eq!(memory.pressed(ann, "~ü"), ("~ü", Some("e".to_owned())));
    }

    #[test]
    fn what_does_not_fit_with_its_token_is_sent_without() {
        let token = Memory::default().remember([0; 16], None);
        assert_eq!(token.payload(&"x".repeat(60), 64), Some("x".repeat(60)));
        assert_eq!(token.payload(&"x".repeat(65), 64), None);
        assert_eq!(token.payload(&"x".repeat(55), 64).unwrap().len(), 64);
    }

    #[test]
    fn a_message_is_taken_once_and_one_that_was_not_taken_may_come_again() {
        let memory = Memory::default();
        let work = || vec![("1", 'a'), ("2", 'b'), ("1", 'a')];
        let refused: Result<(usize, ()), ()> = memory.once(work(), |_| Err(()));
        assert_eq!(refused, Err(()));
        let taken: Result<_, ()> = memory.once(work(), Ok);
        assert_eq!(taken, Ok((1, vec!['a', 'b'])));
        let again: Result<_, ()> = memory.once(vec![("2", 'b'), ("3", 'c')], Ok);
        assert_eq!(again, Ok((1, vec!['c'])));
    }
}
