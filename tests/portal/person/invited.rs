//! Another address for somebody who has not come in yet: mistyped, or its mail came back (ux §7.12; S1, S14, S16).

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, audit_events, grants, links, memberships, users};
use tenantry::db::types::{Ts, UserId};
use tenantry::members::Status;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, DANA_TOKEN, holder, user};
use crate::support::smtp::link_in;
use crate::support::visitor::{Answer, Visitor};

const DANA: &str = "dana@acme.example";
const RIGHT: &str = "dana.ruiz@acme.example";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}/invited-address", user(email))
}

async fn change(visitor: &Visitor<'_>, path: &str, email: &str) -> Answer {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form("Change and resend").fill("email", email);
    visitor.submit(&page, &form).await
}

/// Who is in Acme under this address, and how.
fn standing(app: &TestApp, email: &str) -> Option<(UserId, String, String)> {
    app.sql(|conn| {
        memberships::table
            .filter(memberships::account_id.eq(cast::account("acme")))
            .filter(memberships::email_key.eq(email))
            .select((
                memberships::user_id,
                memberships::status,
                memberships::first_name,
            ))
            .first(conn)
            .optional()
    })
}

fn roles(app: &TestApp, id: UserId) -> Vec<(String, Option<UserId>, Option<Ts>)> {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(id))
            .order(grants::role)
            .select((grants::role, grants::given_by, grants::ends_at))
            .load(conn)
    })
}

#[actix_web::test]
async fn a_mistyped_address_is_changed_and_the_link_sent_again_in_one_step() {
    let app = TestApp::start().await;
    let ends = app.now().plus(Duration::days(30));
    app.sql(|conn| {
        diesel::update(grants::table.filter(grants::user_id.eq(user(DANA))))
            .set(grants::ends_at.eq(Some(ends)))
            .execute(conn)
    });
    let ravi = app.signed_in("ravi@acme.example");
    let person = ravi
        .get(&format!("/accounts/acme/users/{}", user(DANA)))
        .await;
    assert_eq!(person.page().link("Change email address"), page_of(DANA));
    let same = change(&ravi, &page_of(DANA), DANA).await;
    assert_eq!(same.status, 422);
    assert!(same.words().contains("This is the address already"));
    let wrong = change(&ravi, &page_of(DANA), "nowhere").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("value=\"nowhere\""), "as it was typed");

    let done = change(&ravi, &page_of(DANA), RIGHT).await;
    let shown = ravi.follow(done).await;
    let words = shown.words();
    assert!(
        words.contains(&format!("A new link was sent to {RIGHT}.")) && words.contains("Viewer"),
        "{words}"
    );
    assert_eq!(standing(&app, DANA), None);
    let (id, status, first) = standing(&app, RIGHT).unwrap();
    assert_eq!((status.as_str(), first.as_str()), ("invited", "Dana"));
    let ravi_id = user("ravi@acme.example");
    assert_eq!(
        roles(&app, id),
        [("viewer".to_owned(), Some(ravi_id), Some(ends))],
        "the same role for as long, given by whoever did it"
    );
    assert!(roles(&app, user(DANA)).is_empty());
    let old = app.visitor().open(&format!("/welcome/{DANA_TOKEN}")).await;
    assert_eq!(old.status, 410, "{}", old.words());
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [RIGHT]);
    assert_eq!(mail.subject(), "Welcome to Acme: set your password");
    let path = url::Url::parse(&link_in(&mail)).unwrap().path().to_owned();
    assert_eq!(app.visitor().open(&path).await.status, 200);
    let written: Vec<(String, UserId, Option<String>)> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq_any(["user.invite_revoked", "user.invited"]))
            .order(audit_events::id)
            .select((
                audit_events::action,
                audit_events::target_id.assume_not_null(),
                audit_events::personal,
            ))
            .load(conn)
    });
    assert_eq!(
        written
            .iter()
            .map(|(action, about, _)| (action.as_str(), *about))
            .collect::<Vec<_>>(),
        [("user.invite_revoked", user(DANA)), ("user.invited", id)]
    );
    let personal = written[1].2.as_deref().unwrap();
    assert!(
        personal.contains(DANA) && personal.contains(RIGHT),
        "{personal}"
    );
}

/// The page without what differs by nature: the address and the token.
fn neutral(answer: &Answer, email: &str) -> String {
    let words = answer.words().replace(email, "ADDRESS");
    let words = words.split_whitespace();
    let same: Vec<&str> = words.filter(|word| !word.contains("/welcome/")).collect();
    same.join(" ")
}

#[actix_web::test]
async fn whether_an_address_is_known_elsewhere_makes_no_difference() {
    let mut told = Vec::new();
    // Unknown; at home elsewhere; at home elsewhere with a company that keeps its people to itself.
    for (new, closed) in [
        (RIGHT, false),
        ("gil@globex.example", false),
        ("gil@globex.example", true),
    ] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            diesel::update(accounts::table.filter(accounts::slug.eq("globex")))
                .set(accounts::exclusive.eq(closed))
                .execute(conn)
        });
        let ravi = app.signed_in("ravi@acme.example");
        let done = change(&ravi, &page_of(DANA), new).await;
        assert_eq!(done.status, 303, "{}", done.words());
        let shown = ravi.follow(done).await;
        assert_eq!(shown.status, 200);
        assert!(!shown.words().contains("Globex"), "{}", shown.words());
        let person = shown.path.clone();
        let waits = neutral(&shown, new);
        app.deliver_one().await;
        told.push((waits, neutral(&ravi.get(&person).await, new)));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);

    // Nor does it whether the old one is: it is not this account's to change, and is not changed.
    let app = TestApp::start().await;
    app.sql(|conn| {
        let gil = ("gil@globex.example", "Gil", "Globex");
        cast::belong(conn, "acme", gil, true, Status::Invited);
        cast::give(conn, gil.0, "viewer", At::Dock4);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let done = change(&ravi, &page_of("gil@globex.example"), RIGHT).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let login: String = app.sql(|conn| {
        users::table
            .filter(users::id.eq(user("gil@globex.example")))
            .select(users::email)
            .first(conn)
    });
    assert_eq!(login, "gil@globex.example");
    let gil = app.signed_in("gil@globex.example");
    assert_eq!(gil.get("/accounts/globex").await.status, 200);
}

#[actix_web::test]
async fn an_address_that_is_here_already_is_said_to_be_and_nothing_changes() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let here = change(&ravi, &page_of(DANA), "sam@acme.example").await;
    assert_eq!(here.status, 422);
    assert!(
        here.words()
            .contains("Sam South is already a user of Acme."),
        "{}",
        here.words()
    );
    assert!(standing(&app, DANA).is_some());
    assert!(app.deliver().await.is_empty());
}

#[actix_web::test]
async fn nobody_moves_an_invitation_that_was_used_or_is_not_theirs() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let path = page_of(DANA);
    // Sam is in; Olga's own; somebody who sees nothing of it; another company.
    for (who, about, status) in [
        ("ravi@acme.example", "sam@acme.example", 409),
        ("ravi@acme.example", "ravi@acme.example", 403),
        (&*holder("viewer", At::Account), DANA, 403),
        (
            &*holder("user_management", At::North),
            "sam@acme.example",
            404,
        ),
        ("gil@globex.example", DANA, 404),
    ] {
        let visitor = app.signed_in(who);
        for answer in [
            visitor.get(&page_of(about)).await,
            visitor.post(&page_of(about), &[("email", RIGHT)]).await,
        ] {
            assert_eq!(answer.status, status, "{who} about {about}");
        }
    }
    // Who manages Dock 4 alone does not move an invitation that also carries a role elsewhere.
    app.sql(|conn| {
        cast::give(conn, DANA, "viewer", At::Dock9);
        Ok(())
    });
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    assert_eq!(uma.get(&path).await.status, 403);
    // Roles that changed since the page was opened.
    let page = ravi.get(&path).await;
    app.sql(|conn| {
        cast::give(conn, DANA, "billing", At::Dock4);
        Ok(())
    });
    let form = page.page().form("Change and resend").fill("email", RIGHT);
    assert_eq!(ravi.submit(&page, &form).await.status, 409);
    // A password is set: the address is somebody's.
    app.sql(|conn| {
        diesel::update(links::table.filter(links::user_id.eq(user(DANA))))
            .set(links::used_at.eq(Some(cast::morning())))
            .execute(conn)
    });
    let used = ravi.get(&path).await;
    assert_eq!(used.status, 409);
    assert!(
        used.words().contains("has used the link"),
        "{}",
        used.words()
    );
    let person = ravi
        .get(&format!("/accounts/acme/users/{}", user(DANA)))
        .await;
    assert!(!person.body.contains("/invited-address"));
    assert!(standing(&app, DANA).is_some() && app.deliver().await.is_empty());
}

#[actix_web::test]
async fn a_role_that_one_may_not_give_does_not_move() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        // Asked for and approved before she came in: nobody gives it directly.
        cast::give(conn, DANA, "admin", At::North);
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&page_of(DANA)).await;
    assert!(
        page.words().contains("Roles that end now"),
        "{}",
        page.words()
    );
    let done = change(&olga, &page_of(DANA), RIGHT).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let (id, ..) = standing(&app, RIGHT).unwrap();
    let held: Vec<String> = roles(&app, id).into_iter().map(|(role, ..)| role).collect();
    assert_eq!(held, ["viewer"]);
    // Ravi may not take the role Admin away: so he does not move it either.
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, DANA, "admin", At::North);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    assert_eq!(ravi.get(&page_of(DANA)).await.status, 403);
}
