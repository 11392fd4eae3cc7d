//! Changes of one value of a JSON text. Every other byte stays, and what is new looks like what is around it.

use std::ops::Range;

use super::pointer::index;
use super::read::{Broken, Node, Shape, read};
use super::style::{Style, places};
use super::{Pointer, quoted};

/// Why a text cannot be changed like that. It is not changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not JSON.
    #[error("the text is {0}")]
    Broken(#[from] Broken),
    /// What is to be put in is not JSON.
    #[error("the new value is {0}")]
    Value(Broken),
    /// There is no object, or no list, to put it in.
    #[error("{} is not an object: nothing can be set in it", place(.at))]
    NotAnObject {
        /// What is no object.
        at: Pointer,
    },
    /// There is no list.
    #[error("{} is not a list: it has no items", place(.at))]
    NotAList {
        /// What is no list.
        at: Pointer,
    },
    /// A list has no such item, nor is it the next one.
    #[error("{} is a list of {items}: it has no item '{}'", place(.at), crate::text::display_safe(.name))]
    NoItem {
        /// The list.
        at: Pointer,
        /// What is no item of it.
        name: String,
        /// How many it has.
        items: usize,
    },
    /// The whole can be set, not removed.
    #[error("the whole cannot be removed")]
    Whole,
}

/// As somebody writes it who names fields: `'changes.priority'`.
fn place(at: &Pointer) -> String {
    if at.is_root() {
        return "the whole".to_owned();
    }
    format!("'{}'", crate::text::display_safe(&at.names().join(".")))
}

/// `json` with the value at a place set to the JSON text `value`. Objects on the way that are not there are made; one
/// more item than a list has is added to it (`-` names it, too). Of a repeated key the last one is set: it is the one
/// that counts.
pub fn set(json: &str, at: &Pointer, value: &str) -> Result<String, EditError> {
    let fresh = read(value).map_err(EditError::Value)?;
    let root = read(json)?;
    let mut node = &root;
    let mut style: Option<Style> = None;
    for (depth, name) in at.names().iter().enumerate() {
        let here = || Pointer::of(&at.names()[..depth]);
        let inside = Style::of(json, node, style.as_ref());
        if let Some(next) = node.child(name) {
            node = next;
            style = Some(inside);
            continue;
        }
        let below = &at.names()[depth + 1..];
        let wrap = |inner: String, name: &String| format!("{{{}{}{inner}}}", quoted(name), inside.colon);
        let value = inside.fit(&below.iter().rev().fold(value.trim().to_owned(), wrap));
        return match &node.shape {
            Shape::Object(_) => {
                Ok(append(json, node, &inside, &format!("{}{}{value}", quoted(name), inside.colon)))
            }
            Shape::List(items) if name == "-" || index(name) == Some(items.len()) => {
                Ok(append(json, node, &inside, &value))
            }
            Shape::List(items) => {
                Err(EditError::NoItem { at: here(), name: name.clone(), items: items.len() })
            }
            _ => Err(EditError::NotAnObject { at: here() }),
        };
    }
    let value = style.map_or_else(|| fresh.text(value).to_owned(), |style| style.fit(value));
    Ok(splice(json, &node.span, &value))
}

/// `json` without the member or item at a place. A repeated key goes with all its values: else an earlier one would
/// count then. Where there is nothing, nothing changes.
pub fn remove(json: &str, at: &Pointer) -> Result<String, EditError> {
    let (above, name) = at.split().ok_or(EditError::Whole)?;
    let root = read(json)?;
    let Some(holder) = root.get(&above) else { return Ok(json.to_owned()) };
    let gone: Vec<usize> = match &holder.shape {
        Shape::Object(members) => {
            (0..members.len()).filter(|&nth| members.get(nth).is_some_and(|it| it.name == name)).collect()
        }
        Shape::List(items) => index(name).filter(|&nth| nth < items.len()).into_iter().collect(),
        _ => Vec::new(),
    };
    let places = places(holder);
    if !gone.is_empty() && gone.len() == places.len() {
        let keeps = if above.is_root() { Style::of(json, holder, None).emptied() } else { String::new() };
        return Ok(splice(json, &(holder.span.start + 1..holder.span.end - 1), &keeps));
    }
    let mut out = json.to_owned();
    // From the last to the first, so that those before keep their places; one goes with the comma behind it, and those
    // that end the list with the comma before them.
    let stay = |nth: &usize| !gone.contains(nth);
    let last = (0..places.len()).rfind(stay).unwrap_or_default();
    for &nth in gone.iter().rev() {
        let range =
            match (places.get(nth), places.get(nth + 1), nth.checked_sub(1).and_then(|it| places.get(it))) {
                (Some(this), Some(next), _) if nth < last => this.start..next.start,
                (Some(this), _, Some(before)) => before.end..this.end,
                _ => continue,
            };
        out.replace_range(range, "");
    }
    Ok(out)
}

/// `json` with the member at a place called `name`; a repeated key everywhere. Where there is nothing, nothing changes.
/// A member that is called so already counts for as long as it stands behind this one: ask before.
pub fn rename(json: &str, at: &Pointer, name: &str) -> Result<String, EditError> {
    let (above, before) = at.split().ok_or(EditError::Whole)?;
    let root = read(json)?;
    let mut out = json.to_owned();
    match root.get(&above).map(|holder| &holder.shape) {
        Some(Shape::Object(members)) => {
            for member in members.iter().rev().filter(|member| member.name == before) {
                out.replace_range(member.key.clone(), &quoted(name));
            }
            Ok(out)
        }
        Some(_) => Err(EditError::NotAnObject { at: above }),
        None => Ok(out),
    }
}

/// `json` with the JSON text `value` as item `nth` of the list at a place; those from `nth` on move up.
pub fn insert_item(json: &str, list: &Pointer, nth: usize, value: &str) -> Result<String, EditError> {
    read(value).map_err(EditError::Value)?;
    let root = read(json)?;
    let (node, style) = list_at(json, &root, list)?;
    let places = places(node);
    let value = style.fit(value);
    match places.get(nth) {
        Some(next) => Ok(splice(json, &(next.start..next.start), &(value + &style.comma()))),
        None if nth == places.len() => Ok(append(json, node, &style, &value)),
        None => Err(no_item(list, nth, places.len())),
    }
}

/// `json` with item `from` of the list at a place moved to be item `to`; those between move over.
pub fn move_item(json: &str, list: &Pointer, from: usize, to: usize) -> Result<String, EditError> {
    let root = read(json)?;
    let places = places(list_at(json, &root, list)?.0);
    if let Some(&nth) = [from, to].iter().find(|&&nth| nth >= places.len()) {
        return Err(no_item(list, nth, places.len()));
    }
    let mut texts: Vec<&str> = places.iter().map(|place| &json[place.clone()]).collect();
    let moved = texts.remove(from);
    texts.insert(to, moved);
    let mut out = json.to_owned();
    for (place, text) in places.iter().zip(texts).rev() {
        out.replace_range(place.clone(), text);
    }
    Ok(out)
}

fn no_item(list: &Pointer, nth: usize, items: usize) -> EditError {
    EditError::NoItem { at: list.clone(), name: nth.to_string(), items }
}

/// The list at a place and its style.
fn list_at<'a>(json: &str, root: &'a Node, list: &Pointer) -> Result<(&'a Node, Style), EditError> {
    let mut node = root;
    let mut style = Style::of(json, node, None);
    for name in list.names() {
        node = node.child(name).ok_or_else(|| EditError::NotAList { at: list.clone() })?;
        style = Style::of(json, node, Some(&style));
    }
    match node.shape {
        Shape::List(_) => Ok((node, style)),
        _ => Err(EditError::NotAList { at: list.clone() }),
    }
}

/// `json` with one more at the end of the list or object `node`.
fn append(json: &str, node: &Node, style: &Style, item: &str) -> String {
    match places(node).last() {
        Some(last) => splice(json, &(last.end..last.end), &(style.comma() + item)),
        None => splice(json, &(node.span.start + 1..node.span.end - 1), &style.alone(item)),
    }
}

fn splice(json: &str, range: &Range<usize>, text: &str) -> String {
    format!("{}{text}{}", &json[..range.start], &json[range.end..])
}

#[cfg(test)]
mod tests;
