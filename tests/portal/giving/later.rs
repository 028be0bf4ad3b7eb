//! Roles that are there already and are given once more: for longer, confirmed with an old invitation, brought back with
//! a reactivation.

use super::*;
use chrono::Duration;
use table::{gives, takes};
use tenantry::db::schema::{dormant_grants, memberships};
use tenantry::db::types::Ts;
use tenantry::members::Status;

fn ts(text: &str) -> Ts {
    Ts::new(text.parse().unwrap())
}

fn grant(email: &str, role: &str, spot: Spot) -> GrantId {
    cast::grant_id(email, &key(role), spot.uuid())
}

fn page_of(email: &str, what: &str) -> String {
    format!("/accounts/acme/users/{}/{what}", user(email))
}

#[actix_web::test]
async fn rule_17_a_role_lasts_longer_and_ends_sooner_by_what_the_table_says() {
    let mut bad = Vec::new();
    let (end, sooner, longer) = ("2026-06-01T00:00:00Z", "2026-04-01", "2026-07-31");
    let app = start().await;
    for giver in &GIVERS {
        let visitor = app.signed_in(giver.email);
        for role in ROLES.into_iter().filter(|role| *role != "owner") {
            let whose = subject(giver, role);
            app.sql(|conn| {
                let until = (None, Some(ts(end)));
                cast::give_between(conn, &whose, &key(role), At::Dock4, until);
                Ok(())
            });
            let id = grant(&whose, role, Spot::Dock4);
            let end = || -> Option<Ts> {
                app.sql(|conn| grants::table.find(id).select(grants::ends_at).first(conn))
            };
            for (day, may) in [(longer, gives(giver, role)), (sooner, takes(giver, role))] {
                let seen = end().map(|end| end.text()).unwrap();
                let before = everything(&app);
                let id = id.to_string();
                let fields = [("role", id.as_str()), ("ends_on", day), ("seen", &seen)];
                let answer = visitor.post(&page_of(&whose, "role-ends"), &fields).await;
                let what = (giver.word, role, day);
                let rows = changed(&before, &app);
                if may {
                    if answer.status != 303 || rows.is_empty() {
                        bad.push(format!("{what:?} refused: {}", answer.words()));
                    }
                    continue;
                }
                let fate = match giver.word {
                    "elsewhere" => Fate::NotThere,
                    _ => Fate::Refused("role"),
                };
                if !refused_so(&answer, &fate) || !rows.is_empty() {
                    bad.push(format!("{what:?}: {rows:?} {}", answer.words()));
                }
            }
        }
    }
    all_good(&bad);
}

/// What waits for somebody until it is confirmed.
fn waits(app: &TestApp, email: &str) -> Vec<String> {
    app.sql(|conn| {
        dormant_grants::table
            .filter(dormant_grants::user_id.eq(user(email)))
            .select(dormant_grants::role)
            .load(conn)
    })
}

/// Puts the person into this state, with the role at the place, given long ago by somebody who has left since.
fn given_by_who_left(app: &TestApp, email: &str, (role, spot): (&str, Spot), status: Status) {
    grid::hold(app, email, role, spot);
    app.sql(|conn| {
        let left = Some(user("ines@acme.example"));
        diesel::update(grants::table.filter(grants::user_id.eq(user(email))))
            .set(grants::given_by.eq(left))
            .execute(conn)?;
        let theirs = memberships::table.filter(memberships::user_id.eq(user(email)));
        diesel::update(theirs)
            .set((
                memberships::status.eq(status.as_str()),
                memberships::invited_by.eq(left),
            ))
            .execute(conn)?;
        if status == Status::Invited {
            // An address without a password: nobody has come in by it.
            diesel::update(users::table.filter(users::id.eq(user(email))))
                .set((
                    users::password_hash.eq(None::<String>),
                    users::home_account_id.eq(None::<tenantry::db::types::AccountId>),
                    users::verified_at.eq(None::<Ts>),
                ))
                .execute(conn)?;
        }
        Ok(())
    });
}

fn spot_of(role: &str) -> Spot {
    if role == "owner" {
        Spot::Account
    } else {
        Spot::Dock4
    }
}

#[actix_web::test]
async fn rule_17_an_old_invitation_is_confirmed_with_what_the_table_says_and_the_rest_waits() {
    let mut bad = Vec::new();
    let app = start().await;
    for giver in &GIVERS {
        for role in ROLES {
            let to = subject(giver, role);
            given_by_who_left(&app, &to, (role, spot_of(role)), Status::Invited);
        }
    }
    app.advance(Duration::hours(49));
    for giver in &GIVERS {
        let visitor = app.signed_in(giver.email);
        for role in ROLES {
            let (to, spot) = (subject(giver, role), spot_of(role));
            let before = everything(&app);
            let path = page_of(&to, "resend");
            let page = visitor.get(&path).await;
            let what = (giver.word, role);
            if ["manager", "own"].contains(&giver.word) {
                let answer = visitor.post(&path, &[("confirmed", "yes")]).await;
                let rows = changed(&before, &app);
                if !refused_so(&answer, &Fate::Refused("role")) || !rows.is_empty() {
                    bad.push(format!("{what:?}: {rows:?} {}", answer.words()));
                }
                continue;
            }
            let sent = visitor
                .submit(&page, &page.page().form("Confirm and send"))
                .await;
            // An Admin was approved, and stays with whoever could approve it; an Owner is made by an Owner.
            let great = ["owner", "admin"].contains(&giver.word) && role == "admin"
                || giver.word == "owner" && role == "owner";
            let held = giver_of(&app, &to, role, spot);
            let good = if giver.word == "elsewhere" {
                // Out of their reach: neither shown nor touched.
                held == Some(Some(user("ines@acme.example"))) && waits(&app, &to).is_empty()
            } else if great || gives(giver, role) {
                held == Some(Some(user(giver.email))) && waits(&app, &to).is_empty()
            } else {
                held.is_none() && waits(&app, &to) == [key(role)]
            };
            if sent.status != 303 || !good {
                let now = (held, waits(&app, &to));
                bad.push(format!("{what:?}: {now:?} {}", sent.words()));
            }
        }
    }
    all_good(&bad);
}

#[actix_web::test]
async fn rule_17_a_reactivation_brings_back_what_the_table_says_and_the_rest_is_confirmed_by_who_may()
 {
    let mut bad = Vec::new();
    let app = start().await;
    let olga = app.signed_in("olga@acme.example");
    for giver in &GIVERS {
        let visitor = app.signed_in(giver.email);
        for role in ROLES {
            let (to, spot) = (subject(giver, role), spot_of(role));
            given_by_who_left(&app, &to, (role, spot), Status::Deactivated);
            let all: Vec<String> = app.sql(|conn| {
                let theirs = grants::table.filter(grants::user_id.eq(user(&to)));
                let ids: Vec<GrantId> = theirs.select(grants::id).load(conn)?;
                Ok(ids.iter().map(GrantId::to_string).collect())
            });
            let mut fields = Vec::new();
            for id in &all {
                fields.extend([("seen", id.as_str()), ("keep", id.as_str())]);
            }
            let before = everything(&app);
            let answer = visitor.post(&page_of(&to, "reactivate"), &fields).await;
            let what = (giver.word, role);
            // Whoever manages users lets nobody in again who is more than that (rule 11).
            let may = match giver.word {
                "owner" => true,
                "admin" => role != "owner",
                "user-management" => !["owner", "admin"].contains(&role),
                _ => false,
            };
            if !may {
                let rows = changed(&before, &app);
                // Who manages a part of the home is told which part is missing (rule 11).
                let gate = if giver.word == "elsewhere" {
                    "scope"
                } else {
                    "role"
                };
                if !refused_so(&answer, &Fate::Refused(gate)) || !rows.is_empty() {
                    bad.push(format!("{what:?}: {rows:?} {}", answer.words()));
                }
                continue;
            }
            let back = gives(giver, role) || giver.word == "owner" && role == "owner";
            let held = giver_of(&app, &to, role, spot);
            let expected = if back { Vec::new() } else { vec![key(role)] };
            // Whoever let them in again has given it from now on, and not the one who has left.
            let by = back.then(|| Some(user(giver.email)));
            if answer.status != 303 || held != by || waits(&app, &to) != expected {
                let now = (held, waits(&app, &to));
                bad.push(format!("{what:?}: {now:?} {}", answer.words()));
            }
            if back {
                continue;
            }
            // What waits is confirmed by who may give it, and by nobody else.
            let before = everything(&app);
            let id = grant(&to, role, spot).to_string();
            let (confirm, field) = (page_of(&to, "confirm-role"), [("role", id.as_str())]);
            let refused = visitor.post(&confirm, &field).await;
            let rows = changed(&before, &app);
            if !refused_so(&refused, &Fate::Refused("role")) || !rows.is_empty() {
                bad.push(format!("confirmed: {what:?}: {rows:?} {}", refused.words()));
            }
            let given = olga.post(&confirm, &field).await;
            let by = giver_of(&app, &to, role, spot);
            let expected = (role != "admin").then(|| Some(user("olga@acme.example")));
            if by != expected {
                bad.push(format!("{what:?} confirmed: {by:?} {}", given.words()));
            }
        }
    }
    all_good(&bad);
}

const DANA: &str = "dana@acme.example";
const RAVI: &str = "ravi@acme.example";

/// Dana comes in by the link that she was mailed last, and holds these roles then.
async fn come_in(app: &TestApp) -> Vec<String> {
    let mails = app.deliver().await;
    let hers = mails.iter().rfind(|mail| mail.to == [DANA.to_owned()]);
    let link = hers.map(crate::support::smtp::link_in);
    let link = link.unwrap_or_else(|| format!("/welcome/{}", cast::DANA_TOKEN));
    let dana = app.visitor();
    let page = dana.open(&link).await;
    let form = page.page().form("Set password and sign in");
    let words = "a password of her own";
    dana.submit(&page, &form.fill("password", words)).await;
    let fields = [("email", DANA), ("password", words)];
    assert_eq!(dana.post("/sign-in", &fields).await.status, 303);
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(DANA)))
            .select(grants::role)
            .load(conn)
    })
}

#[actix_web::test]
async fn s14_a_role_counts_with_whoever_confirmed_it_last_and_not_with_its_former_giver() {
    for (how, left) in [
        ("nobody", 0),
        ("confirmed", 1),
        ("taken over", 1),
        ("let in again", 1),
    ] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            let hers = grants::table.filter(grants::user_id.eq(user(DANA)));
            diesel::update(hers)
                .set(grants::given_by.eq(Some(user(RAVI))))
                .execute(conn)
        });
        let olga = app.signed_in("olga@acme.example");
        if how == "confirmed" {
            app.advance(Duration::hours(25));
            let olga = app.signed_in("olga@acme.example");
            let page = olga.get(&page_of(DANA, "resend")).await;
            let sent = olga
                .submit(&page, &page.page().form("Confirm and send"))
                .await;
            assert_eq!(sent.status, 303, "{}", sent.words());
        }
        if how == "let in again" {
            app.sql(|conn| {
                let hers = memberships::table.filter(memberships::user_id.eq(user(DANA)));
                diesel::update(hers)
                    .set(memberships::status.eq("deactivated"))
                    .execute(conn)
            });
            let page = olga.get(&page_of(DANA, "reactivate")).await;
            let back = olga
                .submit(&page, &page.page().form("Reactivate User"))
                .await;
            assert_eq!(back.status, 303, "{}", back.words());
        }
        // Ravi is out: with a handover to Anna in the one case, without in the others.
        let olga = app.signed_in("olga@acme.example");
        if how == "taken over" {
            let anna = user(&cast::holder("admin", At::Account));
            let page = olga
                .get(&format!("{}?to={anna}", page_of(RAVI, "handover")))
                .await;
            let form = page.page().form("Hand over and deactivate");
            assert_eq!(olga.submit(&page, &form).await.status, 303);
        } else {
            let out = olga.post(&page_of(RAVI, "deactivate"), &[]).await;
            assert_eq!(out.status, 303, "{}", out.words());
        }
        assert_eq!(come_in(&app).await.len(), left, "{how}");
    }
}
