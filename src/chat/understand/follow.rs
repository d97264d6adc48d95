//! What a text means after what was said before: a new question, a finer one, or something else.

use super::interpret::Said;
use super::lexicon::{Act, Letting, Sureness};
use crate::chat::meaning::{Intent, Meaning, Parameter, Topic, When, Wish};

/// Services of an ATM that are also matters of the bank: asked for without a word of looking for a
/// machine, they are the bank's.
const BANK_MATTERS: [(&str, Topic); 9] = [
    ("balance", Topic::Balance),
    ("mini_statement", Topic::Spending),
    ("statement_order", Topic::Spending),
    ("bill_payment", Topic::Transfer),
    ("transfer", Topic::Transfer),
    ("pin_change", Topic::Pin),
    ("pin_unblock", Topic::Pin),
    ("card_activation", Topic::CardLost),
    ("mobile_registration", Topic::Branch),
];

fn bank_matter(wish: &Wish) -> Option<Topic> {
    let (_, topic) = BANK_MATTERS.iter().find(|(service, _)| *service == wish.value)?;
    (wish.parameter == Parameter::Service).then_some(*topic)
}

/// What was said of the same conversation before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before<'m> {
    /// The last question.
    pub(super) meaning: Option<&'m Meaning>,
    /// Whether the last reply asked for a place.
    pub(super) awaits_place: bool,
}

/// The meaning of a text.
pub(super) fn follow(said: Said, before: Before<'_>) -> Meaning {
    let intent = intent(&said, before);
    // "Which machine can I use for my account balance?"
    let mut said = said;
    let asks_balance = said.bankers.is_some_and(|(topic, _)| topic == Topic::Balance);
    if asks_balance && said.has_atm && intent == Intent::FindAtms {
        let value = "balance".to_owned();
        said.wishes.push(Wish { parameter: Parameter::Service, value, is_excluding: false });
    }
    let topic = if intent == Intent::OutOfScope {
        let topic = said.bankers.map(|(topic, _)| topic);
        topic.or_else(|| said.wishes.iter().find_map(bank_matter))
    } else {
        said.bankers.map(|(topic, _)| topic).filter(|topic| *topic == Topic::FreeNetwork)
    };
    if !intent.is_about_atms() {
        return Meaning { intent, topic, ..Meaning::default() };
    }
    match before.meaning {
        Some(earlier) if undoes(&said) => taken_back(earlier),
        Some(earlier) => remembering(merged(said, intent, before), earlier),
        None => merged(said, intent, before),
    }
}

/// Whether nothing is said but that what was said last is taken back.
fn undoes(said: &Said) -> bool {
    said.undoes
        && said.wishes.is_empty()
        && said.dropped.is_empty()
        && said.place.is_none()
        && said.open_at.is_none()
        && !said.has_atm
}

/// The question before the last change to it.
fn taken_back(earlier: &Meaning) -> Meaning {
    let question = earlier.before.as_deref().unwrap_or(earlier);
    let open_at = question.wanted_open_at();
    Meaning {
        intent: Intent::FindAtms,
        open_at,
        open_at_else: None,
        choice: None,
        ..question.clone()
    }
}

/// The meaning, and where it changes the question, what that was.
fn remembering(mut meaning: Meaning, earlier: &Meaning) -> Meaning {
    if meaning.intent == Intent::FindAtms {
        let question = Meaning { before: None, ..earlier.clone() };
        meaning.before = Some(Box::new(question));
    }
    meaning
}

/// Whether the text looks for ATMs by itself.
fn looks_for_atms(said: &Said) -> bool {
    said.has_atm || said.has_where || said.has_nearest || said.has_near || said.is_here
}

/// Whether what was said of a matter of the bank makes the text the bank's.
fn is_the_banks(said: &Said, (topic, sureness): (Topic, Sureness)) -> bool {
    let is_plea = matches!(topic, Topic::CardLost | Topic::Fraud | Topic::Pin);
    match (sureness, topic) {
        (Sureness::Always, _) => true,
        (Sureness::WithoutMachine, Topic::CardLost) if said.has_atm => {
            !said.wishes.iter().any(|wish| wish.value == "card_activation")
        }
        // "My branch is closed, I need 200 euros in Vesoul."
        (Sureness::WithoutMachine, Topic::Branch) if said.has_cash && said.place.is_some() => false,
        (Sureness::WithoutMachine, _) => is_plea || !said.has_atm,
        (Sureness::Alone, Topic::FreeNetwork) => !(said.has_atm && said.place.is_some()),
        (Sureness::Alone, _) => {
            !looks_for_atms(said) && said.wishes.iter().all(|wish| bank_matter(wish).is_some())
        }
    }
}

/// Whether it is asked when one of those shown is open, and not for one that is.
fn asks_hours(said: &Said, asks_place: bool) -> bool {
    let has = |act: Act| said.acts.contains(&act);
    let is_timed = matches!(said.open_at, Some(When::At { .. } | When::In { .. }));
    // "I need cash at seven, which one will be open?"
    let asks_for_one = said.choice.is_none() && said.has_atm && asks_place && is_timed;
    // "Which machines are open?", "only those that are open", and not "are they open?"
    let asks_which = said.choice.is_none() && (said.has_atm || said.has_find || said.has_only);
    has(Act::Hours) && !asks_for_one
        || has(Act::Open) && !asks_for_one && !asks_which
        || said.choice.is_some() && said.has_open && !said.has_atm
}

/// Whether it is asked what one of those shown can do, and not for others: "is the third one free?"
fn asks_of_one(said: &Said) -> bool {
    said.choice.is_some() && !said.has_atm && !said.goes_on && said.place.is_none()
}

fn intent(said: &Said, before: Before<'_>) -> Intent {
    let has = |act: Act| said.acts.contains(&act);
    let is_conversation = before.meaning.is_some();
    if is_conversation && undoes(said) {
        return Intent::FindAtms;
    }
    if let Some((topic, _)) = said.bankers.filter(|told| is_the_banks(said, *told)) {
        return if topic == Topic::FreeNetwork { Intent::Help } else { Intent::OutOfScope };
    }
    let matters = said.wishes.iter().filter(|wish| bank_matter(wish).is_some()).count();
    if matters > 0
        && matters == said.wishes.len()
        && !looks_for_atms(said)
        && said.place.is_none()
        && !(is_conversation && said.goes_on)
    {
        return Intent::OutOfScope;
    }
    let narrows = !said.wishes.is_empty() || said.max_distance_m.is_some() || said.limit.is_some();
    let asks_place = said.place.is_some() && !said.goes_on;
    // "Where is the second one?"
    let asks_where = said.choice.is_some() && said.has_where && is_conversation;
    // "Direct me to an ATM in Ely" asks for one first.
    let asks_for_any = said.has_some_atm && asks_place && said.choice.is_none();
    if has(Act::Directions) && !asks_for_any || asks_where {
        return Intent::Directions;
    }
    if asks_hours(said, asks_place) {
        return Intent::OpeningHours;
    }
    if has(Act::Details) && (said.choice.is_some() || !(said.has_atm && asks_place)) && !narrows {
        return Intent::Details;
    }
    if has(Act::More)
        && !narrows
        && said.place.is_none()
        && said.lettings.is_empty()
        && !said.has_nearest
    {
        return Intent::More;
    }
    let only_farther = said.lettings == [Letting::Distance]
        && !narrows
        && before.meaning.is_some_and(|meaning| meaning.max_distance_m.is_none());
    if only_farther && !said.has_atm && said.place.is_none() {
        return Intent::More;
    }
    let place_counts = said.place.is_some()
        && (said.place_is_sure
            || before.awaits_place
            || is_conversation
            || said.has_find
            || said.has_where
            || said.has_cash);
    if is_conversation && asks_of_one(said) {
        return Intent::Details;
    }
    let changes = !said.lettings.is_empty()
        || !said.dropped.is_empty()
        || said.has_closer
        || said.open_at.is_some();
    if said.has_atm
        || said.is_here
        || said.has_near
        || place_counts
        || narrows
        || said.has_nearest
        || (said.open_at.is_some() && said.has_open)
        || (changes && (is_conversation || said.place.is_some()))
    {
        return Intent::FindAtms;
    }
    if said.choice.is_some() && is_conversation {
        return Intent::Details;
    }
    if has(Act::Thanks) {
        return Intent::Thanks;
    }
    if has(Act::Help) {
        return Intent::Help;
    }
    if has(Act::Greeting) && !said.has_cash {
        return Intent::Greeting;
    }
    if said.has_cash && !has(Act::Insult) {
        return Intent::FindAtms;
    }
    Intent::Unclear
}

/// The meaning of a text about ATMs, put together with the question before.
fn merged(said: Said, intent: Intent, before: Before<'_>) -> Meaning {
    let is_fresh = said.has_atm
        && !said.goes_on
        && !said.has_closer
        && said.dropped.is_empty()
        && said.lettings.is_empty();
    let mut earlier = before.meaning.cloned().unwrap_or_default();
    earlier.open_at = earlier.wanted_open_at();
    earlier.open_at_else = None;
    let earlier_wishes = earlier.wishes.clone();
    let mut meaning = if is_fresh
        && matches!(intent, Intent::FindAtms | Intent::OpeningHours | Intent::Directions)
    {
        Meaning { place: earlier.place, ..Meaning::default() }
    } else {
        earlier
    };
    meaning.intent = intent;
    meaning.topic = None;
    meaning.choice = said.choice;
    if intent == Intent::More || intent == Intent::Details && asks_of_one(&said) {
        return meaning;
    }
    // The way "from here" to what was shown is a way, and no other place.
    if said.is_here && (is_fresh || intent != Intent::Directions) {
        meaning.place = None;
    }
    if let Some(place) = said.place {
        meaning.place = Some(place);
    }
    for letting in &said.lettings {
        let_go(&mut meaning, *letting);
    }
    for (parameter, value) in &said.dropped {
        let is_of = |wish: &Wish| wish.parameter == *parameter && wish.value == *value;
        let was_wished = meaning.wishes.iter().any(is_of);
        meaning.wishes.retain(|wish| !is_of(wish));
        // "Drop the ones of Lloyds": what was not wished for is left out.
        let is_alone = !said.wishes.iter().any(|wish| wish.parameter == *parameter);
        let can_be_left_out =
            matches!(parameter, Parameter::Operator | Parameter::Network | Parameter::Brand);
        if !was_wished && can_be_left_out && is_alone {
            meaning.wish(*parameter, value, true);
        }
    }
    // One bank, network or currency takes the place of another.
    for parameter in
        [Parameter::Operator, Parameter::Brand, Parameter::Network, Parameter::Currency]
    {
        if said.wishes.iter().any(|wish| wish.parameter == parameter && !wish.is_excluding) {
            meaning.wishes.retain(|wish| wish.parameter != parameter);
        }
    }
    for wish in said.wishes {
        // "HSBC again is fine": what was left out is let in, and not all that is wanted.
        let was_left_out = earlier_wishes.iter().any(|earlier| {
            earlier.is_excluding
                && earlier.parameter == wish.parameter
                && earlier.value == wish.value
        });
        let is_let_in = was_left_out && !wish.is_excluding && !said.has_only && !said.has_atm;
        if is_let_in {
            meaning
                .wishes
                .retain(|held| held.parameter != wish.parameter || held.value != wish.value);
            continue;
        }
        meaning.wish(wish.parameter, &wish.value, wish.is_excluding);
    }
    if intent == Intent::OpeningHours {
        // "Is it open on Sunday at 10?" asks, and wishes for nothing.
        meaning.open_at_else = meaning.open_at;
        let asked = said.open_at.filter(|when| matches!(when, When::At { .. } | When::In { .. }));
        meaning.open_at = asked.or(meaning.open_at);
    } else {
        meaning.open_at = said.open_at.or(meaning.open_at);
    }
    meaning.limit = said.limit.or(meaning.limit);
    meaning.max_distance_m = said.max_distance_m.or(meaning.max_distance_m);
    if intent == Intent::FindAtms {
        meaning.choice = None;
    }
    meaning
}

fn let_go(meaning: &mut Meaning, letting: Letting) {
    match letting {
        Letting::All => {
            meaning.wishes.clear();
            meaning.open_at = None;
            meaning.limit = None;
            meaning.max_distance_m = None;
        }
        Letting::Distance => meaning.max_distance_m = None,
        Letting::Hours => meaning.open_at = None,
        Letting::Of(parameter) => meaning.wishes.retain(|wish| wish.parameter != parameter),
    }
}
