//! What a person should be told once: holes and losses.

use chrono::{DateTime, Utc};

use crate::bus::Gap;
use crate::event::StreamKey;

/// Something that happened to the stream of entries itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// When we learned of it.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: NoticeKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum NoticeKind {
    /// Entries are missing.
    Gap(Gap),
    /// The server lost the data of streams.
    DataLost(Vec<StreamKey>),
    /// The server restarted, and kept its data.
    Restarted,
}

impl Notice {
    /// One line for a banner, safe to show.
    pub fn line(&self) -> String {
        match &self.kind {
            NoticeKind::Gap(Gap { stream, lost: Some(lost), why, .. }) => {
                let lost = if *lost == 1 {
                    format!("1 entry of {stream} is")
                } else {
                    format!("{} entries of {stream} are", crate::text::count(*lost))
                };
                format!("gap: {lost} missing ({why})")
            }
            NoticeKind::Gap(Gap { stream, lost: None, why, .. }) => {
                format!("gap: entries of {stream} are missing, how many is not known ({why})")
            }
            NoticeKind::DataLost(streams) => match streams.as_slice() {
                [one] => format!("the server lost the data of {one}: reading it again from its beginning"),
                many => format!(
                    "the server lost the data of {} streams: reading them again from their beginning",
                    many.len()
                ),
            },
            NoticeKind::Restarted => "the server restarted, and kept its data".to_owned(),
        }
    }
}
