//! `tidings keys`: which key does what, where.

use serde::Serialize;

use super::desk::Desk;
use super::exit::{Exit, Stop};
use super::paint::Meaning;
use crate::config::ConfigPath;
use crate::text::{pad_end, width};
use crate::tui::action::Action;
use crate::tui::keymap::{Context, Key, Keymap};

/// An action with its keys, in JSON.
#[derive(Debug, Serialize)]
struct KeyLine {
    context: &'static str,
    action: &'static str,
    keys: Vec<String>,
    help: &'static str,
}

/// The actions of a context in the order of its keys, each with all that do it.
pub(super) fn actions(keymap: &Keymap, context: Context) -> Vec<(Action, Vec<Key>)> {
    let mut actions: Vec<(Action, Vec<Key>)> = Vec::new();
    for (key, action) in keymap.keys(context) {
        match actions.iter_mut().find(|(known, _)| known == action) {
            Some((_, keys)) => keys.push(*key),
            None => actions.push((*action, vec![*key])),
        }
    }
    actions
}

/// The keys that count: those of a fresh start, with those of the config in place of some.
pub(super) fn run(path: Option<&ConfigPath>, desk: &mut Desk<'_>) -> Result<Exit, Stop> {
    let config = path.map(ConfigPath::read).transpose()?.map(|(config, _)| config).unwrap_or_default();
    let keymap = config.keys.keymap().unwrap_or_default();
    for (at, context) in Context::ALL.into_iter().enumerate() {
        let actions = actions(&keymap, context);
        if desk.is_json() {
            for (action, keys) in actions {
                desk.out.json(&KeyLine {
                    context: context.spelling(),
                    action: action.spelling(),
                    keys: keys.iter().map(|key| key.spelling()).collect(),
                    help: action.help(),
                })?;
            }
            continue;
        }
        if at > 0 {
            desk.out.line("")?;
        }
        let heading = format!("{}: {}", context.spelling(), context.help());
        desk.out.line(&desk.paint.paint(Meaning::Name, &heading))?;
        let shown = |keys: &[Key]| {
            let name = |key: &Key| if desk.paint.ascii { key.spelling() } else { key.to_string() };
            keys.iter().map(name).collect::<Vec<_>>().join(" ")
        };
        let cells = actions.iter().map(|(_, keys)| width(&shown(keys))).max().unwrap_or(0);
        for (action, keys) in actions {
            let (keys, name) = (pad_end(&shown(&keys), cells), pad_end(action.spelling(), 16));
            desk.out.line(&format!(
                "  {keys}  {}  {}",
                desk.paint.paint(Meaning::Quiet, &name),
                action.help()
            ))?;
        }
    }
    desk.out.flush()?;
    Ok(Exit::Ok)
}
