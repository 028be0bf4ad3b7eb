#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::access::role::Builtin;
use crate::app::Clock;
use crate::config::Config;
use crate::db::schema::{accounts, custom_roles, grants, links, memberships};
use std::collections::HashSet;

#[test]
fn both_companies_are_there_with_every_status_and_role_and_a_sound_log() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::for_tests(folder.path(), &[]).unwrap();
    crate::db::migrate::run(&config.database).unwrap();
    let app = App::build(config.clone(), Clock::System).unwrap();
    super::super::serve::known_secret(&app).unwrap();
    let password = password();
    assert!(crate::auth::strength::check(&password, &["acme"], 12).is_ok());
    fill(&app, &password).unwrap();

    let (statuses, roles): (Vec<String>, Vec<String>) = app
        .db()
        .read_now(|conn| {
            Ok((
                memberships::table.select(memberships::status).load(conn)?,
                grants::table.select(grants::role).load(conn)?,
            ))
        })
        .unwrap();
    assert_eq!(statuses.len(), ACME.people.len() + GLOBEX.people.len());
    let kinds: HashSet<&str> = statuses.iter().map(String::as_str).collect();
    assert_eq!(kinds, HashSet::from(["active", "invited", "deactivated"]));
    let kinds: HashSet<&str> = roles.iter().map(String::as_str).collect();
    // Every role that there is, and one that the first company made itself.
    let made: Vec<(crate::db::types::RoleId, String)> = app
        .db()
        .read_now(|conn| {
            let rows = custom_roles::table.select((custom_roles::id, custom_roles::permissions));
            Ok(rows.load(conn)?)
        })
        .unwrap();
    let [(id, permissions)] = made.try_into().unwrap();
    assert!(kinds.contains(id.to_string().as_str()), "nobody holds it");
    for name in permissions.split(' ') {
        assert!(app.catalogue().find(name).is_some(), "{name}");
    }
    assert_eq!(kinds.len(), Builtin::ALL.len() + 1);

    // Nobody asked for the link of their own first invitation.
    let unasked: i64 = app
        .db()
        .read_now(|conn| {
            let unasked = links::table.filter(links::sent_by.is_null());
            Ok(unasked.count().get_result(conn)?)
        })
        .unwrap();
    assert_eq!(unasked, 0);

    // S9: the first account calls its projects reservations.
    let words: Vec<(String, String)> = app
        .db()
        .read_now(|conn| {
            Ok(accounts::table
                .order(accounts::slug.asc())
                .select((accounts::word_singular, accounts::word_plural))
                .load(conn)?)
        })
        .unwrap();
    let word = |one: &str, many: &str| (one.to_owned(), many.to_owned());
    assert_eq!(
        words,
        [
            word("Reservation", "Reservations"),
            word("Project", "Projects")
        ]
    );

    // Filled once is filled: a second run and a seeding refuse.
    assert!(seed::refuse_filled(&config.database).is_err());
    let said = said(&app, &password);
    assert!(
        said.contains("ada.berg@acme.example") && said.contains("ines.dewit@globex.example"),
        "{said}"
    );
    assert!(said.contains(&password) && said.contains("tenantry serve"));
}
