//! The forms that change what somebody holds at a place: the grid of a project, and the roles of one person on an
//! organization, a group and the account.

use super::*;
use table::takes;

/// The grid of Dock 4, or the form of one person, with these roles there before and these afterwards.
async fn change(
    visitor: &Visitor<'_>,
    (spot, whose): (Spot, &str),
    before: Option<&str>,
    after: Option<&str>,
) -> Answer {
    let id = user(whose).to_string();
    let of = |role: &str| match spot {
        Spot::Dock4 => format!("{id}.{}", key(role)),
        _ => key(role),
    };
    let (before, after) = (before.map(of), after.map(of));
    let mut fields = vec![("confirmed", "yes")];
    if spot == Spot::Dock4 {
        fields.push(("person", &id));
    }
    fields.extend(before.as_deref().map(|role| ("seen", role)));
    fields.extend(after.as_deref().map(|role| ("role", role)));
    visitor.post(&spot.roles_of(whose), &fields).await
}

#[actix_web::test]
async fn rule_17_the_grid_and_the_roles_of_a_person_give_what_the_table_says_at_every_kind_of_place()
 {
    for spot in SPOTS {
        let app = start().await;
        walk(&app, (spot, false), async |visitor, to, role| {
            change(visitor, (spot, to), None, Some(role)).await
        })
        .await;
    }
}

/// Gives a role past all gates.
pub(super) fn hold(app: &TestApp, email: &str, role: &str, spot: Spot) {
    app.sql(|conn| {
        match spot {
            Spot::Account => cast::give(conn, email, &key(role), At::Account),
            Spot::Group => cast::give_on_group(conn, email, &key(role), cast::group("Coast")),
            Spot::North => cast::give(conn, email, &key(role), At::North),
            Spot::Dock4 => cast::give(conn, email, &key(role), At::Dock4),
        }
        Ok(())
    });
}

#[actix_web::test]
async fn rule_17_the_grid_and_the_roles_of_a_person_take_what_the_table_says_at_every_kind_of_place()
 {
    let mut bad = Vec::new();
    for spot in SPOTS {
        let app = start().await;
        for giver in &GIVERS {
            let visitor = app.signed_in(giver.email);
            // Ownership is laid down, or goes with the person: no form takes it.
            for role in ROLES.into_iter().filter(|role| *role != "owner") {
                let whose = subject(giver, role);
                hold(&app, &whose, role, spot);
                let before = everything(&app);
                let answer = change(&visitor, (spot, &whose), Some(role), None).await;
                let left = giver_of(&app, &whose, role, spot).is_some();
                let what = (giver.word, role, spot);
                if takes(giver, role) {
                    if answer.status != 303 || left {
                        bad.push(format!("{what:?} not taken: {}", answer.words()));
                    }
                    continue;
                }
                let fate = match (giver.word, spot) {
                    ("elsewhere", Spot::Group | Spot::North | Spot::Dock4) => Fate::NotThere,
                    _ => Fate::Refused("role"),
                };
                let rows = changed(&before, &app);
                if !refused_so(&answer, &fate) || !rows.is_empty() {
                    bad.push(format!("{what:?}: {rows:?} {}", answer.words()));
                }
            }
        }
    }
    all_good(&bad);
}
