//! The desk of one provider: what lies on it, and what happens to it next.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::cast::Provider;
use super::random::Random;
use super::ticket::Ticket;
use super::words::{ASSETS, PROJECTS};

/// More than this many of a kind never lie on a desk: then one is finished before another begins.
const CROWDED: usize = 400;

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Act {
    CreateTicket,
    RaiseAlert,
    UpdateTicket,
    CloseTicket,
    CreateProject,
    UpdateProject,
    CloseProject,
    SubmitTime,
    ApproveTime,
    GenerateInvoice,
    FinalizeInvoice,
    DiscoverAsset,
}

/// An event without its envelope.
#[derive(Debug)]
pub(super) struct Happening {
    pub(super) event_type: &'static str,
    pub(super) payload: Map<String, Value>,
}

#[derive(Debug)]
struct Time {
    id: Uuid,
    user: Uuid,
    item: Uuid,
    kind: &'static str,
}

#[derive(Debug)]
struct Invoice {
    id: Uuid,
    company: Uuid,
    cents: usize,
}

/// What is open at one provider.
#[derive(Debug)]
pub(super) struct Desk {
    provider: &'static Provider,
    staff: [Uuid; 6],
    companies: [Uuid; 12],
    /// The user that monitoring works as.
    monitor: Uuid,
    tickets: Vec<Ticket>,
    projects: Vec<Uuid>,
    times: Vec<Time>,
    invoices: Vec<Invoice>,
    opened: usize,
}

impl Desk {
    /// A desk in the middle of a day: some of everything is open already.
    pub(super) fn new(provider: &'static Provider, random: &mut Random) -> Self {
        let mut desk = Self {
            provider,
            staff: std::array::from_fn(|_| random.uuid()),
            companies: std::array::from_fn(|_| random.uuid()),
            monitor: random.uuid(),
            tickets: Vec::new(),
            projects: Vec::new(),
            times: Vec::new(),
            invoices: Vec::new(),
            opened: 10_000 + random.below(30_000),
        };
        for act in [Act::CreateTicket, Act::UpdateTicket, Act::CreateProject, Act::SubmitTime] {
            for _ in 0..4 {
                desk.act(act, random);
            }
        }
        desk
    }

    /// Lets `act` happen, or what must come before it: nothing is closed that is not open.
    pub(super) fn act(&mut self, act: Act, random: &mut Random) -> Happening {
        let user = random.pick(&self.staff);
        match act {
            Act::CreateTicket | Act::RaiseAlert if self.tickets.len() >= CROWDED => {
                self.close_ticket(user, random)
            }
            Act::CreateTicket => {
                let ticket = Ticket::request(self.number(), random);
                self.open_ticket(ticket, user)
            }
            Act::RaiseAlert => {
                let ticket = Ticket::alert(self.number(), random);
                self.open_ticket(ticket, self.monitor)
            }
            Act::UpdateTicket => self.update_ticket(user, random),
            Act::CloseTicket => self.close_ticket(user, random),
            Act::CreateProject if self.projects.len() < CROWDED => self.create_project(user, random),
            Act::UpdateProject => self.update_project(user, random),
            Act::CreateProject | Act::CloseProject => self.close_project(user, random),
            Act::SubmitTime if self.times.len() < CROWDED => self.submit_time(user, random),
            Act::SubmitTime | Act::ApproveTime => self.approve_time(user, random),
            Act::GenerateInvoice if self.invoices.len() < CROWDED => self.generate_invoice(user, random),
            Act::GenerateInvoice | Act::FinalizeInvoice => self.finalize_invoice(user, random),
            Act::DiscoverAsset => {
                let (kind, prefix) = random.pick(&ASSETS);
                let name = format!("{prefix}-{:03}", random.below(400));
                let asset = json!({ "assetId": random.uuid(), "name": name, "kind": kind });
                self.happening("ASSET_DISCOVERED", [asset])
            }
        }
    }

    /// An event of this provider, with the members of all `parts`.
    fn happening<const N: usize>(&self, event_type: &'static str, parts: [Value; N]) -> Happening {
        let mut payload = Map::from_iter([("tenantId".to_owned(), self.provider.id.into())]);
        for part in parts {
            if let Value::Object(members) = part {
                payload.extend(members);
            }
        }
        Happening { event_type, payload }
    }

    fn number(&mut self) -> usize {
        self.opened += 1;
        self.opened
    }

    fn on_ticket(&self, event_type: &'static str, ticket: Uuid, user: Uuid, more: Value) -> Happening {
        self.happening(event_type, [json!({ "ticketId": ticket, "userId": user }), more])
    }

    fn open_ticket(&mut self, ticket: Ticket, user: Uuid) -> Happening {
        let happening = self.on_ticket("TICKET_CREATED", ticket.id, user, ticket.opening());
        self.tickets.push(ticket);
        happening
    }

    /// The newer a ticket, the more happens to it.
    fn update_ticket(&mut self, user: Uuid, random: &mut Random) -> Happening {
        let back = random.below(self.tickets.len().min(40)).min(random.below(self.tickets.len().min(40)));
        let at = self.tickets.len().wrapping_sub(1 + back);
        let technician = random.pick(&self.staff);
        match self.tickets.get_mut(at) {
            None => self.act(Act::CreateTicket, random),
            Some(ticket) => {
                let (id, changes) = (ticket.id, ticket.change(technician, random));
                self.on_ticket("TICKET_UPDATED", id, user, changes)
            }
        }
    }

    fn close_ticket(&mut self, user: Uuid, random: &mut Random) -> Happening {
        if self.tickets.is_empty() {
            return self.act(Act::CreateTicket, random);
        }
        let at = self.tickets.iter().position(Ticket::is_resolved).unwrap_or(0);
        let ticket = self.tickets.remove(at);
        self.on_ticket("TICKET_CLOSED", ticket.id, user, ticket.closing())
    }

    fn create_project(&mut self, user: Uuid, random: &mut Random) -> Happening {
        let project = random.uuid();
        self.projects.push(project);
        let details = json!({
            "projectId": project,
            "userId": user,
            "projectName": random.pick(&PROJECTS),
            "assignedTo": random.pick(&self.staff),
        });
        self.happening("PROJECT_CREATED", [details])
    }

    fn update_project(&mut self, user: Uuid, random: &mut Random) -> Happening {
        let Some(project) = self.projects.get(random.below(self.projects.len())).copied() else {
            return self.create_project(user, random);
        };
        let changes = match random.below(3) {
            0 => json!({ "status": random.pick(&["planned", "active", "on_hold", "in_review"]) }),
            1 => json!({ "percentComplete": 5 * (1 + random.below(19)) }),
            _ => json!({ "assignedTo": random.pick(&self.staff) }),
        };
        let details = json!({ "projectId": project, "userId": user, "changes": changes });
        self.happening("PROJECT_UPDATED", [details])
    }

    fn close_project(&mut self, user: Uuid, random: &mut Random) -> Happening {
        if self.projects.is_empty() {
            return self.create_project(user, random);
        }
        let project = self.projects.remove(0);
        let changes = json!({ "status": { "name": "Completed", "is_closed": true } });
        let details = json!({ "projectId": project, "userId": user, "changes": changes });
        self.happening("PROJECT_CLOSED", [details])
    }

    fn submit_time(&mut self, user: Uuid, random: &mut Random) -> Happening {
        let ticket = self.tickets.get(random.below(self.tickets.len())).map(|ticket| (ticket.id, "TICKET"));
        // One in five was worked on a task of a project.
        let (item, kind) = match ticket {
            Some(ticket) if random.chance(0.8) => ticket,
            _ => (random.uuid(), "PROJECT_TASK"),
        };
        let time = Time { id: random.uuid(), user, item, kind };
        let worked = json!({ "minutes": 15 * (1 + random.below(12)), "billable": random.chance(0.85) });
        let happening = self.on_time("TIME_ENTRY_SUBMITTED", &time, worked);
        self.times.push(time);
        happening
    }

    fn approve_time(&mut self, approver: Uuid, random: &mut Random) -> Happening {
        if self.times.is_empty() {
            return self.submit_time(approver, random);
        }
        let time = self.times.remove(0);
        self.on_time(
            "TIME_ENTRY_APPROVED",
            &time,
            json!({ "changes": { "status": "approved", "approvedBy": approver } }),
        )
    }

    fn on_time(&self, event_type: &'static str, time: &Time, more: Value) -> Happening {
        let ids = json!({
            "timeEntryId": time.id,
            "userId": time.user,
            "workItemId": time.item,
            "workItemType": time.kind,
        });
        self.happening(event_type, [ids, more])
    }

    fn generate_invoice(&mut self, user: Uuid, random: &mut Random) -> Happening {
        let cents = 9_900 + 50 * random.below(20_000);
        let invoice = Invoice { id: random.uuid(), company: random.pick(&self.companies), cents };
        let happening = self.on_invoice("INVOICE_GENERATED", &invoice, user);
        self.invoices.push(invoice);
        happening
    }

    fn finalize_invoice(&mut self, user: Uuid, random: &mut Random) -> Happening {
        if self.invoices.is_empty() {
            return self.generate_invoice(user, random);
        }
        let invoice = self.invoices.remove(0);
        self.on_invoice("INVOICE_FINALIZED", &invoice, user)
    }

    fn on_invoice(&self, event_type: &'static str, invoice: &Invoice, user: Uuid) -> Happening {
        let details = json!({
            "invoiceId": invoice.id,
            "companyId": invoice.company,
            "userId": user,
            "amount": invoice.cents as f64 / 100.0,
            "currency": "EUR",
        });
        self.happening(event_type, [details])
    }
}
