//! How a text is laid out, so that what is put into it looks like what is there.

use super::read::{Node, Shape, read};

/// What one level is indented by, where a text does not say.
const UNIT: &str = "  ";

/// How a list or an object lays out what is in it.
#[derive(Debug, Clone)]
pub(super) struct Style {
    /// `None`: on one line.
    lines: Option<Lines>,
    /// Between a key and its value.
    pub(super) colon: String,
    /// Behind a comma, on one line.
    gap: String,
}

/// A line for each member or item.
#[derive(Debug, Clone)]
struct Lines {
    newline: &'static str,
    /// Indentation of what is in it.
    inner: String,
    /// Indentation of the bracket that closes it.
    close: String,
    unit: String,
}

impl Style {
    /// The style of `node`, a list or an object of `json`; an empty one is as what is around it.
    pub(super) fn of(json: &str, node: &Node, around: Option<&Self>) -> Self {
        let places = places(node);
        let inside = node.span.start + 1..node.span.end.saturating_sub(1);
        let around_lines = around.and_then(|style| style.lines.as_ref());
        let unit = || around_lines.map_or_else(|| UNIT.to_owned(), |lines| lines.unit.clone());
        let lines = if let (Some(first), Some(last)) = (places.first(), places.last()) {
            indent(&json[inside.start..first.start]).map(|(newline, inner)| {
                let close = indent(&json[last.end..inside.end]).map_or("", |(_, close)| close);
                let deeper = inner.strip_prefix(close).filter(|unit| !unit.is_empty());
                let unit = deeper.map_or_else(unit, str::to_owned);
                Lines { newline, inner: inner.to_owned(), close: close.to_owned(), unit }
            })
        } else {
            // Of a value that is neither list nor object there is no inside.
            let own = indent(json.get(inside).unwrap_or_default());
            let own = own.map(|(newline, close)| (newline, close.to_owned()));
            let own = own.or_else(|| around_lines.map(|lines| (lines.newline, lines.inner.clone())));
            own.map(|(newline, close)| Lines { newline, inner: close.clone() + &unit(), close, unit: unit() })
        };
        let colon = match &node.shape {
            Shape::Object(members) => members
                .last()
                .map(|last| &json[last.key.end..last.value.span.start])
                .filter(|it| one_line(it)),
            _ => None,
        };
        let colon = colon.or(around.map(|style| style.colon.as_str()));
        let colon = colon.unwrap_or(if lines.is_some() { ": " } else { ":" }).to_owned();
        let gap = match places.as_slice() {
            [.., before, last] => json[before.end..last.start].split_once(',').map(|(_, gap)| gap),
            _ => None,
        };
        let gap = gap.filter(|it| one_line(it)).unwrap_or(if colon.ends_with(' ') { " " } else { "" });
        Self { lines, gap: gap.to_owned(), colon }
    }

    /// `item` as the only one inside an empty list or object.
    pub(super) fn alone(&self, item: &str) -> String {
        match &self.lines {
            Some(Lines { newline, inner, close, .. }) => format!("{newline}{inner}{item}{newline}{close}"),
            None => item.to_owned(),
        }
    }

    /// What stands before an item that others precede, its comma included.
    pub(super) fn comma(&self) -> String {
        match &self.lines {
            Some(Lines { newline, inner, .. }) => format!(",{newline}{inner}"),
            None => format!(",{}", self.gap),
        }
    }

    /// What an emptied whole keeps between its brackets, so that it is filled again as it was.
    pub(super) fn emptied(&self) -> String {
        self.lines.as_ref().map_or_else(String::new, |lines| format!("{}{}", lines.newline, lines.close))
    }

    /// The JSON text `value` as it is to stand in here: where there is a line for each item, so in it.
    pub(super) fn fit(&self, value: &str) -> String {
        match (&self.lines, read(value)) {
            (Some(lines), Ok(node)) => {
                let mut out = String::new();
                lines.write(value, &node, &self.colon, &lines.inner, &mut out);
                out
            }
            _ => value.trim().to_owned(),
        }
    }
}

impl Lines {
    fn write(&self, json: &str, node: &Node, colon: &str, indent: &str, out: &mut String) {
        let mut deeper = |open: char, close: char, items: &[(Option<&str>, &Node)]| {
            out.push(open);
            let inner = format!("{indent}{}", self.unit);
            for (nth, (key, value)) in items.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { "," });
                out.push_str(self.newline);
                out.push_str(&inner);
                if let Some(key) = key {
                    out.push_str(key);
                    out.push_str(colon);
                }
                self.write(json, value, colon, &inner, out);
            }
            out.push_str(self.newline);
            out.push_str(indent);
            out.push(close);
        };
        match &node.shape {
            Shape::Object(members) if !members.is_empty() => {
                let items: Vec<_> =
                    members.iter().map(|member| (json.get(member.key.clone()), &member.value)).collect();
                deeper('{', '}', &items);
            }
            Shape::List(items) if !items.is_empty() => {
                let items: Vec<_> = items.iter().map(|item| (None, item)).collect();
                deeper('[', ']', &items);
            }
            Shape::Object(_) => out.push_str("{}"),
            Shape::List(_) => out.push_str("[]"),
            _ => out.push_str(node.text(json)),
        }
    }
}

/// The JSON text `json` on lines of its own, indented by two spaces; what is not JSON stays as it is. Numbers, the order
/// of keys and repeated keys stay. An empty object is on two lines, so that what is set in it gets a line, too.
pub fn pretty(json: &str) -> String {
    let Ok(node) = read(json) else { return json.to_owned() };
    if node.shape == Shape::Object(Vec::new()) {
        return "{\n}".to_owned();
    }
    let lines = Lines { newline: "\n", inner: String::new(), close: String::new(), unit: UNIT.to_owned() };
    let mut out = String::new();
    lines.write(json, &node, ": ", "", &mut out);
    out
}

/// The bytes of what is in a list or an object, keys included.
pub(super) fn places(node: &Node) -> Vec<std::ops::Range<usize>> {
    match &node.shape {
        Shape::Object(members) => {
            members.iter().map(|member| member.key.start..member.value.span.end).collect()
        }
        Shape::List(items) => items.iter().map(|item| item.span.clone()).collect(),
        _ => Vec::new(),
    }
}

/// The line end and the indentation in white space; `None` on one line.
fn indent(space: &str) -> Option<(&'static str, &str)> {
    let (before, indent) = space.rsplit_once('\n')?;
    Some((if before.ends_with('\r') { "\r\n" } else { "\n" }, indent))
}

fn one_line(space: &str) -> bool {
    !space.contains('\n')
}
