//! Numbers with what they count: distances, walks, times of day, money, one of a list.

use super::concept::Concept;
use super::scan::{Element, Piece, Text};
use super::words::Gap;

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
    let found = text.phrase(at)?;
    found.concepts.iter().find_map(|concept| {
        if let Concept::Number(number) = concept { Some((*number, found.len)) } else { None }
    })
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
    if let Some(found) = text.phrase(at) {
        if found.concepts.contains(&Concept::Nth) {
            let words = &text.words[at..at + found.len];
            let number = words.iter().find_map(|word| word.number).or_else(|| {
                let last = at + found.len - 1;
                value(text, last).map(|(number, _)| number)
            })?;
            return Some((Element::Nth(whole(number)?), found.len));
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
    let next = at + len;
    let is_near =
        text.words.get(next).is_some_and(|word| matches!(word.gap, Gap::Glued | Gap::Space));
    if is_near {
        // "half a mile", "2 and a half"
        let article =
            phrase_with(text, next, &Concept::Indefinite).filter(|_| number < 1.0).unwrap_or(0);
        if let Some((metres, unit_len)) = unit(text, next + article) {
            return Some((Element::Radius(number * metres), len + article + unit_len));
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
    (is_distance && metres > 1.0).then_some((Element::Radius(metres), len + unit_len))
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
    let (hour, mut minute, mut len) = if let Some((hour, minute)) = word.key.split_once(':') {
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
    let mut is_told = word.key.contains(':');
    let mut half = None;
    if let Some(hour_len) = phrase_with(text, at + len, &Concept::Hour) {
        is_told = true;
        len += hour_len;
        // 22h30
        let more =
            text.words.get(at + len).filter(|next| next.gap == Gap::Glued && next.is_digits());
        if let Some(more) =
            more.and_then(|next| next.key.parse::<u16>().ok()).filter(|&more| more < 60)
        {
            minute = more;
            len += 1;
        }
    }
    if let Some(am_len) = phrase_with(text, at + len, &Concept::Am) {
        half = Some(false);
        len += am_len;
    } else if let Some(pm_len) = phrase_with(text, at + len, &Concept::Pm) {
        half = Some(true);
        len += pm_len;
    }
    is_told |= half.is_some();
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
    let minutes = match (half, hour) {
        (Some(true), 1..=11) => (hour + 12) * 60 + minute,
        (Some(false), 12) => minute,
        _ => hour * 60 + minute,
    };
    let either_half = half.is_none() && (1..=11).contains(&hour) && text.language.counts_twelve();
    Some((Element::Clock(minutes, either_half), len))
}

/// Whether what begins here is the machine, or how near it is.
fn counts_atms(text: &Text<'_>, at: usize) -> bool {
    text.phrase(at).is_some_and(|found| {
        found.concepts.iter().any(|concept| {
            matches!(concept, Concept::Atm | Concept::Nearest | Concept::Unit(_) | Concept::Minutes)
        })
    })
}
