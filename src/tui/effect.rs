//! I/O that `update` asks for. Its outcome comes back as a message.

mod acting;
mod file;
mod schemas;
mod sending;
mod shelf;

use std::sync::Arc;

use crate::bus::{
    ActionError, ArchivePage, ArchiveQuery, Around, Because, BusError, ContextInfo, DiscardOrder, Examined,
    FailedAt, FailedEvent, FailedPage, FailedQuery, FailedWhole, Foreseen, HandlerDetail, HandlerReport,
    JournalEntry, Looked, RetryOrder, Runs, Spot, Verb, Watch,
};
use crate::event::{Entry, TenantLabels};
use crate::plan::{Plan, Progress};
use crate::tui::host::{Export, Exported, NotExported};

pub use file::{FileDone, FileEffect, FileOrder};
pub use schemas::Schemas;
pub use sending::{Copies, FatesTold, Prospect, SendDone, SendEffect, Shipment};
pub use shelf::{ShelfDone, ShelfEffect};

/// Something to be done outside of the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open this context and watch it, in place of what is watched now.
    Observe {
        /// Which one.
        context: String,
        /// What of it.
        watch: Watch,
    },
    /// Do not wait for the next try to connect: try now.
    Reconnect,
    /// Ask what each handler was given and has not finished.
    Survey,
    /// Look the server and the bus over.
    Examine,
    /// Look closely at this handler.
    Inspect(Box<HandlerReport>),
    /// Read failed events, in place of what is being read.
    ReadFailed {
        /// Its number: pages and end come back with it.
        reading: u64,
        /// What to read.
        query: FailedQuery,
    },
    /// Read the newest lines of the journal.
    ReadJournal {
        /// So many.
        at_most: usize,
    },
    /// Ask what this user may do to failed events.
    AskRights,
    /// Ask for all that is known of a failed event.
    ShowFailed(FailedAt),
    /// Read what happened around a failed event.
    ReadAround {
        /// Which one.
        at: FailedAt,
        /// Where it stands in time.
        spot: Box<Spot>,
    },
    /// Ask what retrying these would do, and what would be sent.
    Foresee(Box<Question>),
    /// Do something to failed events.
    Act(Box<Deed>),
    /// Start a retry plan.
    StartPlan(Box<Plan>),
    /// Hold the plan that runs.
    PausePlan,
    /// Go on with the plan that is held.
    ResumePlan,
    /// End the plan that runs.
    CancelPlan,
    /// Write failed events into a file.
    Export(Box<Export>),
    /// End that: what is not whole is removed.
    EndExport,
    /// Take the next step of writing events into a file.
    ExportEvents {
        /// The number of the export.
        number: u64,
        /// The step.
        step: ExportStep,
    },
    /// Do something for the Compose view.
    Compose(Box<SendEffect>),
    /// Read a page of what lies on the bus.
    ReadBack {
        /// The number of the question: the answer comes back with it.
        number: u64,
        /// The question.
        query: ArchiveQuery,
    },
    /// Read a page of what lies on the bus, for a file.
    ReadToExport {
        /// The number of the export.
        number: u64,
        /// The question.
        query: ArchiveQuery,
    },
    /// Put text into the terminal's clipboard.
    Copy(String),
    /// Let a person change this text in an editor of their own, which has the terminal meanwhile.
    EditText {
        /// The text.
        text: String,
        /// How the name of its file ends: editors go by it.
        suffix: &'static str,
    },
    /// Draw with this theme from now on.
    Theme(String),
    /// Ask the terminal to tell of the mouse, or to keep it for itself.
    Mouse(bool),
    /// Draw the next frame whole, whatever is thought to be on the screen.
    Redraw,
    /// Go to the background.
    Suspend,
    /// End the program.
    Quit(ExitReason),
}

/// A step of writing events into a file. Each is answered before the next one is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportStep {
    /// Make the file.
    Open {
        /// The file, as a person named it.
        file: String,
        /// Whether a file that is there already is replaced.
        replaces: bool,
    },
    /// Write these.
    Write(Vec<Entry>),
    /// The file is whole.
    Keep,
    /// Nobody wants it any more: what is written is removed.
    GiveUp,
}

/// What retrying events would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The plan that is asked about.
    pub plan: String,
    /// Its events.
    pub events: Vec<Arc<FailedEvent>>,
    /// What is to run.
    pub runs: Runs,
    /// One of its orders, for the exact commands.
    pub order: RetryOrder,
    /// On whose behalf.
    pub because: Because,
}

/// Something that is done to failed events. A retry is a plan; only one edited event is retried by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// Put aside.
    Discard(Vec<DiscardOrder>, Because),
    /// Put back among the dead letters.
    Restore(Vec<FailedAt>, Because),
    /// Offer to consumers again; with `true` also what somebody may be at.
    Release(Vec<FailedAt>, bool, Because),
    /// Retry one event, edited.
    Edit(RetryOrder, Because),
}

/// What became of a deed.
#[derive(Debug, Clone, PartialEq)]
pub struct Acted {
    /// What was done.
    pub done: Done,
    /// For each event where it lies now, or what to know of it; or why nothing was done.
    pub each: Vec<(FailedAt, Result<Landed, ActionError>)>,
    /// Why the rest is not known, or was not done.
    pub broke_off: Option<BusError>,
    /// What could not be written into the journal.
    pub not_recorded: Option<BusError>,
}

/// What kind of deed it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Put aside.
    Discarded,
    /// Put back.
    Restored,
    /// Offered again.
    Released,
    /// Retried, edited.
    Edited,
}

/// Where something came to lie.
#[derive(Debug, Clone, PartialEq)]
pub enum Landed {
    /// There.
    At(FailedAt),
    /// Where it was; what to know of it.
    Same(Option<String>),
    /// With its handlers again.
    Sent,
}

/// What became of an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum EffectDone {
    /// The context is open. Nothing was heard from it yet.
    Opened {
        /// What there is to know of it.
        info: ContextInfo,
        /// The names of its tenants.
        labels: TenantLabels,
        /// Whether this session may act on failed events; why not.
        operator: Result<(), String>,
        /// Whether this session may publish; why not.
        publisher: Result<(), String>,
        /// The schemas of its types.
        schemas: Schemas,
    },
    /// It cannot be opened, or watching it has ended.
    Ended {
        /// The context's name.
        context: String,
        /// Why.
        why: BusError,
    },
    /// What each handler was given and has not finished, or why that is not known.
    Surveyed {
        /// The context that was asked.
        context: String,
        /// Its answer.
        answer: Result<Looked<HandlerReport>, BusError>,
    },
    /// What the health of the bus is judged by, or why that is not known.
    Examined {
        /// The context that was asked.
        context: String,
        /// Its answer.
        answer: Box<Result<Examined, BusError>>,
    },
    /// What there is to see of one handler, or why that is not known.
    Inspected {
        /// The context that was asked.
        context: String,
        /// The handler's name.
        handler: String,
        /// The answer.
        answer: Result<HandlerDetail, BusError>,
    },
    /// Some of the failed events that are being read.
    FailedPage {
        /// The number of the reading.
        reading: u64,
        /// These.
        page: Box<FailedPage>,
    },
    /// A reading of failed events came to its end, or broke off.
    FailedRead {
        /// Its number.
        reading: u64,
        /// Why it broke off, if it did.
        answer: Result<(), BusError>,
    },
    /// The newest lines of the journal, newest first.
    Journal {
        /// The context that was asked.
        context: String,
        /// The answer.
        answer: Result<Vec<JournalEntry>, BusError>,
    },
    /// What this user may do.
    Rights {
        /// The context that was asked.
        context: String,
        /// For each verb, why not.
        answers: Vec<(Verb, Result<(), BusError>)>,
    },
    /// All that is known of a failed event.
    Shown {
        /// The context that was asked.
        context: String,
        /// Which one.
        at: FailedAt,
        /// `Ok(None)`: it does not lie there any more.
        answer: Result<Option<Box<FailedWhole>>, BusError>,
    },
    /// What happened around a failed event.
    Around {
        /// The context that was asked.
        context: String,
        /// Which one.
        at: FailedAt,
        /// The answer.
        answer: Result<Around, BusError>,
    },
    /// What retrying would do.
    Foreseen {
        /// The plan that was asked about.
        plan: String,
        /// What was to run.
        runs: Runs,
        /// The answer.
        answer: Result<Foreseen, BusError>,
        /// The exact commands for one event.
        commands: Vec<String>,
    },
    /// What became of a deed.
    Acted {
        /// The context in which it was done.
        context: String,
        /// What became of it.
        acted: Box<Acted>,
    },
    /// What became of the edited event.
    Followed(String),
    /// These lie where they lay no more: the plan retried them, or found them gone.
    Taken(Vec<FailedAt>),
    /// How far the plan has come.
    PlanAt(Box<Progress>),
    /// Nothing was done: why.
    Refused(String),
    /// A plan could not be started.
    NoPlan(String),
    /// What became of an export.
    Exported {
        /// What was asked for.
        export: Box<Export>,
        /// What came of it.
        answer: Result<Exported, NotExported>,
    },
    /// So many failed events are in the file by now.
    ExportedSoFar(u64),
    /// What became of a step of writing events into a file.
    EventsWritten {
        /// The number of the export.
        number: u64,
        /// Why it came to nothing, if it did: no part of a file is left behind.
        answer: Result<(), NotExported>,
        /// Whether the file is whole, and stays.
        kept: bool,
    },
    /// What became of something that was done for the Compose view.
    Compose(Box<SendDone>),
    /// A page of what lies on the bus, or why there is none.
    ReadBack {
        /// The number of the question.
        number: u64,
        /// The question.
        query: ArchiveQuery,
        /// The answer.
        answer: Result<Box<ArchivePage>, BusError>,
    },
    /// A page of what lies on the bus, for a file, or why there is none.
    ReadToExport {
        /// The number of the export.
        number: u64,
        /// The question.
        query: ArchiveQuery,
        /// The answer.
        answer: Result<Box<ArchivePage>, BusError>,
    },
    /// What an editor left of a text, or why it left nothing.
    Edited(Result<String, String>),
    /// So many bytes went to the clipboard.
    Copied(usize),
}

/// Why the dashboard ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitReason {
    /// A person asked for it.
    Quit,
    /// Ctrl-C, or SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// The terminal is gone: SIGHUP, or it can be neither read nor written.
    TerminalGone,
}
