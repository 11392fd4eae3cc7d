//! What people at a help desk write.

/// What people ask for, and how it ends.
pub(super) const REQUESTS: [Words; 20] = [
    ("Outlook keeps asking for a password", "Credentials reset, user signed in"),
    ("New starter on Monday: laptop and accounts", "All handed over"),
    ("Printer on the second floor prints blank pages", "Toner replaced"),
    ("Cannot reach the VPN from home", "Profile renewed"),
    ("Shared mailbox missing after the update", "Mailbox mapped again"),
    ("Excel crashes when the pivot opens", "Add-in removed"),
    ("Please reset MFA, phone was replaced", "MFA registered on the new phone"),
    ("Wi-Fi drops in the meeting room", "Access point replaced"),
    ("Teams call has no sound", "Headset driver updated"),
    ("Restore a folder deleted yesterday", "Restored from last night's backup"),
    ("Suspicious e-mail, please check", "Phishing: sender blocked, user informed"),
    ("Scanner no longer sends to e-mail", "Relay password renewed"),
    ("Licence for Visio needed", "Licence assigned"),
    ("Laptop does not charge", "Dock replaced"),
    ("Access to the finance share", "Group membership granted"),
    ("Phone system: change of the opening hours", "Changed as asked"),
    ("Leaver on Friday: disable the account", "Account disabled, mailbox shared"),
    ("ERP client is very slow since noon", "Index rebuilt by the vendor"),
    ("Umlaute im Dateinamen: Müller_Entwurf.docx öffnet nicht", "Synchronisierung neu eingerichtet"),
    ("Domain renewal, invoice attached", "Renewed for a year"),
];

/// What monitoring complains of, and how it ends.
pub(super) const ALERTS: [Words; 8] = [
    ("Disk C: below 5 % free", "Old logs removed"),
    ("CPU above 95 % for 10 minutes", "Cleared by itself"),
    ("Backup job failed", "Ran again without a fault"),
    ("Host does not answer ping", "Cleared by itself"),
    ("Certificate expires in 7 days", "Certificate renewed"),
    ("RAID degraded: disk 3", "Disk replaced, rebuilt"),
    ("Exchange queue above 500", "Connector restarted"),
    ("UPS on battery", "Cleared by itself"),
];

/// Two texts that belong together.
pub(super) type Words = (&'static str, &'static str);

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

/// What discovery finds in a network, and what its name begins with.
pub(super) const ASSETS: [Words; 4] =
    [("workstation", "WS"), ("server", "SRV"), ("printer", "PRN"), ("switch", "SW")];
