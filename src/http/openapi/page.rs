//! A document as a page to read: one file, without script and without anything from elsewhere.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::render::schema::COMPONENTS;

use super::Fixed;

/// The page of a document.
pub(super) fn of(document: &Value) -> Fixed {
    Fixed::new("text/html; charset=utf-8", html(document))
}

/// Writing to memory does not fail, so what that returns is dropped.
macro_rules! put {
    ($page:expr, $($text:tt)*) => { let _ = write!($page, $($text)*); };
}

fn html(document: &Value) -> String {
    let info = &document["info"];
    let title = escaped(text(&info["title"]));
    let mut page = String::new();
    put!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <p>Version {}. The same for programs: <a href=\"openapi.json\">openapi.json</a>.</p>\n",
        include_str!("page.css"),
        escaped(text(&info["version"])),
    );
    for paragraph in text(&info["description"]).split("\n\n") {
        put!(page, "<p>{}</p>\n", prose(paragraph));
    }
    put!(page, "<nav>\n<ul>\n");
    each_operation(document, |path, method, operation| {
        put!(
            page,
            "<li><a href=\"#{}\"><code>{} {}</code></a></li>\n",
            escaped(text(&operation["operationId"])),
            method.to_uppercase(),
            escaped(path),
        );
    });
    put!(page, "<li><a href=\"#schemas\">Schemas</a></li>\n</ul>\n</nav>\n");
    for tag in items(&document["tags"]) {
        let name = text(&tag["name"]);
        put!(page, "<h2>{}</h2>\n<p>{}</p>\n", escaped(name), prose(text(&tag["description"])));
        each_operation(document, |path, method, operation| {
            if items(&operation["tags"]).any(|tag| text(tag) == name) {
                add_operation(&mut page, path, method, operation);
            }
        });
    }
    put!(page, "<h2 id=\"schemas\">Schemas</h2>\n");
    for (name, schema) in members(&document["components"]["schemas"]) {
        put!(page, "<h3 id=\"schema-{name}\">{name}</h3>\n");
        add_schema(&mut page, schema);
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn each_operation<'d>(document: &'d Value, mut visit: impl FnMut(&'d str, &'d str, &'d Value)) {
    for (path, methods) in members(&document["paths"]) {
        for (method, operation) in members(methods) {
            visit(path, method, operation);
        }
    }
}

fn add_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    put!(
        page,
        "<h3 id=\"{}\">{}</h3>\n<p class=\"request\"><span class=\"method\">{method}</span> {}</p>\n",
        escaped(text(&operation["operationId"])),
        escaped(text(&operation["summary"])),
        escaped(path),
    );
    if let Some(description) = operation["description"].as_str() {
        put!(page, "<p>{}</p>\n", prose(description));
    }
    let mut parameters = items(&operation["parameters"]).peekable();
    if parameters.peek().is_some() {
        put!(page, "<table>\n<tr><th>Parameter</th><th>Takes</th><th>Meaning</th></tr>\n");
        for parameter in parameters {
            let always = if parameter["required"] == true { ALWAYS } else { "" };
            put!(
                page,
                "<tr><td><code>{}</code>{always}<br><span class=\"always\">{}</span></td><td>{}</td>\
                 <td>{}</td></tr>\n",
                escaped(text(&parameter["name"])),
                escaped(text(&parameter["in"])),
                kind(&parameter["schema"]),
                prose(text(&parameter["description"])),
            );
        }
        put!(page, "</table>\n");
    }
    for (media, content) in members(&operation["requestBody"]["content"]) {
        put!(page, "<p>Body, <code>{media}</code>: {}</p>\n", kind(&content["schema"]));
        add_examples(page, "A body", content);
    }
    put!(page, "<table>\n<tr><th>Status</th><th>Answer</th></tr>\n");
    for (status, response) in members(&operation["responses"]) {
        put!(page, "<tr><td>{status}</td><td>{}", prose(text(&response["description"])));
        for (media, content) in members(&response["content"]) {
            put!(page, "<br><code>{media}</code>: {}", kind(&content["schema"]));
        }
        put!(page, "</td></tr>\n");
    }
    put!(page, "</table>\n");
    for (_, response) in members(&operation["responses"]) {
        for (_, content) in members(&response["content"]) {
            add_examples(page, "An answer", content);
        }
    }
}

fn add_examples(page: &mut String, what: &str, content: &Value) {
    for (_, example) in members(&content["examples"]) {
        put!(
            page,
            "<details><summary>{what}: {}</summary>\n<pre>{}</pre></details>\n",
            prose(text(&example["summary"])),
            escaped(&format!("{:#}", example["value"])),
        );
    }
}

const ALWAYS: &str = " <span class=\"always\">always</span>";

/// A named schema: what it is, and each of its members.
fn add_schema(page: &mut String, schema: &Value) {
    if let Some(description) = schema["description"].as_str() {
        put!(page, "<p>{}</p>\n", prose(description));
    }
    let Some(properties) = schema["properties"].as_object() else {
        put!(page, "<p>{}</p>\n", kind(schema));
        return;
    };
    put!(page, "<table>\n<tr><th>Member</th><th>Is</th><th>Meaning</th></tr>\n");
    let is_required =
        |name: &str| items(&schema["required"]).any(|required| text(required) == name);
    let (always, sometimes): (Vec<_>, Vec<_>) =
        properties.iter().partition(|(name, _)| is_required(name));
    for (name, member) in always.into_iter().chain(sometimes) {
        put!(
            page,
            "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td></tr>\n",
            escaped(name),
            if is_required(name) { ALWAYS } else { "" },
            kind(member),
            prose(text(&member["description"])),
        );
    }
    put!(page, "</table>\n");
}

/// What a value is, in a few words, named schemas linked.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|target| target.strip_prefix(COMPONENTS)) {
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(schemas) = schema[choice].as_array() {
            return schemas.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(only) = schema["const"].as_str() {
        return format!("<code>{}</code>", escaped(only));
    }
    if let Some(codes) = schema["enum"].as_array() {
        let code = |code: &Value| format!("<code>{}</code>", escaped(text(code)));
        return codes.iter().map(code).collect::<Vec<_>>().join(", ");
    }
    let types: Vec<&str> = match schema["type"].as_array() {
        Some(types) => types.iter().map(text).collect(),
        None => schema["type"].as_str().into_iter().collect(),
    };
    let mut words = match types.first().copied() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") => object_kind(schema),
        Some("string") => schema["format"].as_str().unwrap_or("text").to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some(other) => other.to_owned(),
        None => "anything".to_owned(),
    };
    if let (Some(least), Some(most)) = (schema["minimum"].as_f64(), schema["maximum"].as_f64()) {
        put!(words, " from {least} to {most}");
    } else if let Some(least) = schema["minimum"].as_f64() {
        put!(words, " of at least {least}");
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        put!(words, "{}", shape(pattern));
    }
    if let Some(most) = schema["maxLength"].as_u64() {
        put!(words, " of at most {most} characters");
    }
    if types.contains(&"null") {
        words.push_str(" or null");
    }
    words
}

/// What a pattern says of a text, as far as people need to know.
fn shape(pattern: &str) -> String {
    let codes = pattern.strip_prefix("^-?(").and_then(|codes| codes.strip_suffix(")$"));
    if let Some(codes) = codes {
        let codes: Vec<String> =
            codes.split('|').map(|code| format!("<code>{}</code>", escaped(code))).collect();
        return format!(": {}, or one of them after a <code>-</code>", codes.join(", "));
    }
    // Others say that something must be there.
    let is_whole = pattern.starts_with('^') && !pattern.contains("\\u");
    if is_whole { format!(" like <code>{}</code>", escaped(pattern)) } else { String::new() }
}

fn object_kind(schema: &Value) -> String {
    if let Some(properties) = schema["properties"].as_object() {
        let member = |(name, member): (&String, &Value)| {
            format!("<code>{}</code>: {}", escaped(name), kind(member))
        };
        let members: Vec<String> = properties.iter().map(member).collect();
        return format!("object of {}", members.join("; "));
    }
    let values = &schema["additionalProperties"];
    if values.is_object() {
        format!("object, each member {}", kind(values))
    } else {
        "object".to_owned()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flat_map(Map::iter);
    members.map(|(name, member)| (name.as_str(), member))
}

fn escaped(text: &str) -> String {
    html_escape::encode_safe(text).into_owned()
}

/// A text with its `codes` shown as such.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(place, part)| {
        if place % 2 == 1 { format!("<code>{}</code>", escaped(part)) } else { escaped(part) }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Offered, administration, public};
    use super::*;

    #[test]
    fn a_page_shows_every_request_and_schema_and_needs_nothing_from_elsewhere() {
        for document in [public(Offered::ALL), administration()] {
            let page = html(&document);
            each_operation(&document, |_, _, operation| {
                assert!(page.contains(&format!("<h3 id=\"{}\">", text(&operation["operationId"]))));
            });
            for (place, _) in page.match_indices("href=\"#") {
                let target = page[place + 7..].split('"').next().unwrap();
                assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
            }
            for outside in ["<script", "src=", "http://", "https://", "@import", "url("] {
                let shown = page
                    .split("<pre>")
                    .map(|part| part.split_once("</pre>").map_or(part, |(_, after)| after));
                assert!(shown.clone().all(|part| !part.contains(outside)), "{outside}");
            }
        }
    }

    #[test]
    fn what_stands_in_a_document_cannot_become_markup() {
        assert_eq!(prose("a < `b & c`"), "a &lt; <code>b &amp; c</code>");
        let member = serde_json::json!({"type": "string", "enum": ["<i>"]});
        assert_eq!(kind(&member), "<code>&lt;i&gt;</code>");
    }
}
