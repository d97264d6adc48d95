//! The voice form of a reply.

use std::fmt::Write as _;

use super::super::meaning::Language;

/// Lines as a document of SSML 1.1 (W3C Recommendation of 7 September 2010), a sentence each.
/// Whatever of a text is markup, or no character of XML 1.0, is escaped or left out.
pub(in crate::chat) fn ssml<'l>(
    lines: impl IntoIterator<Item = &'l str>,
    language: Language,
) -> String {
    let mut out = format!(
        "<speak version=\"1.1\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"{}\">",
        language.tag()
    );
    for line in lines {
        out.push_str("<s>");
        for letter in line.chars() {
            match letter {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&apos;"),
                '\t' => out.push(' '),
                letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
                letter => {
                    // Writing to memory does not fail.
                    let _ = out.write_char(letter);
                }
            }
        }
        out.push_str("</s>");
    }
    out.push_str("</speak>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_markup_is_escaped() {
        let spoken = ssml(["Marks & Spencer <b>\"x\"</b>", "l'\u{1}a\u{ffff}"], Language::Fr);
        assert_eq!(
            spoken,
            "<speak version=\"1.1\" xmlns=\"http://www.w3.org/2001/10/synthesis\" \
             xml:lang=\"fr\"><s>Marks &amp; Spencer &lt;b&gt;&quot;x&quot;&lt;/b&gt;</s>\
             <s>l&apos;a</s></speak>"
        );
        let mut reader = quick_xml::Reader::from_str(&spoken);
        while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
    }
}
