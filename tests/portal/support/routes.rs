//! The patterns of the table of routes, filled with names of the cast.

use super::cast::{self, DANA_TOKEN};

/// What stands for each segment of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// Slug of the account.
    pub account: &'static str,
    /// Slug of the organization.
    pub organization: &'static str,
    /// Slug of the project.
    pub project: &'static str,
    /// Name of the group.
    pub group: &'static str,
    /// Address of the person.
    pub user: &'static str,
    /// Identifier of the device, and of the record of a file of devices.
    pub device: &'static str,
    /// Address of the person that a request is for.
    pub asked_for: &'static str,
    /// Name of a role that the account made.
    pub role: &'static str,
}

/// What lies together in Acme's North: its project, and Dana who is invited to it.
pub const NEAR: Names = Names {
    account: "acme",
    organization: "north",
    project: "dock-4",
    group: "Coast",
    user: "dana@acme.example",
    device: "scanner-4",
    asked_for: "dana@acme.example",
    role: "Night shift",
};

/// What lies in South.
pub const FAR: Names = Names {
    account: "acme",
    organization: "south",
    project: "dock-9",
    group: "Coast",
    user: "sam@acme.example",
    device: "scanner-9",
    asked_for: "sam@acme.example",
    role: "Night shift",
};

/// Another company's.
pub const GLOBEX: Names = Names {
    account: "globex",
    organization: "hub",
    project: "bay-1",
    group: "Hills",
    user: "gil@globex.example",
    device: "reader-1",
    asked_for: "lee@globex.example",
    role: "Day shift",
};

/// Nobody's.
pub const NOWHERE: Names = Names {
    account: "no-such",
    organization: "no-such",
    project: "no-such",
    group: "no such",
    user: "nobody@nowhere.example",
    device: "no-such",
    asked_for: "nobody@nowhere.example",
    role: "no such",
};

/// A token that nobody was given.
pub const NO_TOKEN: &str = "nononononononononononononononononononononon";

/// The segments of a pattern that stand for something: `{account}` gives `account`.
pub fn segments(pattern: &str) -> Vec<&str> {
    let named = |part: &'_ str| part.starts_with('{') && part.ends_with('}');
    let parts = pattern.split('/').filter(|part| named(part));
    parts.map(|part| &part[1..part.len() - 1]).collect()
}

/// A path of this pattern. A segment that this test does not know fails it: say here what stands for it.
pub fn fill(pattern: &str, names: &Names) -> String {
    let mut path = pattern.to_owned();
    for segment in segments(pattern) {
        let value = match segment {
            "account" => names.account.to_owned(),
            "organization" => names.organization.to_owned(),
            "project" => names.project.to_owned(),
            "group" => cast::group(names.group).to_string(),
            "role" => cast::role(names.role).to_string(),
            "user" => cast::user(names.user).to_string(),
            "device" => cast::device(names.device).to_string(),
            "import" => cast::import(names.device).to_string(),
            "request" => cast::request(names.asked_for).to_string(),
            "id" if pattern.starts_with("/go/") => cast::project(names.project).to_string(),
            "token" if pattern.starts_with("/welcome/") => DANA_TOKEN.to_owned(),
            "token" => NO_TOKEN.to_owned(),
            "topic" => "about-user-roles".to_owned(),
            other => panic!("{pattern}: nobody has said what stands for {{{other}}}"),
        };
        path = path.replace(&format!("{{{segment}}}"), &value);
    }
    assert!(
        !path.contains('{'),
        "{pattern}: a segment is named in a way that is not known"
    );
    path
}

/// A path of this pattern, around Dock 4.
pub fn near(pattern: &str) -> String {
    fill(pattern, &NEAR)
}
