//! The kinds of ids.

use super::Kind;

/// One kind per table, and the prefix that it shows.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => { $(
        $(#[$doc])* #[derive(Debug)] pub enum $name {}
        impl Kind for $name { const PREFIX: &'static str = $prefix; }
    )* };
}
kinds! {
    /// A customer company.
    Account = "account";
    /// A workspace in an account.
    Organization = "org";
    /// A named set of organizations.
    Group = "group";
    /// A unit of work in an organization.
    Project = "project";
    /// A person.
    User = "user";
    /// A role held at a scope.
    Grant = "grant";
    /// A mailed or copied link.
    Link = "link";
    /// A mail on its way.
    Mail = "mail";
    /// An audit event.
    Event = "event";
    /// A signed-in browser, by its public name.
    Session = "session";
    /// A thing that belongs to an organization.
    Device = "device";
    /// A file that was imported: devices, or people.
    Import = "import";
    /// A browser in which a person has signed in before.
    Browser = "browser";
    /// An offer of ownership.
    Offer = "offer";
    /// One sending of a form, so that a second one is known.
    Submission = "sub";
    /// One running process, as owner of leases.
    Instance = "instance";
    /// Somebody asks for a role.
    Request = "request";
    /// A written approval or refusal.
    Decision = "decision";
    /// Roles of several people, changed in one go.
    Change = "change";
    /// A role that an account made.
    Role = "role";
}
