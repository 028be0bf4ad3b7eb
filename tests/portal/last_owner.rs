//! The last Owner of an account, on every path that could take them away (rule 14). Tom is an Owner for a time only: he
//! may do what Owners do, and does not count as the one who has to stay.

use diesel::prelude::*;
use futures_util::future::join_all;
use tenantry::db::schema::{grants, memberships};
use tenantry::db::types::{ChangeId, Ts};
use tenantry::members::Status;
use tenantry::users::importing;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::visitor::{Answer, Visitor};

const OLGA: &str = "olga@acme.example";
const TOM: &str = "tom@acme.example";
const VERA: &str = "vera.viewer.acme@acme.example";
const BULK: &str = "/accounts/acme/user-management/bulk";

async fn start() -> TestApp {
    let app = TestApp::start().await;
    app.sql(|conn| {
        Person::of("acme", TOM, "Tom", "Temporary").insert(conn);
        let june = Some(Ts::new("2026-06-01T00:00:00Z".parse().unwrap()));
        cast::give_between(conn, TOM, "owner", At::Account, (None, june));
        Ok(())
    });
    app
}

fn act(email: &str, what: &str) -> String {
    format!("/accounts/acme/users/{}/{what}", user(email))
}

fn ownership_of(email: &str) -> String {
    cast::grant_id(email, "owner", cast::account("acme").uuid()).to_string()
}

/// How many active people own Acme without an end.
fn owners(app: &TestApp) -> i64 {
    app.sql(|conn| {
        grants::table
            .inner_join(
                memberships::table.on(memberships::user_id
                    .eq(grants::user_id)
                    .and(memberships::account_id.eq(grants::account_id))),
            )
            .filter(grants::account_id.eq(cast::account("acme")))
            .filter(grants::role.eq("owner"))
            .filter(grants::ends_at.is_null())
            .filter(memberships::status.eq("active"))
            .count()
            .get_result(conn)
    })
}

#[track_caller]
fn by_the_role(answer: &Answer) {
    assert_eq!(answer.status, 403, "{}", answer.words());
    let says = "The gate that refused: role.";
    assert!(answer.words().contains(says), "{}", answer.words());
}

#[actix_web::test]
async fn rule_14_the_last_owner_is_not_deactivated_and_not_handed_over_by_an_owner_for_a_time() {
    let app = start().await;
    let tom = app.signed_in(TOM);
    by_the_role(&tom.post(&act(OLGA, "deactivate"), &[]).await);
    let to = format!("{}?to={}", act(OLGA, "handover"), user(VERA));
    let page = tom.get(&to).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form("Hand over and deactivate");
    by_the_role(&tom.submit(&page, &form).await);
    assert_eq!(owners(&app), 1);
}

#[actix_web::test]
async fn rule_14_the_roles_of_a_person_and_their_ends_take_no_ownership() {
    let app = start().await;
    let anna = holder("admin", At::Account);
    for visitor in [TOM, &anna, "ravi@acme.example"].map(|email| app.signed_in(email)) {
        // Unticked, and nothing else is ticked.
        let fields = [("seen", "owner"), ("confirmed", "yes")];
        by_the_role(&visitor.post(&act(OLGA, "roles"), &fields).await);
        let fields = [("seen", "owner"), ("role", "viewer"), ("confirmed", "yes")];
        by_the_role(&visitor.post(&act(OLGA, "roles"), &fields).await);
        let id = ownership_of(OLGA);
        let fields = [
            ("role", id.as_str()),
            ("ends_on", "2026-04-01"),
            ("seen", ""),
        ];
        by_the_role(&visitor.post(&act(OLGA, "role-ends"), &fields).await);
    }
    assert_eq!(owners(&app), 1);
}

#[actix_web::test]
async fn rule_14_acts_on_several_leave_the_last_owner_as_they_are() {
    let app = start().await;
    let tom = app.signed_in(TOM);
    let (id, acme) = (user(OLGA).to_string(), cast::account("acme").to_string());
    for verb in ["deactivate", "take"] {
        let change = ChangeId::new().to_string();
        let fields = [
            ("act", verb),
            ("change", &change),
            ("person", &id),
            ("place", &acme),
            ("role", "owner"),
            ("confirmed", "yes"),
        ];
        let done = tom.post(BULK, &fields).await;
        let words = tom.follow(done).await.words();
        assert!(words.contains("1 skipped."), "{verb}: {words}");
        assert_eq!(owners(&app), 1, "{verb}");
    }
}

#[actix_web::test]
async fn rule_14_a_file_that_names_the_last_owner_leaves_them_the_owner() {
    let app = start().await;
    let tom = app.signed_in(TOM);
    let page = tom.get("/accounts/acme/user-management/import").await;
    let rows = format!("First name,Last name,Email,Place,Roles\nOlga,Owner,{OLGA},Acme,Viewer\n");
    let form = page.page().form("Check the rows").fill("rows", &rows);
    let preview = tom.submit(&page, &form).await;
    let check = tom.submit(&preview, &preview.page().form("Continue")).await;
    let button = check.page().texts("form .form-foot button.btn").remove(0);
    let sent = tom.submit(&check, &check.page().form(&button)).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    while importing::work(app.app()).await.unwrap() {}
    assert_eq!(owners(&app), 1);
}

#[actix_web::test]
async fn rule_14_a_guest_who_is_the_last_owner_is_not_removed() {
    let app = start().await;
    app.sql(|conn| {
        let gus = "gus@globex.example";
        Person::of("globex", gus, "Gus", "Guest").insert(conn);
        cast::belong(conn, "acme", (gus, "Gus", "Guest"), true, Status::Active);
        cast::give(conn, gus, "owner", At::Account);
        let olgas = grants::table.filter(grants::user_id.eq(user(OLGA)));
        diesel::delete(olgas).execute(conn)
    });
    let tom = app.signed_in(TOM);
    by_the_role(&tom.post(&act("gus@globex.example", "remove"), &[]).await);
    assert_eq!(owners(&app), 1);
}

#[actix_web::test]
async fn rule_14_groups_and_the_tree_change_no_owner() {
    let app = start().await;
    let olga = app.signed_in(OLGA);
    let coast = format!("/accounts/acme/groups/{}", cast::group("Coast"));
    let page = olga.get(&coast).await;
    let form = page.page().form("Review changes");
    let form = form.tick("organization", &cast::organization("north").to_string());
    let review = olga.submit(&page, &form).await;
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    // Ownership is of the account: on a group or an organization there is none to gain or lose.
    for path in [
        format!("{coast}/access/{}", user(VERA)),
        format!("/accounts/acme/organizations/north/members/{}", user(VERA)),
    ] {
        let fields = [("role", "owner"), ("confirmed", "yes")];
        let refused = olga.post(&path, &fields).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.words());
        let says = "The gate that refused: scope.";
        assert!(refused.words().contains(says), "{}", refused.words());
    }
    let preview = crate::tree::moving::preview(&olga, "south", "north").await;
    let moved = crate::tree::moving::submit(&olga, &preview).await;
    assert_eq!(moved.status, 303, "{}", moved.words());
    assert_eq!(owners(&app), 1);
}

/// The form by which this Owner hands the next one over to Vera, as it is sent.
async fn handover(visitor: &Visitor<'_>, next: &str) -> Vec<(String, String)> {
    let to = format!("{}?to={}", act(next, "handover"), user(VERA));
    let page = visitor.get(&to).await;
    assert_eq!(page.status, 200, "{}", page.words());
    page.page().form("Hand over and deactivate").fields
}

#[actix_web::test]
async fn rule_14_of_fifty_owners_on_a_mix_of_all_paths_at_once_one_stays() {
    let app = TestApp::start().await;
    let emails: Vec<String> = (0..50).map(|n| format!("own{n}@acme.example")).collect();
    app.sql(|conn| {
        for email in &emails {
            Person::of("globex", email, "Own", "Er").insert(conn);
            let name = (email.as_str(), "Own", "Er");
            cast::belong(conn, "acme", name, true, Status::Active);
            cast::give(conn, email, "owner", At::Account);
        }
        let olgas = grants::table.filter(grants::user_id.eq(user(OLGA)));
        diesel::delete(olgas.filter(grants::role.eq("owner"))).execute(conn)
    });
    let visitors: Vec<Visitor<'_>> = emails.iter().map(|email| app.signed_in(email)).collect();
    let account = cast::account("acme").to_string();
    let mut all = Vec::new();
    for (n, visitor) in visitors.iter().enumerate() {
        // Half a round on, so that the first half acts on the second, and the second on the first.
        let next = &emails[(n + 25) % emails.len()];
        let own = |fields: &[(&str, &str)]| -> Vec<(String, String)> {
            let owned = fields
                .iter()
                .map(|(name, text)| ((*name).into(), (*text).into()));
            owned.collect()
        };
        let (id, change) = (user(next).to_string(), ChangeId::new().to_string());
        let (mine, theirs) = (ownership_of(&emails[n]), ownership_of(next));
        all.push(match n % 8 {
            0 => (act(next, "deactivate"), own(&[])),
            1 => (act(next, "remove"), own(&[])),
            2 => (
                "/me/roles".into(),
                own(&[("account", &account), ("grant", &mine)]),
            ),
            3 => ("/me/leave".into(), own(&[("account", &account)])),
            4 => (act(next, "handover"), handover(visitor, next).await),
            5 => {
                let confirmed = [
                    ("act", "deactivate"),
                    ("change", &*change),
                    ("person", &*id),
                    ("confirmed", "yes"),
                ];
                (BULK.into(), own(&confirmed))
            }
            6 => {
                let fields = [("role", &*theirs), ("ends_on", "2026-04-01"), ("seen", "")];
                (act(next, "role-ends"), own(&fields))
            }
            _ => (
                act(next, "roles"),
                own(&[("seen", "owner"), ("confirmed", "yes")]),
            ),
        });
    }
    let sent = visitors
        .iter()
        .zip(&all)
        .map(|(visitor, (path, fields))| async move {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_str()))
                .collect();
            visitor.post(path, &fields).await.status
        });
    let statuses = join_all(sent).await;
    assert!(owners(&app) > 0, "nobody owns Acme any more: {statuses:?}");
    // And now all who are left go at once.
    let leaving = visitors.iter().enumerate().map(|(n, visitor)| {
        let own = ownership_of(&emails[n]);
        let account = &account;
        async move {
            let fields = [("account", account.as_str()), ("grant", &own)];
            let (path, fields) = if n % 2 == 0 {
                ("/me/roles", &fields[..])
            } else {
                ("/me/leave", &fields[..1])
            };
            visitor.post(path, fields).await.status
        }
    });
    let last = join_all(leaving).await;
    // PostgreSQL may give up on a transaction that others passed often: "come back later", and nothing changed.
    let mut all = statuses.iter().chain(&last);
    assert!(
        all.all(|status| *status < 500 || *status == 503),
        "{statuses:?} {last:?}"
    );
    let left = owners(&app);
    assert!(left > 0, "nobody owns Acme any more: {last:?}");
    assert!(left == 1 || last.contains(&503), "{left} left: {last:?}");
    assert!(last.contains(&403) || last.contains(&503), "{last:?}");
    if !app.is_postgres() {
        for path in 0..6 {
            let mut of = statuses.iter().skip(path).step_by(8);
            assert!(of.any(|status| *status == 303), "{path}: {statuses:?}");
        }
    }
}
