//! What people at a help desk write.

/// Titles of tickets that people open.
pub(super) const REQUESTS: [&str; 20] = [
    "Outlook keeps asking for a password",
    "New starter on Monday: laptop and accounts",
    "Printer on the second floor prints blank pages",
    "Cannot reach the VPN from home",
    "Shared mailbox missing after the update",
    "Excel crashes when the pivot opens",
    "Please reset MFA, phone was replaced",
    "Wi-Fi drops in the meeting room",
    "Teams call has no sound",
    "Restore a folder deleted yesterday",
    "Suspicious e-mail, please check",
    "Scanner no longer sends to e-mail",
    "Licence for Visio needed",
    "Laptop does not charge",
    "Access to the finance share",
    "Phone system: change of the opening hours",
    "Leaver on Friday: disable the account",
    "ERP client is very slow since noon",
    "Umlaute im Dateinamen: Müller_Entwurf.docx öffnet nicht",
    "Domain renewal, invoice attached",
];

/// Titles of tickets that monitoring opens.
pub(super) const ALERTS: [&str; 8] = [
    "Disk C: below 5 % free",
    "CPU above 95 % for 10 minutes",
    "Backup job failed",
    "Host does not answer ping",
    "Certificate expires in 7 days",
    "RAID degraded: disk 3",
    "Exchange queue above 500",
    "UPS on battery",
];

/// How tickets end.
pub(super) const RESOLUTIONS: [&str; 8] = [
    "Credentials reset, user signed in",
    "Driver updated",
    "Restored from last night's backup",
    "Switch port replaced",
    "Alert cleared by itself",
    "Licence assigned",
    "Workaround documented",
    "Duplicate",
];

/// Names of projects.
pub(super) const PROJECTS: [&str; 8] = [
    "Microsoft 365 migration",
    "Server refresh",
    "Office move",
    "Firewall replacement",
    "Endpoint protection rollout",
    "Backup to the cloud",
    "VoIP introduction",
    "Onboarding",
];

/// What discovery finds in a network.
pub(super) const ASSETS: [&str; 5] = ["workstation", "server", "printer", "switch", "access point"];
