//! Numbers with what they count: distances, walks, times of day, money, one of a list.

use super::lexicon::Concept;
use super::scan::{Element, Piece, Text};
use super::words::Gap;
use crate::chat::meaning::Choice;

/// Metres walked in a minute: 4.8 km/h, what signs and timetables reckon with.
const WALK_M_PER_MIN: f64 = 80.0;

/// Metres driven in a minute in a town: 30 km/h.
const DRIVE_M_PER_MIN: f64 = 500.0;

/// The number at a word, in figures or in words, and how many words it takes.
pub(super) fn value(text: &Text<'_>, at: usize) -> Option<(f64, usize)> {
    let word = text.words.get(at)?;
    if let Some(number) = word.number {
        // 1/2 mile
        let denominator = text.words.get(at + 1).filter(|next| next.gap == Gap::Glued);
        let is_half = word.key == "1" && denominator.is_some_and(|next| next.key == "2");
        let has_slash = is_half && text.whole[word.span.end..].starts_with('/');
        return Some(if has_slash { (0.5, 2) } else { (number, 1) });
    }
    composed(text, at)
}

/// A number in words, of one or several: "three hundred and fifty", "treinta y cinco".
fn composed(text: &Text<'_>, at: usize) -> Option<(f64, usize)> {
    let word_at = |at: usize| {
        let found = text.phrase(at)?;
        found.concepts.iter().find_map(|concept| {
            if let Concept::Number(number) = concept { Some((*number, found.len)) } else { None }
        })
    };
    let is_joined = |at: usize| {
        text.words.get(at).is_some_and(|word| matches!(word.gap, Gap::Space | Gap::Glued))
    };
    let (mut total, mut len) = word_at(at)?;
    // What is counted last is what the next word multiplies or adds to.
    let mut last = total;
    while is_joined(at + len) {
        let and = phrase_with(text, at + len, &Concept::And).unwrap_or(0);
        // "vingt et une"
        let one = || {
            let is_one = and > 0 && (20.0..100.0).contains(&total);
            let len = phrase_with(text, at + len + and, &Concept::Indefinite)?;
            is_one.then_some((1.0, len))
        };
        let Some((next, next_len)) = word_at(at + len + and).or_else(one) else { break };
        if and == 0 && matches!(whole(next), Some(100 | 1000)) && (2.0..100.0).contains(&total) {
            total *= next;
        } else if next >= 1.0 && next.fract() == 0.0 && last.fract() == 0.0 && adds(last, next) {
            total += next;
        } else {
            break;
        }
        last = next;
        len += and + next_len;
    }
    Some((total, len))
}

/// Whether a smaller number adds to a greater one, as units do to tens and anything to hundreds.
fn adds(greater: f64, smaller: f64) -> bool {
    (greater >= 100.0 && smaller < 100.0)
        || ((20.0..100.0).contains(&greater) && greater % 10.0 == 0.0 && smaller < 10.0)
        || (whole(greater) == Some(1000) && smaller < 1000.0)
}

/// Whether the phrase at a word has a concept, and how many words it takes.
fn phrase_with(text: &Text<'_>, at: usize, wanted: &Concept) -> Option<usize> {
    let found = text.phrase(at)?;
    found.concepts.contains(wanted).then_some(found.len)
}

fn unit(text: &Text<'_>, at: usize) -> Option<(f64, usize)> {
    let found = text.phrase(at)?;
    found.concepts.iter().find_map(|concept| {
        if let Concept::Unit(metres) = concept { Some((*metres, found.len)) } else { None }
    })
}

/// What begins with a number at a word, if anything does.
pub(super) fn at<'a>(
    text: &Text<'a>,
    at: usize,
    before: &[Piece<'a>],
) -> Option<(Element<'a>, usize)> {
    let word = &text.words[at];
    if let Some(clock) = parted_clock(text, at) {
        return Some(clock);
    }
    if let Some(date) = date(text, at) {
        return Some(date);
    }
    if let Some(later) = later(text, at, before) {
        return Some(later);
    }
    if let Some(found) = text.phrase(at) {
        if found.concepts.contains(&Concept::Nth) {
            // "el 24 de diciembre"
            if let Some((date, len)) = date(text, at + 1) {
                return Some((date, len + 1));
            }
            let words = &text.words[at..at + found.len];
            let number = words.iter().find_map(|word| word.number).or_else(|| {
                let last = at + found.len - 1;
                let is_one = text.lexicon.is_one(&text.words[last].key);
                value(text, last).map(|(number, _)| number).or(is_one.then_some(1.0))
            })?;
            return Some((Element::Nth(whole(number)?), found.len));
        }
        // "a quarter of an hour on foot"
        if let Some(number) = found.concepts.iter().find_map(|concept| {
            if let Concept::Duration(number) = concept { Some(*number) } else { None }
        }) {
            return Some(minutes(text, at, number, found.len, before));
        }
        // "24 h", "24 7", and ordinals written with figures are phrases.
        let is_always = found.concepts.contains(&Concept::OpenAlways);
        let is_number = found.concepts.iter().any(|concept| matches!(concept, Concept::Number(_)));
        if is_always || (!is_number && found.len > 1) {
            return None;
        }
        if let Some(article) = article_with_unit(text, at, before) {
            return Some(article);
        }
        // "a menos de kilómetro y medio"
        if before.last().is_some_and(|piece| piece.is(&Concept::Within))
            && let Some((metres, len)) = unit(text, at)
            && metres > 1.0
        {
            // "less than a mile", where "a" is of the phrase
            let (share, share_len) = sixtieths(text, at + len).unwrap_or((0.0, 0));
            return Some((Element::Radius(metres * (1.0 + share)), len + share_len));
        }
        if !is_number && word.number.is_none() && !word.key.contains(':') {
            return None;
        }
    }
    if let Some(clock) = clock(text, at, before) {
        return Some(clock);
    }
    let (number, len) = value(text, at)?;
    if word.number.is_some()
        && !(number.is_finite()
            && word.key.bytes().all(|byte| byte.is_ascii_digit() || b".,".contains(&byte)))
    {
        return None;
    }
    // "two and a half miles"
    let (number, len) = match sixtieths(text, at + len) {
        Some((share, more)) if unit(text, at + len + more).is_some() => {
            (number + share, len + more)
        }
        _ => (number, len),
    };
    let next = at + len;
    let is_near =
        text.words.get(next).is_some_and(|word| matches!(word.gap, Gap::Glued | Gap::Space));
    if is_near {
        // "half a mile", "2 and a half"
        let article =
            phrase_with(text, next, &Concept::Indefinite).filter(|_| number < 1.0).unwrap_or(0);
        if let Some((metres, unit_len)) = unit(text, next + article) {
            let len = len + article + unit_len;
            let (share, share_len) = sixtieths(text, at + len).unwrap_or((0.0, 0));
            return Some((Element::Radius((number + share) * metres), len + share_len));
        }
        if let Some(minutes_len) = phrase_with(text, next, &Concept::Minutes) {
            return Some(minutes(text, at, number, len + minutes_len, before));
        }
        if let Some(currency) = currency(text, next) {
            return Some((Element::Amount(Some(currency.0)), len + currency.1));
        }
    }
    if is_money(text, at) {
        return Some((Element::Amount(None), len));
    }
    Some((Element::Number(number), len))
}

/// "a kilometre", "a mile": an article that counts.
fn article_with_unit<'a>(
    text: &Text<'a>,
    at: usize,
    before: &[Piece<'a>],
) -> Option<(Element<'a>, usize)> {
    let len = phrase_with(text, at, &Concept::Indefinite)?;
    let (metres, unit_len) = unit(text, at + len)?;
    let is_distance = before.last().is_some_and(|piece| {
        piece.is(&Concept::Within)
            || piece.is(&Concept::Near)
            || piece.is(&Concept::In)
            || piece.is(&Concept::To)
    });
    let len = len + unit_len;
    let (share, share_len) = sixtieths(text, at + len).unwrap_or((0.0, 0));
    let is_counted = is_distance && metres > 1.0;
    is_counted.then_some((Element::Radius(metres * (1.0 + share)), len + share_len))
}

/// "and a half": what share of one is added, and how many words say it.
fn sixtieths(text: &Text<'_>, at: usize) -> Option<(f64, usize)> {
    let found = text.phrase(at)?;
    found.concepts.iter().find_map(|concept| {
        if let Concept::And60ths(parts) = concept {
            Some((f64::from(*parts) / 60.0, found.len))
        } else {
            None
        }
    })
}

/// A time by the part of the hour it is before or after: "half past seven", "halb acht".
fn parted_clock<'a>(text: &Text<'a>, at: usize) -> Option<(Element<'a>, usize)> {
    let found = text.phrase(at)?;
    let past = found.concepts.iter().find_map(|concept| {
        if let Concept::Past(minutes) = concept { Some(*minutes) } else { None }
    })?;
    let (number, hour_len) = value(text, at + found.len)?;
    let hour = i16::try_from(whole(number)?).ok().filter(|hour| (1..=24).contains(hour))?;
    let mut len = found.len + hour_len;
    // "halb Kilometer" is no time.
    if unit(text, at + len).is_some() || counts_atms(text, at + len) {
        return None;
    }
    len += phrase_with(text, at + len, &Concept::Hour).unwrap_or(0);
    let minute = u16::try_from((hour * 60 + past).rem_euclid(24 * 60)).ok()?;
    Some(in_half(text, at, minute, len))
}

/// A time of day with the half of the day that is said after it, if one is.
fn in_half<'a>(text: &Text<'a>, at: usize, minute: u16, len: usize) -> (Element<'a>, usize) {
    let is_first_half = (60..12 * 60).contains(&minute);
    if let Some(am) = phrase_with(text, at + len, &Concept::Am) {
        return (Element::Clock(minute % (12 * 60), false), len + am);
    }
    if let Some(pm) = phrase_with(text, at + len, &Concept::Pm) {
        let minute = if minute < 12 * 60 { minute + 12 * 60 } else { minute };
        return (Element::Clock(minute, false), len + pm);
    }
    let either_half = is_first_half && text.language.counts_twelve();
    (Element::Clock(minute, either_half), len)
}

/// A day of a month: "25 December", "December 25th", "25 de diciembre".
fn date<'a>(text: &Text<'a>, at: usize) -> Option<(Element<'a>, usize)> {
    let month = |at: usize| {
        let found = text.phrase(at)?;
        found.concepts.iter().find_map(|concept| {
            if let Concept::Month(month) = concept { Some((*month, found.len)) } else { None }
        })
    };
    let day = |at: usize| {
        let ordinal = text.phrase(at).and_then(|found| {
            found.concepts.iter().find_map(|concept| {
                if let Concept::Ordinal(Choice::Number(number)) = concept {
                    Some((*number, found.len))
                } else {
                    None
                }
            })
        });
        let word = &text.words.get(at)?.key;
        let figures = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let counted = (figures.len() <= 2 && figures.len() < word.len())
            .then(|| figures.parse().ok())
            .flatten()
            .map(|number| (number, 1));
        let plain = || value(text, at).and_then(|(number, len)| Some((whole(number)?, len)));
        let (number, len) = ordinal.or(counted).or_else(plain)?;
        let number = i8::try_from(number).ok().filter(|number| (1..=31).contains(number))?;
        Some((number, len))
    };
    if let Some((month, month_len)) = month(at) {
        let (day, day_len) = day(at + month_len)?;
        return Some((Element::Date(Some(month), day), month_len + day_len));
    }
    let (day, day_len) = day(at)?;
    let of = phrase_with(text, at + day_len, &Concept::Of).unwrap_or(0);
    let (month, month_len) = month(at + day_len + of)?;
    Some((Element::Date(Some(month), day), day_len + of + month_len))
}

/// So much time from now: "in two hours", "daqui a 30 minutos".
fn later<'a>(text: &Text<'a>, at: usize, before: &[Piece<'a>]) -> Option<(Element<'a>, usize)> {
    let is_in = |concept: &Concept| {
        before.last().is_some_and(|piece| piece.is(concept) && !piece.is(&Concept::At))
    };
    let prefix = phrase_with(text, at, &Concept::Later);
    let from = at + prefix.unwrap_or(0);
    let article = || phrase_with(text, from, &Concept::Indefinite).map(|len| (1.0, len));
    // "dentro de media hora"
    if let Some(found) = text.phrase(from)
        && let Some(minutes) = found.concepts.iter().find_map(|concept| {
            if let Concept::Duration(minutes) = concept { Some(*minutes) } else { None }
        })
    {
        let end = from + found.len;
        let is_walked = phrase_with(text, end, &Concept::Walk).is_some();
        let is_told = prefix.is_some() || is_in(&Concept::In);
        return later_by(minutes).filter(|_| is_told && !is_walked).map(|it| (it, end - at));
    }
    let (number, len) = value(text, from).or_else(article)?;
    let next = from + len;
    let found = text.phrase(next)?;
    let has = |concept: &Concept| found.concepts.contains(concept);
    let unit = found.concepts.iter().find_map(|concept| {
        if let Concept::Span(minutes) = concept { Some(f64::from(*minutes)) } else { None }
    });
    let minutes = (prefix.is_some() && has(&Concept::Minutes)).then_some(1.0);
    let is_hours = has(&Concept::Hour) && (prefix.is_some() || is_in(&Concept::In));
    let span = unit.or(minutes).or(is_hours.then_some(60.0))?;
    let is_walked = phrase_with(text, next + found.len, &Concept::Walk).is_some()
        || phrase_with(text, next + found.len, &Concept::Drive).is_some();
    let is_told = prefix.is_some() || is_in(&Concept::In) || found.len > 1;
    let later = later_by(number * span).filter(|_| is_told && !is_walked)?;
    Some((later, next - at + found.len))
}

/// So many minutes from now, two days at most.
fn later_by<'a>(minutes: f64) -> Option<Element<'a>> {
    let minutes = minutes.round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 2880, whole")]
    (1.0..=2880.0).contains(&minutes).then_some(Element::Later(minutes as u16))
}

/// So many minutes: on foot unless driving is spoken of.
fn minutes<'a>(
    text: &Text<'a>,
    at: usize,
    number: f64,
    len: usize,
    before: &[Piece<'a>],
) -> (Element<'a>, usize) {
    let mut taken = len;
    let mut pace = WALK_M_PER_MIN;
    for ahead in 0..3 {
        let next = at + len + ahead;
        if let Some(walk) = phrase_with(text, next, &Concept::Walk) {
            taken = len + ahead + walk;
            break;
        }
        if let Some(drive) = phrase_with(text, next, &Concept::Drive) {
            pace = DRIVE_M_PER_MIN;
            taken = len + ahead + drive;
            break;
        }
    }
    if before.last().is_some_and(|piece| piece.is(&Concept::Drive)) {
        pace = DRIVE_M_PER_MIN;
    }
    (Element::Radius(number * pace), taken)
}

fn currency<'a>(text: &Text<'a>, at: usize) -> Option<(&'a str, usize)> {
    let found = text.phrase(at)?;
    found.concepts.iter().find_map(|concept| {
        if let Concept::Money(code) = concept { Some((&**code, found.len)) } else { None }
    })
}

/// Whether a sign of money is written to the number at a word.
fn is_money(text: &Text<'_>, at: usize) -> bool {
    const SIGNS: [char; 6] = ['€', '£', '$', '¥', '₹', '₽'];
    let span = &text.words[at].span;
    text.whole[..span.start].trim_end().ends_with(SIGNS)
        || text.whole[span.end..].trim_start().starts_with(SIGNS)
}

/// A number of things, when it is a whole one.
pub(super) fn whole(number: f64) -> Option<usize> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000, whole")]
    (number.fract() == 0.0 && (0.0..=1000.0).contains(&number)).then_some(number as usize)
}

/// A time of day: `22:30`, `10pm`, `22h30`, `10 o'clock`, and after a word times stand after, `10`.
fn clock<'a>(text: &Text<'a>, at: usize, before: &[Piece<'a>]) -> Option<(Element<'a>, usize)> {
    let word = &text.words[at];
    let after_time_word = before.last().is_some_and(|piece| piece.is(&Concept::At));
    let is_military = word.key.len() == 4
        && word.is_digits()
        && (word.key.starts_with('0') || word.key.starts_with('1') && after_time_word);
    let (hour, mut minute, mut len) = if is_military {
        (word.key[..2].parse::<u16>().ok()?, word.key[2..].parse::<u16>().ok()?, 1)
    } else if let Some((hour, minute)) = word.key.split_once(':') {
        (hour.parse::<u16>().ok()?, minute.get(..2)?.parse::<u16>().ok()?, 1)
    } else {
        let (number, len) = value(text, at)?;
        match (whole(number), word.key.split_once('.')) {
            (None, Some((hour, minute))) if minute.len() == 2 => {
                (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?, len)
            }
            (Some(hour), _) => (u16::try_from(hour).ok()?, 0, len),
            (None, _) => return None,
        }
    };
    if hour > 24 || minute > 59 {
        return None;
    }
    let mut is_told = word.key.contains(':') || is_military && word.key.starts_with('0');
    if let Some(hour_len) = phrase_with(text, at + len, &Concept::Hour) {
        is_told = true;
        len += hour_len;
        // 22h30
        let more = value(text, at + len).filter(|_| {
            let next = &text.words[at + len];
            let is_glued = next.gap == Gap::Glued && next.is_digits();
            // "dix-huit heures trente", and not "22 Uhr 2 Automaten"
            let is_said = next.gap == Gap::Space && !next.key.contains(['.', ',', ':']);
            is_glued || is_said
        });
        if let Some((more, more_len)) = more
            && let Some(more) = whole(more).and_then(|more| u16::try_from(more).ok())
            && more < 60
            && (more >= 5 || text.words[at + len].gap == Gap::Glued)
            && !counts_atms(text, at + len + more_len)
            && minute == 0
        {
            minute = more;
            len += more_len;
        }
    }
    // "a las ocho y media"
    let mut total = hour * 60 + minute;
    if let Some((share, share_len)) = sixtieths(text, at + len) {
        if unit(text, at + len + share_len).is_some() || minute != 0 || hour == 0 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than an hour, whole")]
        let shift = (share * 60.0).round() as i16;
        total = total.checked_add_signed(shift)? % (24 * 60);
        is_told = true;
        len += share_len;
    }
    is_told |=
        [Concept::Am, Concept::Pm].iter().any(|half| phrase_with(text, at + len, half).is_some());
    // "at 10" is a time, "at 10 Downing Street" is none.
    let next = text.words.get(at + len);
    let next_is_name = next.is_some_and(|next| {
        matches!(next.gap, Gap::Glued | Gap::Space) && text.phrase(at + len).is_none()
    });
    if !(is_told
        || (after_time_word && !next_is_name && hour <= 24 && !counts_atms(text, at + len)))
    {
        return None;
    }
    Some(in_half(text, at, total, len))
}

/// Whether what begins here is the machine, or how near it is.
fn counts_atms(text: &Text<'_>, at: usize) -> bool {
    let is_joined =
        text.words.get(at).is_some_and(|word| matches!(word.gap, Gap::Space | Gap::Glued));
    is_joined
        && text.phrase(at).is_some_and(|found| {
            found.concepts.iter().any(|concept| {
                matches!(
                    concept,
                    Concept::Atm | Concept::Nearest | Concept::Unit(_) | Concept::Minutes
                )
            })
        })
}
