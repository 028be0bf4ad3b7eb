//! What somebody looked at when they approve: the role with all that is in it, the place by its name and the person by
//! name and address. The form carries a short text for each, and what has changed by then is approved by nobody.

use sha2::{Digest, Sha256};

use super::deciding::File;
use super::people;
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::users::{Listed, showing};

/// Of the digest, so many characters tell one state from another.
const LENGTH: usize = 16;

fn short(text: &str) -> String {
    let digest = format!("{:x}", Sha256::digest(text));
    digest.chars().take(LENGTH).collect()
}

/// Role, place and person as they are now.
fn parts(app: &App, file: &File, people: &[Listed]) -> [String; 3] {
    let level = file.request.scope.level();
    let may = file.role.as_ref();
    let may = may.map(|role| app.roles().permissions(role, level));
    let found = file.found.as_ref();
    let place = found.map(|found| (&found.scope, &found.name, &found.organization));
    let person = people::of(people, file.request.person);
    let person = person.map(|one| (&one.first_name, &one.last_name, &one.email));
    [
        short(&format!("{:?} {may:?}", file.role)),
        short(&format!("{place:?}")),
        short(&format!("{person:?}")),
    ]
}

/// What the form of a decision carries.
pub(super) fn seen(app: &App, file: &File, people: &[Listed]) -> String {
    parts(app, file, people).join("-")
}

/// What has changed since the page was made that this came from, in a sentence; none: nothing.
pub(super) fn changed(
    conn: &mut Conn,
    app: &App,
    file: &File,
    sent: &str,
) -> Result<Option<String>> {
    let people = people::concerned(conn, &file.request)?;
    let now = parts(app, file, &people);
    let sent: Vec<&str> = sent.split('-').collect();
    if sent == now {
        return Ok(None);
    }
    let label = file.role_label();
    let place = file.place_label();
    let name = people::of(&people, file.request.person).map(showing::name);
    let says = [
        format!("the role {label} was changed"),
        format!("the place was renamed to {place}"),
        format!("{} got another name or address", name.unwrap_or_default()),
    ];
    let sent = sent.into_iter().map(Some).chain(std::iter::repeat(None));
    let apart = now.iter().zip(sent).zip(says);
    let apart: Vec<String> = apart
        .filter(|((now, sent), _)| sent.is_some_and(|sent| sent.len() == LENGTH && sent != *now))
        .map(|(_, says)| says)
        .collect();
    // A form that says of nothing what was looked at is none of now.
    let since = if apart.is_empty() {
        "the request may have changed".to_owned()
    } else {
        apart.join(", and ")
    };
    Ok(Some(format!(
        "Nothing was approved: since you opened the page {since}. Look at it once more, as it is now"
    )))
}
