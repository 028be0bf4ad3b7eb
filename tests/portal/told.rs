//! Who is told that they hold other roles, wherever they hold them and whatever was done (ux §8, mails 14 and 15; rule 24).

use diesel::prelude::*;
use tenantry::db::schema::{accounts, dormant_grants, grants, notices_off};
use tenantry::db::types::GrantId;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::smtp::Message;
use crate::support::visitor::{Answer, Visitor};

const RAVI: &str = "ravi@acme.example";
const OLGA: &str = "olga@acme.example";
const SAM: &str = "sam@acme.example";
const LEE: &str = "lee@globex.example";
const NORTH: &str = "/accounts/acme/organizations/north";
const DOCK: &str = "/accounts/acme/organizations/north/projects/dock-4";

/// Posts a form of ours that is done at once, and goes where it leads.
async fn post(visitor: &Visitor<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let done = visitor.post(path, fields).await;
    assert_eq!(done.status, 303, "{path}: {}", done.words());
    visitor.follow(done).await
}

async fn undo(visitor: &Visitor<'_>, flash: &Answer) {
    let done = visitor.submit(flash, &flash.page().form("Undo")).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

/// Somebody's roles on North: these instead of those.
async fn on_north(
    visitor: &Visitor<'_>,
    who: &str,
    (before, after): (&str, &[(&str, &str)]),
) -> Answer {
    let mut fields = vec![("confirmed", "yes")];
    fields.extend((!before.is_empty()).then_some(("seen", before)));
    fields.extend(after);
    post(visitor, &format!("{NORTH}/members/{}", user(who)), &fields).await
}

/// The mail says whose roles where changed from what to what, who did it, and how to turn such mails off.
#[track_caller]
fn tells(mail: &Message, to: &str, place: &str, (before, after, by): (&str, &str, &str)) {
    assert_eq!(mail.to, [to]);
    assert_eq!(mail.subject(), format!("Your roles in {place} changed"));
    for line in [
        format!("Your roles before: {before}\n"),
        format!("Your roles now: {after}\n"),
        format!("{by} changed your roles in {place}."),
    ] {
        let text = mail.text().replace("\r\n", "\n");
        assert!(text.contains(&line), "{line} in {text}");
    }
    for header in ["List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"] {
        assert!(mail.header(header).is_some(), "{header}");
    }
}

#[actix_web::test]
async fn whatever_page_changes_somebodys_roles_they_are_told_what_they_held_and_what_they_hold() {
    let app = TestApp::start().await;
    let (ravi, olga) = (app.signed_in(RAVI), app.signed_in(OLGA));
    let sam = user(SAM).to_string();
    // Members of an organization.
    let roles = [("role", "billing"), ("below", "operations.below")];
    on_north(&ravi, LEE, ("viewer", &roles)).await;
    let mail = app.deliver_one().await;
    let after = "Billing, Operations with everything below it";
    tells(&mail, LEE, "North", ("Viewer", after, "Ravi Users"));
    let link = format!("{}{NORTH}", app.app().config().public_url.origin());
    assert!(mail.text().contains(&link), "{}", mail.text());
    // Roles in the account.
    let mia = holder("manager", At::Account);
    let path = format!("/accounts/acme/users/{}/roles", user(&mia));
    let roles = [
        ("role", "manager"),
        ("role", "billing"),
        ("seen", "manager"),
        ("confirmed", "yes"),
    ];
    post(&ravi, &path, &roles).await;
    let mail = app.deliver_one().await;
    tells(
        &mail,
        &mia,
        "Acme",
        ("Manager", "Manager, Billing", "Ravi Users"),
    );
    // A group.
    app.sql(|conn| {
        cast::give_on_group(conn, SAM, "viewer", cast::group("Coast"));
        Ok(())
    });
    let path = format!(
        "/accounts/acme/groups/{}/access/{sam}",
        cast::group("Coast")
    );
    post(&ravi, &path, &[("seen", "viewer"), ("confirmed", "yes")]).await;
    tells(
        &app.deliver_one().await,
        SAM,
        "Coast",
        ("Viewer", "none", "Ravi Users"),
    );
    // Giving roles on an organization.
    let fields = [("user", sam.as_str()), ("role", "viewer"), ("seen", "yes")];
    post(&ravi, &format!("{NORTH}/members/add"), &fields).await;
    tells(
        &app.deliver_one().await,
        SAM,
        "North",
        ("none", "Viewer", "Ravi Users"),
    );
    // When a role ends.
    let grant = cast::grant_id(SAM, "viewer", cast::project("dock-9").uuid()).to_string();
    let path = format!("/accounts/acme/users/{sam}/role-ends");
    let fields = [
        ("role", grant.as_str()),
        ("ends_on", "2026-09-30"),
        ("seen", ""),
    ];
    post(&olga, &path, &fields).await;
    let after = "Viewer (until 30 September 2026, the last day)";
    tells(
        &app.deliver_one().await,
        SAM,
        "Dock 9",
        ("Viewer", after, "Olga Owner"),
    );
    // Several at once.
    let north = cast::organization("north").to_string();
    let fields = [
        ("act", "give"),
        ("change", "change_01jd0000000000000000000000"),
        ("person", sam.as_str()),
        ("place", north.as_str()),
        ("role", "billing"),
    ];
    let review = ravi
        .post("/accounts/acme/user-management/bulk", &fields)
        .await;
    let form = review.page().form("Submit");
    let done = ravi.submit(&review, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    tells(
        &app.deliver_one().await,
        SAM,
        "North",
        ("Viewer", "Viewer, Billing", "Ravi Users"),
    );
    let shown = ravi.follow(done).await;
    undo(&ravi, &shown).await;
    tells(
        &app.deliver_one().await,
        SAM,
        "North",
        ("Viewer, Billing", "Viewer", "Ravi Users"),
    );
}

#[actix_web::test]
async fn whoever_is_added_where_they_hold_roles_already_is_told_of_a_change() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "viewer", At::Dock4);
        Ok(())
    });
    let sam = user(SAM).to_string();
    let fields = [("user", sam.as_str()), ("role", "billing"), ("seen", "yes")];
    let ravi = app.signed_in(RAVI);
    post(&ravi, &format!("{DOCK}/users/add"), &fields).await;
    tells(
        &app.deliver_one().await,
        SAM,
        "Dock 4",
        ("Viewer", "Viewer, Billing", "Ravi Users"),
    );
}

#[actix_web::test]
async fn a_waiting_role_that_somebody_confirms_is_told_to_its_holder() {
    let app = TestApp::start().await;
    let grant = GrantId::new();
    app.sql(|conn| {
        let row = (
            dormant_grants::id.eq(grant),
            dormant_grants::account_id.eq(cast::account("acme")),
            dormant_grants::user_id.eq(user(SAM)),
            dormant_grants::role.eq("billing"),
            dormant_grants::organization_id.eq(Some(cast::organization("north"))),
            dormant_grants::below.eq(false),
            dormant_grants::dormant_at.eq(app.now()),
        );
        diesel::insert_into(dormant_grants::table)
            .values(row)
            .execute(conn)
    });
    let ravi = app.signed_in(RAVI);
    let page = ravi
        .get(&format!("/accounts/acme/users/{}", user(SAM)))
        .await;
    let done = ravi
        .submit(&page, &page.page().form("Confirm Billing on North"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    tells(
        &app.deliver_one().await,
        SAM,
        "North",
        ("none", "Billing", "Ravi Users"),
    );
}

#[actix_web::test]
async fn whoever_takes_over_is_told_once_a_place() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for role in ["manager", "billing"] {
            cast::give(conn, SAM, role, At::North);
        }
        Ok(())
    });
    let vera = holder("viewer", At::North);
    let olga = app.signed_in(OLGA);
    let path = format!(
        "/accounts/acme/users/{}/handover?to={}",
        user(SAM),
        user(&vera)
    );
    let page = olga.get(&path).await;
    let form = page.page().form("Hand over and deactivate");
    let boxes: Vec<String> = form
        .offered
        .iter()
        .filter(|choice| choice.name == "role")
        .map(|choice| choice.value.clone())
        .collect();
    assert_eq!(boxes.len(), 3, "two on North, one on Dock 9");
    let form = boxes
        .iter()
        .fold(form, |form, value| form.tick("role", value));
    let done = olga.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mails = app.deliver().await;
    let mut theirs: Vec<String> = mails
        .iter()
        .filter(|mail| mail.to == [vera.as_str()])
        .map(Message::subject)
        .collect();
    theirs.sort();
    assert_eq!(
        theirs,
        ["You can now work on Dock 9", "Your roles in North changed"]
    );
}

#[actix_web::test]
async fn rule_24_nobody_is_told_who_wants_no_notice_or_has_not_come_in_or_did_it_themselves() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    // Invited: their welcome says it.
    on_north(&ravi, "dana@acme.example", ("", &[("role", "viewer")])).await;
    // Their own act.
    let mia = holder("manager", At::North);
    let account = cast::account("acme").to_string();
    let grant = cast::grant_id(&mia, "manager", cast::organization("north").uuid()).to_string();
    let fields = [("account", account.as_str()), ("grant", grant.as_str())];
    post(&app.signed_in(&mia), "/me/roles", &fields).await;
    // Turned off by the person, and then by the account.
    app.sql(|conn| {
        let row = (
            notices_off::account_id.eq(cast::account("acme")),
            notices_off::user_id.eq(user(LEE)),
            notices_off::kind.eq("roles_changed"),
            notices_off::since.eq(app.now()),
        );
        diesel::insert_into(notices_off::table)
            .values(row)
            .execute(conn)
    });
    on_north(&ravi, LEE, ("viewer", &[("role", "billing")])).await;
    app.sql(|conn| {
        diesel::delete(notices_off::table).execute(conn)?;
        diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
            .set(accounts::notifications.eq(false))
            .execute(conn)
    });
    on_north(&ravi, LEE, ("billing", &[("role", "viewer")])).await;
    let subjects: Vec<String> = app.deliver().await.iter().map(Message::subject).collect();
    assert!(subjects.is_empty(), "{subjects:?}");
    let held: i64 = app.sql(|conn| {
        let lees = grants::table.filter(grants::user_id.eq(user(LEE)));
        lees.filter(grants::role.eq("viewer"))
            .count()
            .get_result(conn)
    });
    assert!(held > 0, "it was changed all the same");
}

#[actix_web::test]
async fn the_review_says_who_is_told_by_mail() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let path = format!("{NORTH}/members/{}", user(LEE));
    for (on, says) in [
        (true, "Told by mail: Lee"),
        (
            false,
            "Nobody is told by mail: email notifications of the account are off.",
        ),
    ] {
        app.sql(|conn| {
            diesel::update(accounts::table.filter(accounts::slug.eq("acme")))
                .set(accounts::notifications.eq(on))
                .execute(conn)
        });
        let review = ravi
            .post(&path, &[("seen", "viewer"), ("role", "billing")])
            .await;
        assert!(review.words().contains(says), "{}", review.words());
    }
}

#[actix_web::test]
async fn what_is_taken_back_before_its_mail_has_left_is_told_to_nobody_and_else_it_is_told_too() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let vera = holder("viewer", At::Dock4);
    for left in [false, true] {
        // On an organization.
        let flash = on_north(&ravi, LEE, ("viewer", &[("role", "billing")])).await;
        if left {
            app.deliver_one().await;
        }
        undo(&ravi, &flash).await;
        if left {
            let mail = app.deliver_one().await;
            tells(&mail, LEE, "North", ("Billing", "Viewer", "Ravi Users"));
        }
        // In the grid.
        let page = ravi.get(&format!("{DOCK}/users")).await;
        let form = page.page().form("Save changes");
        let tick = format!("{}.billing", user(&vera));
        let review = ravi.submit(&page, &form.tick("role", &tick)).await;
        let done = ravi.submit(&review, &review.page().form("Submit")).await;
        let flash = ravi.follow(done).await;
        if left {
            app.deliver_one().await;
        }
        let asked = ravi.get(&flash.page().link("Undo")).await;
        let says = if left {
            "Told by mail: Vera"
        } else {
            "Nobody is told by mail."
        };
        assert!(asked.words().contains(says), "{}", asked.words());
        let done = ravi.submit(&asked, &asked.page().form("Submit")).await;
        assert_eq!(done.status, 303, "{}", done.words());
        if left {
            let mail = app.deliver_one().await;
            tells(
                &mail,
                &vera,
                "Dock 4",
                ("Viewer, Billing", "Viewer", "Ravi Users"),
            );
        }
        assert!(app.deliver().await.is_empty(), "left: {left}");
    }
}
