//! Changes of a form: each makes a new text, in which all that was not touched is as it was.

use crate::event::json::{self, EditError, Node, Pointer, Shape, quoted, read};

use super::FormModel;
use super::alternative::{closest, discriminators};
use super::entry::Entry;
use super::generate::Generator;
use super::kind::FieldKind;
use super::opened::Opened;
use super::skeleton::least;
use super::spot::Spot;

/// Why a form cannot be changed like that. The text is not changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The text does not allow it.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// There is no such kind to choose.
    #[error("there are {variants} kinds to choose from, and no number {}", .nth + 1)]
    NoVariant {
        /// Which was asked for, counted from 0.
        nth: usize,
        /// How many there are.
        variants: usize,
    },
    /// An object has a field of that name already.
    #[error("there is a field '{}' already: give another name", crate::text::display_safe(.name))]
    Taken {
        /// The name.
        name: String,
    },
}

impl FormModel {
    /// `text` with the value at a place set to `entry`. Objects and lists on the way that are not there, or are null, are
    /// made, with the fields of which only one value fits; items before one of a tuple that are not there become null.
    pub fn set(&self, text: &str, at: &Pointer, entry: &Entry, opened: &Opened) -> Result<String, FormError> {
        let root = read(text).map_err(EditError::Broken)?;
        let mut spot = self.root(text, &root, opened);
        for (depth, name) in at.names().iter().enumerate() {
            let here = Pointer::of(&at.names()[..depth]);
            let next = spot.child(name, text, &here.join(name.as_str()), opened);
            if next.node.is_some() {
                spot = next;
                continue;
            }
            let items = match spot.node.map(|node| &node.shape) {
                // Null is no place to put something in: it is replaced.
                Some(Shape::Null) => {
                    let made = made(&spot, &at.names()[depth..], entry, text, &here, opened);
                    return Ok(json::set(text, &here, &made)?);
                }
                Some(Shape::List(items)) => items.len(),
                _ => usize::MAX,
            };
            let there = here.join(name.as_str());
            let value = made(&next, &at.names()[depth + 1..], entry, text, &there, opened);
            let mut filled = text.to_owned();
            for nth in items..name.parse().ok().filter(|nth| *nth <= spot.settled.fixed()).unwrap_or(items) {
                filled = json::insert_item(&filled, &here, nth, "null")?;
            }
            return Ok(json::set(&filled, &there, &value)?);
        }
        Ok(json::set(text, at, entry.json())?)
    }

    /// `text` with null at a place.
    pub fn set_null(&self, text: &str, at: &Pointer, opened: &Opened) -> Result<String, FormError> {
        self.set(text, at, &Entry::null(), opened)
    }

    /// `text` without the field or the item at a place. Of a list, those behind it move up, and what was open with them.
    pub fn clear(&self, text: &str, at: &Pointer, opened: &mut Opened) -> Result<String, FormError> {
        let root = read(text).map_err(EditError::Broken)?;
        let cleared = json::remove(text, at)?;
        if let Some((above, name)) = at.split()
            && let Some(Shape::List(_)) = root.get(&above).map(|node| &node.shape)
            && let Ok(nth) = name.parse()
            && root.get(at).is_some()
        {
            opened.item_removed(&above, nth);
        }
        Ok(cleared)
    }

    /// `text` with one more item at the end of the list at a place: the least that it may be. A list that is not there,
    /// or is null, is made.
    pub fn add_item(
        &self,
        text: &str,
        list: &Pointer,
        generator: &mut Generator<'_>,
        opened: &Opened,
    ) -> Result<String, FormError> {
        let root = read(text).map_err(EditError::Broken)?;
        let spot = Spot::at(self.root(text, &root, opened), text, list, opened);
        let nth = match spot.node.map(|node| &node.shape) {
            Some(Shape::List(items)) => items.len(),
            None | Some(Shape::Null) => 0,
            Some(_) => return Err(EditError::NotAList { at: list.clone() }.into()),
        };
        let item = spot.settled.item(nth);
        let item = least(&item, nth, false, generator).unwrap_or_else(|| "null".to_owned());
        match spot.node.map(|node| &node.shape) {
            Some(Shape::List(_)) => Ok(json::insert_item(text, list, nth, &item)?),
            _ => self.set(text, list, &Entry(format!("[{item}]")), opened),
        }
    }

    /// `text` with one more field in the object at a place, called `name`: the least that it may be.
    pub fn add_entry(
        &self,
        text: &str,
        object: &Pointer,
        name: &str,
        generator: &mut Generator<'_>,
        opened: &Opened,
    ) -> Result<String, FormError> {
        let root = read(text).map_err(EditError::Broken)?;
        let at = object.join(name);
        if root.get(&at).is_some() {
            return Err(FormError::Taken { name: name.to_owned() });
        }
        let spot = Spot::at(self.root(text, &root, opened), text, &at, opened);
        let value = least(&spot.place, 0, false, generator).unwrap_or_else(|| "null".to_owned());
        self.set(text, &at, &Entry(value), opened)
    }

    /// `text` with the field at a place called `name`.
    pub fn rename_entry(&self, text: &str, at: &Pointer, name: &str) -> Result<String, FormError> {
        let root = read(text).map_err(EditError::Broken)?;
        let (above, before) = at.split().ok_or(EditError::Whole)?;
        if before != name && root.get(&above).is_some_and(|holder| holder.child(name).is_some()) {
            return Err(FormError::Taken { name: name.to_owned() });
        }
        Ok(json::rename(text, at, name)?)
    }

    /// `text` with item `from` of the list at a place moved to be item `to`, and what was open with it.
    pub fn move_item(
        &self,
        text: &str,
        list: &Pointer,
        from: usize,
        to: usize,
        opened: &mut Opened,
    ) -> Result<String, FormError> {
        let moved = json::move_item(text, list, from, to)?;
        opened.item_moved(list, from, to);
        Ok(moved)
    }

    /// `text` with the value at a place made one of its kinds (counted from 0): what it has already stays, the value that
    /// tells it apart is set, and what has to be there is added. What is of another kind altogether is replaced by the
    /// least that this one takes.
    pub fn choose_variant(
        &self,
        text: &str,
        at: &Pointer,
        nth: usize,
        generator: &mut Generator<'_>,
        opened: &mut Opened,
    ) -> Result<String, FormError> {
        let root = read(text).map_err(EditError::Broken)?;
        let spot = Spot::at(self.root(text, &root, opened), text, at, opened);
        let alternatives = spot.place.alternatives();
        let chosen =
            alternatives.get(nth).ok_or(FormError::NoVariant { nth, variants: alternatives.len() })?;
        let place = &chosen.place;
        let is_object = matches!(FieldKind::of(place), FieldKind::Object { .. } | FieldKind::Free { .. });
        let changed = match spot.node {
            Some(node) if is_object && matches!(node.shape, Shape::Object(_)) => {
                let mut changed = text.to_owned();
                for (name, value) in discriminators(place) {
                    let value = value.to_string();
                    let is_there = node.child(name).map(|node| node.text(text));
                    if is_there != Some(value.as_str()) && (is_there.is_some() || place.requires(name)) {
                        changed = json::set(&changed, &at.join(name), &value)?;
                    }
                }
                for name in place.names() {
                    let is_new =
                        node.child(name).is_none() && discriminators(place).all(|(it, _)| it != name);
                    if is_new && place.requires(name) {
                        let value = least(&place.member(name), 0, true, generator);
                        changed = json::set(&changed, &at.join(name), value.as_deref().unwrap_or("null"))?;
                    }
                }
                changed
            }
            Some(node)
                if closest(&alternatives, text, node, Some(nth)) == Some(nth)
                    && node.shape != Shape::Null =>
            {
                text.to_owned()
            }
            _ => {
                let value = least(place, 0, false, generator).unwrap_or_else(|| "null".to_owned());
                self.set(text, at, &Entry(value), opened)?
            }
        };
        opened.choose(at.clone(), nth);
        Ok(changed)
    }

    fn root<'a, 'n>(&'a self, text: &str, root: &'n Node, opened: &Opened) -> Spot<'a, 'n> {
        Spot::new(self.place(), Some(root), text, &Pointer::root(), opened)
    }
}

/// What is put at `spot`, so that `entry` lies at `names` in it.
fn made(
    spot: &Spot<'_, '_>,
    names: &[String],
    entry: &Entry,
    text: &str,
    here: &Pointer,
    opened: &Opened,
) -> String {
    let Some((name, below)) = names.split_first() else { return entry.json().to_owned() };
    let there = here.join(name.as_str());
    let inner = made(&spot.child(name, text, &there, opened), below, entry, text, &there, opened);
    match name.parse::<usize>() {
        Ok(nth) if matches!(spot.editor(), FieldKind::List(_)) && nth <= spot.settled.fixed() => {
            let before = "null,".repeat(nth);
            format!("[{before}{inner}]")
        }
        _ => {
            // An object that is made for one of its fields says at once what it is.
            let place = &spot.settled;
            let value =
                |of: &str| discriminators(place).find(|(name, _)| *name == of).map(|(_, value)| value);
            let needed = place.names().into_iter().filter(|it| it != name && place.requires(it));
            let fixed = needed.filter_map(|it| Some(format!("{}:{},", quoted(it), value(it)?)));
            let fixed: String = fixed.collect();
            format!("{{{fixed}{}:{inner}}}", quoted(name))
        }
    }
}
