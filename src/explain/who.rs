//! "Who can do this here?", and who holds a role: as a page and as a file.

use super::asking::{Asked, actions, field, named};
use super::check::note;
use super::finding::{Asker, Places, Spot, places, spot};
use super::holders::{ByName, Holder, Wanted, What, anywhere, holders, name_places};
use super::pages::{HolderShown, WhoPage};
use super::words;
use crate::access::permission::AnyKey;
use crate::access::resolve::{Place, Way};
use crate::access::role::Role;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::Result;
use crate::web::form::Errors;
use crate::web::list::csv::{Cell, Field};
use crate::web::list::{self, Face, Filter, Found, List, Sort, Values};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

/// The list.
pub static WHO: List = List {
    name: "access",
    filters: &[
        Filter {
            name: "action",
            label: "Action",
            values: Values::Named,
            select: false,
        },
        Filter {
            name: "where",
            label: "Where",
            values: Values::Named,
            select: false,
        },
    ],
    sort: Sort {
        name: "name",
        falling: false,
    },
    sorts: &[],
};

/// Columns of the file.
pub const FIELDS: &[Field] = &[
    ("id", "User ID"),
    ("name", "Name"),
    ("email", "Email address"),
    ("because", "Because of"),
];

/// Before the name of a role, where an action is chosen; no permission's name holds a hyphen.
const ROLE: &str = "role-";

/// In place of a place, where a role is asked for.
const ANYWHERE: &str = "anywhere";

fn what(asker: &Asker<'_>, text: &str) -> Option<What> {
    match text.strip_prefix(ROLE) {
        Some(role) => asker.known.parse(role).map(What::Role),
        None => asker.catalogue.find(text).map(What::Permission),
    }
}

/// What was understood.
pub struct Understood {
    what: Option<What>,
    spot: Option<Spot>,
    errors: Errors,
}

/// Looks it up inside what the asker sees. A role may be asked for without a place: anywhere in the account.
pub fn understand(conn: &mut Conn, asker: &Asker<'_>, asked: &Asked) -> Result<Understood> {
    let mut errors = Errors::new();
    let sent = !asked.find && asked.action.is_some() && asked.place.is_some();
    let found = field(
        &mut errors,
        ("action", asked.action.as_ref()),
        (
            sent,
            "Choose an action or a role",
            "There is no such action or role",
        ),
        |text| Ok(what(asker, text)),
    )?;
    let account = &asker.account().name;
    let nowhere = format!("There is no such place in {account}, or you cannot see it");
    let place = asked.place.as_ref().filter(|text| *text != ANYWHERE);
    let spot = field(
        &mut errors,
        ("where", place),
        (
            sent && !matches!(found, Some(What::Role(_))),
            "Choose where",
            &nowhere,
        ),
        |id| spot(conn, asker, id),
    )?;
    Ok(Understood {
        what: found,
        spot,
        errors,
    })
}

/// The page of those who can, by name; none when the question is not complete.
pub fn load(
    conn: &mut Conn,
    asker: &Asker<'_>,
    understood: &Understood,
    asked: &list::Asked<UserId>,
) -> Result<Option<Found<Holder, UserId>>> {
    let (Some(what), true) = (&understood.what, understood.errors.is_empty()) else {
        return Ok(None);
    };
    let place = understood.spot.as_ref().map(|spot| &spot.place);
    let wanted = Wanted {
        account: asker.account().id,
        what: what.clone(),
        place: place.unwrap_or(&Place::Account),
        archived: understood.spot.as_ref().is_some_and(|spot| spot.archived),
        reach: &asker.reach,
        roles: asker.roles,
        known: &asker.known,
        now: asker.now,
    };
    let mut found = match (what, &understood.spot) {
        (_, Some(_)) => by_name(asked, |walk| holders(conn, &wanted, walk))?,
        (What::Role(role), None) => by_name(asked, |walk| anywhere(conn, &wanted, (role, walk)))?,
        (What::Permission(_) | What::All(_), None) => return Ok(None),
    };
    if let Some(spot) = &understood.spot {
        name_places(conn, &mut found.rows, spot)?;
    }
    Ok(Some(found))
}

fn by_name(
    asked: &list::Asked<UserId>,
    mut load: impl FnMut(&ByName) -> Result<Vec<Holder>>,
) -> Result<Found<Holder, UserId>> {
    asked.page(
        1,
        |stretch| load(&stretch.by_text()),
        |_, holder: &Holder| (holder.sort_key.clone(), holder.id),
    )
}

/// A line of the file.
pub fn cells(asker: &Asker<'_>, holder: &Holder) -> Vec<Cell> {
    vec![
        holder.id.to_string().into(),
        holder.name.as_str().into(),
        holder.email.as_str().into(),
        because(asker, holder).join("; ").into(),
    ]
}

/// "Viewer on Dock 4"; "Owner on the whole account, inherited".
fn because(asker: &Asker<'_>, holder: &Holder) -> Vec<String> {
    let line = |(held, way): &(crate::members::Held, Way)| {
        let role = format!("{} {}", held.role, words::at(held, asker.account()));
        match way {
            Way::Direct => role,
            _ => format!("{role} (inherited)"),
        }
    };
    holder.by.iter().map(line).collect()
}

/// The page.
pub fn page(
    conn: &mut Conn,
    asker: &Asker<'_>,
    shell: Shell,
    (asked, list): (&Asked, &list::Asked<UserId>),
) -> Result<WhoPage> {
    let slug = &asker.account().slug;
    let understood = understand(conn, asker, asked)?;
    let found = if asked.find {
        None
    } else {
        load(conn, asker, &understood, list)?
    };
    let question = found.as_ref().and_then(|_| question(asker, &understood));
    let found = found.unwrap_or_else(Found::nothing);
    let path = urls::access_who(slug);
    let csv = urls::access_who_csv(slug);
    let face = Face {
        path: &path,
        noun: "people",
        find: "",
        columns: &[
            ("Name", ""),
            ("Email address", ""),
            ("Because of", ""),
            ("Why", ""),
        ],
        csv: (!found.rows.is_empty()).then_some(&csv),
        options: Vec::new(),
    };
    let frame = list.frame(&found, face);
    let Understood { what, spot, errors } = understood;
    let holders = found
        .rows
        .iter()
        .map(|holder| shown(asker, holder, (what.as_ref(), spot.as_ref())));
    Ok(WhoPage {
        tabs: super::handlers::tabs(slug, 2),
        action: path.clone(),
        actions: choices(asker, what.as_ref()),
        places: somewhere(
            places(conn, asker, &asked.place_q)?.choose(spot.as_ref()),
            spot.is_none() && matches!(what, Some(What::Role(_))),
            asker,
        ),
        note: note(asker),
        holders: holders.collect(),
        list: frame,
        shell: shell.with_errors(&errors),
        errors,
        question,
    })
}

/// "Anywhere" before the places: for roles.
fn somewhere(mut places: Places, chosen: bool, asker: &Asker<'_>) -> Places {
    let label = format!("Anywhere in {} (for roles)", asker.account().name);
    let any = Choice::new(ANYWHERE, label, chosen);
    places.groups.insert(0, ("Anywhere".into(), vec![any]));
    places
}

fn choices(asker: &Asker<'_>, chosen: Option<&What>) -> Vec<(String, Vec<Choice>)> {
    let key = match chosen {
        Some(What::Permission(key)) => Some(*key),
        _ => None,
    };
    let mut all = actions(asker.account(), asker.catalogue, key);
    let role = |role: Role| {
        let is_chosen = matches!(chosen, Some(What::Role(chosen)) if *chosen == role);
        Choice::new(format!("{ROLE}{}", role.as_str()), role.label(), is_chosen)
    };
    let roles = asker.known.all().map(role).collect();
    all.push(("Holds the role".to_owned(), roles));
    all
}

fn question(asker: &Asker<'_>, understood: &Understood) -> Option<String> {
    let account = &asker.account().name;
    let place = understood.spot.as_ref().map_or(account, |spot| &spot.name);
    Some(match understood.what.as_ref()? {
        What::Permission(key) => format!(
            "Who can do this in {place}: {}",
            named(asker.account(), asker.catalogue, *key).0
        ),
        What::All(_) => return None,
        What::Role(role) if understood.spot.is_none() => {
            format!("Who holds {role} anywhere in {account}")
        }
        What::Role(role) => format!("Who holds {role} in {place}"),
    })
}

fn shown(
    asker: &Asker<'_>,
    holder: &Holder,
    (what, spot): (Option<&What>, Option<&Spot>),
) -> HolderShown {
    let slug = &asker.account().slug;
    let why = |key: AnyKey, spot: &Spot| {
        let action = named(asker.account(), asker.catalogue, key).1;
        urls::access_why(slug, holder.id, (&action, &spot.target.to_string()))
    };
    HolderShown {
        name: holder.name.clone(),
        href: urls::user(slug, holder.id),
        email: holder.email.clone(),
        by: because(asker, holder),
        why: match (what, spot) {
            (Some(What::Permission(key)), Some(spot)) => Some(why(*key, spot)),
            _ => None,
        },
    }
}
