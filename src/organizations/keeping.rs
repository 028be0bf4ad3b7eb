//! Switching keeps the place (rule 3): which page of another organization is the same as the one that is shown. The
//! rule is made of the table of routes: a page that is added there is kept without anybody remembering it.

use crate::access::permission::{Key, PermissionSet};
use crate::routes::{Who, pages};
use crate::web::{html, urls};

/// What an address may carry over to the same page elsewhere: filters, never what names an object or a page of a list.
const KEPT: [&str; 6] = ["q", "status", "role", "sort", "per", "below"];

/// What stands before the path of every page of an organization in the table.
const BELOW: &str = "/accounts/{account}/organizations/{organization}";

/// The parameter that tells a page where somebody came from who switched.
pub const FROM: &str = "from";

/// A page of an organization, as the table knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Slug of its organization.
    pub organization: &'a str,
    /// Its path below the organization: empty for the front page, else beginning with a slash.
    pub rest: &'a str,
    query: &'a str,
    pattern: &'static str,
}

impl<'a> Source<'a> {
    /// The page of an organization of the account at this address; none if it is no such page.
    pub fn read(account: &str, page: &'a str) -> Option<Self> {
        let (path, query) = page.split_once('?').unwrap_or((page, ""));
        let path = path.trim_end_matches('/');
        let list = urls::organizations(account);
        let below = path.strip_prefix(&list)?.strip_prefix('/')?;
        let organization = below.split('/').next().unwrap_or_default();
        let found = pages().iter().find(|page| matches(page.path, path))?;
        let pattern = found.path.strip_prefix(BELOW)?;
        Some(Self {
            organization,
            rest: below.strip_prefix(organization)?,
            query,
            pattern,
        })
    }

    /// What of its pattern is the same in every organization: all of it, or the nearest page above that names no
    /// object: the list that the object is in, or the front page.
    pub fn shared(&self) -> &'static str {
        if !self.pattern.contains('{') {
            return self.pattern;
        }
        let mut shared = self.pattern;
        while let Some((above, _)) = shared.rsplit_once('/') {
            shared = above;
            if !shared.contains('{') && key(shared).is_some() {
                break;
            }
        }
        shared
    }

    /// What the pattern calls the object that the page is about, and its name in the address.
    pub fn object(&self) -> Option<(&'static str, &'a str)> {
        let mut segments = self.pattern.split('/').zip(self.rest.split('/'));
        segments.find_map(|(pattern, value)| {
            let kind = pattern.strip_prefix('{')?.strip_suffix('}')?;
            Some((kind, value))
        })
    }

    /// The page of the organization `target` that is the same, for somebody who holds these permissions there.
    pub fn there(&self, account: &str, target: &str, held: PermissionSet) -> String {
        let front = urls::organization(account, target);
        if self.organization == target {
            return with(&format!("{front}{}", self.rest), self.query.to_owned());
        }
        let (path, mut query) = self.same(&front, held);
        query.append_pair(FROM, &format!("{}{}", self.organization, self.rest));
        with(&path, query.finish())
    }

    /// The same page in an organization of another account.
    pub fn elsewhere(&self, account: &str, target: &str, held: PermissionSet) -> String {
        let (path, mut query) = self.same(&urls::organization(account, target), held);
        with(&path, query.finish())
    }

    fn same(
        &self,
        front: &str,
        held: PermissionSet,
    ) -> (String, form_urlencoded::Serializer<'static, String>) {
        let shared = self.shared();
        let may_open = key(shared).is_some_and(|key| key.is_none_or(|key| held.contains(key)));
        let mut query = form_urlencoded::Serializer::new(String::new());
        if may_open && shared == self.pattern {
            query.extend_pairs(kept(self.query));
        }
        let rest = if may_open { shared } else { "" };
        (format!("{front}{rest}"), query)
    }

    /// The page itself, as far as an address repeats it: without what names a row of a list.
    pub fn back(&self, account: &str, query: &str) -> String {
        let path = format!(
            "{}{}",
            urls::organization(account, self.organization),
            self.rest
        );
        let mut kept_query = form_urlencoded::Serializer::new(String::new());
        kept_query.extend_pairs(kept(query));
        with(&path, kept_query.finish())
    }
}

/// What stands before the path of every page of an account in the table.
const OF_ACCOUNT: &str = "/accounts/{account}";

/// The page of another account that is the same as this page of an account, as far as it exists everywhere and `may`
/// be opened there; else that account's front page. None if it lies in an organization, or in no account.
pub fn across(target: &str, page: &str, may: impl Fn(Who) -> bool) -> Option<String> {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let found = pages().iter().find(|page| matches(page.path, path))?;
    let mut shared = found.path.strip_prefix(OF_ACCOUNT)?;
    if shared.contains("{organization}") {
        return None;
    }
    let front = urls::account(target);
    let same = shared;
    let known = |pattern: &str| {
        let mut all = pages().iter();
        all.find(|page| page.path.strip_prefix(OF_ACCOUNT) == Some(pattern))
    };
    while shared.contains('{') || known(shared).is_none() {
        let (above, _) = shared.rsplit_once('/')?;
        shared = above;
    }
    if !known(shared).is_some_and(|page| may(page.who)) {
        return Some(front);
    }
    let mut kept_query = form_urlencoded::Serializer::new(String::new());
    if shared == same {
        kept_query.extend_pairs(kept(query));
    }
    Some(with(&format!("{front}{shared}"), kept_query.finish()))
}

/// What it takes to open the page of an organization with this pattern (none: that it is visible); none: there is no
/// such page.
fn key(pattern: &str) -> Option<Option<Key>> {
    let page = pages()
        .iter()
        .find(|page| page.path.strip_prefix(BELOW) == Some(pattern))?;
    match page.who {
        Who::Holder { key, .. } => Some(key),
        Who::Anybody(_) | Who::SignedIn | Who::Operator => None,
    }
}

/// What people call the part of an organization that a pattern lies in: "Members" of `/members/add`. The front page is
/// the list of projects.
pub fn section(pattern: &str, word_plural: &str) -> String {
    match pattern.split('/').nth(1) {
        None | Some("projects") => word_plural.to_owned(),
        Some(segment) => {
            let mut letters = segment.chars();
            let first = letters.next().map(char::to_uppercase);
            let rest = letters.as_str();
            first.into_iter().flatten().chain(rest.chars()).collect()
        }
    }
}

/// Whether a path has this pattern.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = pattern.split('/');
    let fits = path.split('/').all(|value| match segments.next() {
        Some(segment) if segment.starts_with('{') => is_name(value),
        Some(segment) => segment == value,
        None => false,
    });
    fits && segments.next().is_none()
}

/// Whether text could be a slug or a typed id.
fn is_name(text: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
    (1..=64).contains(&text.len()) && text.bytes().all(is_letter)
}

/// Where the switcher's entry for `target` leads from `page`.
pub fn entry(account: &str, target: &str, page: &str, held: PermissionSet) -> String {
    Source::read(account, page).map_or_else(
        || urls::organization(account, target),
        |source| source.there(account, target, held),
    )
}

/// Where *Set Organization* leads back to: the same page there, the same page of the account, or the list itself.
pub fn after_setting(account: &str, target: &str, page: &str, held: PermissionSet) -> String {
    let page = html::safe_return(page);
    if !is_of_account(account, page) {
        return urls::organizations(account);
    }
    Source::read(account, page).map_or_else(
        || page.to_owned(),
        |source| source.there(account, target, held),
    )
}

/// The page that one goes back to, in words; none if there is nothing to go back to.
pub fn name_of(account: &str, word_plural: &str, page: &str) -> Option<String> {
    let page = html::safe_return(page);
    let path = page.split('?').next().unwrap_or_default();
    if !is_of_account(account, page) || path == urls::organizations(account) {
        return None;
    }
    Some(if path == urls::account(account) {
        "the overview".into()
    } else if path == urls::user_management(account) {
        "User Management".into()
    } else if path == urls::roles(account) {
        "Roles".into()
    } else if let Some(source) = Source::read(account, page) {
        section(source.shared(), word_plural)
    } else {
        "the page you came from".into()
    })
}

fn is_of_account(account: &str, page: &str) -> bool {
    page.strip_prefix(&urls::account(account))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

fn kept(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| KEPT.contains(&name.as_ref()) && !value.is_empty())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn with(path: &str, query: String) -> String {
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests;
