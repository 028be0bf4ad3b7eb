//! Roles that wait, on the page of whoever had them.

/// A role that waits since somebody came back (S4).
pub struct WaitingRole {
    /// What is posted about it.
    pub id: String,
    /// Whether the reader may confirm it.
    pub confirms: bool,
    /// Whether the reader may discard it.
    pub discards: bool,
    /// Where it is asked for, if nobody gives it directly.
    pub request: Option<String>,
    /// Its name.
    pub label: String,
    /// Where; or that the place is gone.
    pub place: String,
}
