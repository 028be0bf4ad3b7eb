//! Adding people word by word (ux 6.10, 6.11): both pages in one, a personal note, several at once, roles copied from a
//! colleague.

use diesel::prelude::*;
use tenantry::db::schema::{grants, memberships, organizations, outbox, projects, users};
use tenantry::members::Status;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, holder, user};
use crate::support::record::how_many;
use crate::support::visitor::{Answer, Visitor};

const NEW: &str = "/accounts/acme/user-management/new";
const ADD_TO_DOCK_4: &str = "/accounts/acme/organizations/north/projects/dock-4/users/add";

fn rows(app: &TestApp) -> (i64, i64, i64, i64) {
    app.sql(|conn| {
        Ok((
            users::table.count().get_result(conn)?,
            memberships::table.count().get_result(conn)?,
            grants::table.count().get_result(conn)?,
            outbox::table.count().get_result(conn)?,
        ))
    })
}

#[actix_web::test]
async fn several_are_added_to_a_reservation_at_once_and_whoever_was_shut_out_is_named() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(ADD_TO_DOCK_4).await;
    let page = ravi.get(&page.page().link("Choose several users")).await;
    assert_eq!(page.page().link("Choose one user"), ADD_TO_DOCK_4);
    let (sam, mona) = ("sam@acme.example", holder("manager", At::Account));
    let mut form = page.page().form("Add Users").tick("role", "operations");
    let none = ravi.submit(&page, &form).await;
    assert_eq!(none.status, 422);
    assert!(none.words().contains("Choose a user"), "{}", none.words());
    for email in [sam, &mona, "lee@globex.example"] {
        form = form.tick("user", &user(email).to_string());
    }
    app.sql(|conn| {
        let lee = memberships::table
            .filter(memberships::user_id.eq(user("lee@globex.example")))
            .filter(memberships::account_id.eq(cast::account("acme")));
        diesel::update(lee)
            .set(memberships::status.eq(Status::Deactivated.as_str()))
            .execute(conn)
    });
    // Several at once are looked at before they are added.
    let check = ravi.submit(&none, &form).await;
    assert_eq!(check.status, 200, "{}", check.words());
    let words = check.words();
    assert!(words.contains("gets Operations on Dock 4."), "{words}");
    assert!(words.contains("is inactive and gets nothing."), "{words}");
    assert_eq!(how_many(&app, "role.granted"), 0);
    let add = check.page().form("Add 3 Users");
    let done = ravi.submit(&check, &add).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let said = ravi.follow(done).await.words();
    assert!(said.contains("added to Dock 4."), "{said}");
    assert!(said.contains("is inactive now and got no role."), "{said}");
    assert_eq!(how_many(&app, "role.granted"), 2);
    let mut told: Vec<String> = app
        .deliver()
        .await
        .into_iter()
        .flat_map(|mail| mail.to)
        .collect();
    told.sort_unstable();
    assert_eq!(told, [mona.clone(), sam.to_owned()]);
    // The same once more: they hold it.
    let again = ravi.submit(&check, &add).await;
    let said = ravi.follow(again).await.words();
    assert!(
        said.contains("held these roles on Dock 4 already."),
        "{said}"
    );
    assert_eq!(how_many(&app, "role.granted"), 2);
    // One whom one does not see, and nobody gets anything.
    let gil = user("gil@globex.example").to_string();
    let zoe = user(&holder("viewer", At::Account)).to_string();
    let fields = [("user", gil.as_str()), ("user", &zoe), ("role", "viewer")];
    assert_eq!(ravi.post(ADD_TO_DOCK_4, &fields).await.status, 404);
    let many: Vec<String> = (0..51).map(|n| user(&n.to_string()).to_string()).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|id| ("user", id.as_str())).collect();
    let many = ravi.post(ADD_TO_DOCK_4, &many).await;
    assert_eq!(many.status, 422, "{}", many.words());
    assert_eq!(how_many(&app, "role.granted"), 2);
}

#[actix_web::test]
async fn roles_are_copied_from_somebody_on_the_reservation_as_far_as_one_may_give_them() {
    let app = TestApp::start().await;
    let otto = holder("operations", At::Dock4);
    app.sql(|conn| {
        cast::give(conn, &otto, "billing", At::Dock4);
        cast::give(conn, &otto, "user_management", At::Dock4);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&format!("{ADD_TO_DOCK_4}?several=1")).await;
    let form = page.page().form("Copy roles");
    let form = form.tick("copy", &user(&otto).to_string());
    let page = ravi.submit(&page, &form).await;
    let ticked = page.page().form("Add Users").fields;
    let roles: Vec<&str> = ticked
        .iter()
        .filter(|(name, _)| name == "role")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(roles, ["billing", "operations"]);
    // Who has none here has none to copy, whoever it is.
    for other in [user("gil@globex.example").to_string(), "nobody".into()] {
        let page = ravi.get(&format!("{ADD_TO_DOCK_4}?copy={other}")).await;
        assert_eq!(page.status, 200);
        let form = page.page().form("Add User");
        assert!(!form.fields.iter().any(|(name, _)| name == "role"));
    }
}

#[actix_web::test]
async fn rule_7_both_pages_can_be_one_for_whoever_adds_many() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let first = ravi
        .get(&format!("{NEW}?project={}", cast::project("dock-4")))
        .await;
    assert_eq!(
        first.page().link("Add several"),
        "/accounts/acme/user-management/import"
    );
    let page = ravi.get(&first.page().link("Single-page mode")).await;
    assert_eq!(page.page().h1(), "Add New User");
    let form = page.page().form("Submit");
    let before = rows(&app);
    let wrong = ravi
        .submit(&page, &form.clone().fill("first_name", "Nora"))
        .await;
    assert_eq!(wrong.status, 422);
    let messages = wrong.page().error_summary();
    let fields: Vec<&str> = messages.iter().map(|(_, to)| to.as_str()).collect();
    assert_eq!(fields, ["last_name", "email", "role"], "{messages:?}");
    assert_eq!(wrong.page().h1(), "Add New User");
    let form = wrong.page().form("Submit").tick("role", "viewer");
    let form = form
        .fill("last_name", "New")
        .fill("email", "nora@new.example");
    assert_eq!(rows(&app), before);
    let done = ravi.submit(&wrong, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let shown = ravi.follow(done).await;
    assert!(
        shown.words().contains("Nora New added to Dock 4."),
        "{}",
        shown.words()
    );
    assert_eq!(
        shown.page().link("Add another user"),
        format!("{NEW}?page=single")
    );
    // Who is here already is told as on two pages.
    let sam = ravi.get(&format!("{NEW}?page=single")).await;
    let form = sam.page().form("Submit").tick("role", "viewer");
    let form = form
        .tick("place", &cast::project("dock-4").to_string())
        .fill("first_name", "Sam")
        .fill("last_name", "South")
        .fill("email", "sam@acme.example");
    let here = ravi.submit(&sam, &form).await;
    assert_eq!(here.status, 422);
    assert!(
        here.words().contains("is already a user of Acme."),
        "{}",
        here.words()
    );
}

#[actix_web::test]
async fn a_personal_note_stands_in_the_first_mail_as_the_inviters_and_without_addresses() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let first = ravi.get(NEW).await;
    let form = first.page().form("Add User");
    let form = form.fill("first_name", "Nora").fill("last_name", "New");
    let form = form.fill("email", "nora@new.example");
    let long = ravi
        .submit(&first, &form.clone().fill("note", &"x".repeat(301)))
        .await;
    assert_eq!(long.status, 422);
    assert_eq!(long.page().error_summary()[0].1, "note");
    let note = "See you on <b>Monday</b>, read https://evil.example/x before";
    let second = ravi.submit(&first, &form.fill("note", note)).await;
    // It survives a look back.
    let mut change = second.page().form("Change name or email address");
    change.action = NEW.into();
    let first = ravi.submit(&second, &change).await;
    let second = ravi.submit(&first, &first.page().form("Add User")).await;
    let form = second.page().form("Submit").tick("role", "viewer");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let done = ravi.submit(&second, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mail = app.deliver_one().await;
    let text = mail.text();
    let says = "Ravi Users writes: “See you on <b>Monday</b>, read (address left out) before”";
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(says), "{text}");
    // Sent again it is about the link alone.
    let nora = done.location().unwrap();
    ravi.post(&format!("{nora}/resend"), &[]).await;
    let mail = app.deliver_one().await;
    assert!(!mail.text().contains("writes:"), "{}", mail.text());
}

#[actix_web::test]
async fn one_person_gets_everyday_roles_at_once_and_roles_that_let_do_much_are_looked_at_before() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let sam = user("sam@acme.example").to_string();
    let sam = [("user", sam.as_str()), ("ends_on", "2099-01-01")];
    for (place, button) in [
        (ADD_TO_DOCK_4, "Add User"),
        (
            "/accounts/acme/organizations/south/members/add",
            "Add member",
        ),
    ] {
        let with = |role| [&sam[..1], &[("role", role)]].concat();
        let once = olga.post(place, &with("viewer")).await;
        assert_eq!(once.status, 303, "{}", once.words());
        let before = how_many(&app, "role.granted");
        let check = olga.post(place, &with("user_management")).await;
        assert_eq!(check.status, 200, "{}", check.words());
        let words = check.words();
        assert!(
            words.contains("User Management lets its holder do much."),
            "{words}"
        );
        assert!(words.contains("gets User Management on"), "{words}");
        assert_eq!(how_many(&app, "role.granted"), before);
        // Back to the form with what was chosen, and on from there.
        let mut change = check.page().form("Change people or roles");
        change.fields.push(("change".into(), "yes".into()));
        let form = olga.submit(&check, &change).await;
        assert_eq!(form.status, 200, "{}", form.words());
        let chosen = form.page().form(button);
        let chosen = chosen
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        assert!(
            chosen
                .clone()
                .any(|field| field == ("role", "user_management"))
        );
        let mut done = check.page().form(button);
        done.fields.push(("seen".into(), "yes".into()));
        let done = olga.submit(&check, &done).await;
        assert_eq!(done.status, 303, "{}", done.words());
        assert_eq!(how_many(&app, "role.granted"), before + 1);
    }
    // The page asks what the act asks.
    let ravi = app.signed_in("ravi@acme.example");
    let refused = ravi
        .post(ADD_TO_DOCK_4, &[sam[0], ("role", "auditor")])
        .await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    let nobody = user("gil@globex.example").to_string();
    let nobody = olga
        .post(ADD_TO_DOCK_4, &[("user", &nobody), ("role", "auditor")])
        .await;
    assert_eq!(nobody.status, 404);
}

#[actix_web::test]
async fn rule_7_a_new_user_gets_roles_on_several_reservations_by_one_form() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let single = format!("{NEW}?page=single&project={}", cast::project("dock-4"));
    let page = ravi.get(&single).await;
    let form = page.page().form("Submit").fill("first_name", "Nora");
    let form = form
        .fill("email", "nora@new.example")
        .tick("role", "viewer");
    let mut another = form.clone();
    another.fields.push(("another".into(), "yes".into()));
    let before = rows(&app);
    let more = ravi.submit(&page, &another).await;
    assert_eq!(more.status, 200, "{}", more.words());
    assert!(more.words().contains("Reservation 2"), "{}", more.words());
    // One goes on there, and not at the top.
    assert_eq!(
        more.page().attribute("[autofocus]", "name").as_deref(),
        Some("place2")
    );
    assert!(!page.page().has("[autofocus]"));
    let form = more.page().form("Submit");
    let has = |form: &crate::support::html::Form, name: &str, value: &str| {
        let is = |(n, v): &(String, String)| n == name && v == value;
        form.fields.iter().any(is)
    };
    assert!(has(&form, "first_name", "Nora") && has(&form, "role", "viewer"));
    // What is lacking in the second one stands beside it, and the same place twice is no second one.
    let form = form.fill("last_name", "New").tick("role2", "billing");
    let wrong = ravi.submit(&more, &form).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.page().error_summary()[0].1, "place2");
    let dock_4 = cast::project("dock-4").to_string();
    let wrong = ravi
        .submit(&more, &form.clone().tick("place2", &dock_4))
        .await;
    assert!(
        wrong.words().contains("chosen above already"),
        "{}",
        wrong.words()
    );
    // One less is as it was.
    let mut less = form.clone();
    less.fields.push(("without".into(), "yes".into()));
    let less = ravi.submit(&more, &less).await;
    let kept = less.page().form("Submit");
    assert!(has(&kept, "role", "viewer") && !has(&kept, "role2", "billing"));
    assert_eq!(rows(&app), before);
    let south = cast::organization("south").to_string();
    let done = ravi.submit(&more, &form.tick("place2", &south)).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let words = ravi.follow(done).await.words();
    assert!(
        words.contains("Nora New added to Dock 4, South."),
        "{words}"
    );
    assert_eq!(how_many(&app, "role.granted"), 2);
    let mail = app.deliver_one().await;
    let text = mail.text();
    assert!(text.contains("And in South: Billing"), "{text}");
}

#[actix_web::test]
async fn a_further_reservation_that_was_left_alone_counts_for_nothing_and_there_are_five_at_most() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let single = format!("{NEW}?page=single&project={}", cast::project("dock-4"));
    let mut page = ravi.get(&single).await;
    for _ in 0..6 {
        let mut form = page.page().form("Submit");
        form.fields.push(("another".into(), "yes".into()));
        page = ravi.submit(&page, &form).await;
        assert_eq!(page.status, 200);
    }
    assert!(page.words().contains("Reservation 5"));
    assert!(!page.words().contains("Reservation 6"));
    assert!(!page.words().contains("Add another reservation"));
    let form = page.page().form("Submit").tick("role", "viewer");
    let form = form.fill("first_name", "Nora").fill("last_name", "New");
    let done = ravi
        .submit(&page, &form.fill("email", "nora@new.example"))
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(how_many(&app, "role.granted"), 1);
}

/// The page that asks for roles.
async fn second(visitor: &Visitor<'_>) -> Answer {
    let person = [
        ("first_name", "Nora"),
        ("last_name", "New"),
        ("email", "nora@acme.example"),
    ];
    visitor.post(NEW, &person).await
}

#[actix_web::test]
async fn where_there_is_no_reservation_yet_the_page_leads_to_one_or_says_whom_to_ask() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let some = second(&ravi).await.words();
    assert!(!some.contains("reservations yet"), "{some}");
    app.sql(|conn| {
        diesel::update(projects::table)
            .set(projects::status.eq("archived"))
            .execute(conn)
    });
    // Who manages users and no projects is told who does.
    let words = second(&ravi).await.words();
    let said = "Acme has no reservations yet. Give a role on an organization instead. To create one, ask: ";
    assert!(words.contains(said), "{words}");
    assert!(words.contains("Olga Owner"), "{words}");
    // Several organizations: to their list; one: to the very form.
    let olga = app.signed_in("olga@acme.example");
    let page = second(&olga).await;
    let href = page.page().link("create one in an organization");
    assert_eq!(olga.get(&href).await.status, 200, "{href}");
    let north = app.signed_in(&holder("admin", At::North));
    let page = second(&north).await;
    let said = "There are no reservations yet in the places where you manage users.";
    assert!(page.words().contains(said), "{}", page.words());
    assert!(
        page.words()
            .contains("what you typed here is not kept then.")
    );
    let form = north.get(&page.page().link("create one in North")).await;
    assert_eq!(form.status, 200);
    form.page().form("Create reservation");
    // And where there is no organization either, one of those comes first.
    app.sql(|conn| {
        diesel::update(organizations::table)
            .set(organizations::status.eq("archived"))
            .execute(conn)
    });
    let page = second(&olga).await;
    let form = olga
        .get(&page.page().link("create an organization first"))
        .await;
    assert_eq!(form.status, 200);
    assert_eq!(
        how_many(&app, "user.invited"),
        0,
        "nothing is stored before Submit"
    );
}

#[actix_web::test]
async fn admin_is_asked_for_on_the_page_that_follows_submit() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let page = second(&ravi).await;
    let words = page.words();
    let says = "Needs approval: request it after adding, with Request Admin role on their page.";
    assert!(words.contains(says), "{words}");
    let form = page.page().form("Submit");
    let form = form
        .tick("place", &cast::project("dock-4").to_string())
        .tick("role", "viewer");
    let done = ravi.submit(&page, &form).await;
    let person = ravi.follow(done).await;
    let ask = ravi.get(&person.page().link("Request Admin role")).await;
    let form = ask.page().form("Continue");
    let nora = ("person".to_owned(), "nora@acme.example".to_owned());
    assert!(form.fields.contains(&nora), "{:?}", form.fields);
}

#[actix_web::test]
async fn the_button_says_how_many_are_added() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&format!("{ADD_TO_DOCK_4}?several=1")).await;
    let mut form = page.page().form("Add Users");
    let people = [
        "sam@acme.example".to_owned(),
        holder("manager", At::Account),
    ];
    for (email, button) in people.iter().zip(["Add User", "Add 2 Users"]) {
        form = form.tick("user", &user(email).to_string());
        let again = ravi.submit(&page, &form).await;
        assert_eq!(again.status, 422, "no role is ticked");
        again.page().form(button);
    }
}

#[actix_web::test]
async fn of_fifty_who_add_the_same_login_at_once_one_does_and_nobody_sees_a_failure() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let mut forms = Vec::new();
    for _ in 0..50 {
        let first = ravi.get(NEW).await;
        let form = first.page().form("Add User");
        let form = form.fill("first_name", "Gil").fill("last_name", "Guest");
        let form = form.fill("email", "gil@globex.example");
        let second = ravi.submit(&first, &form).await;
        let form = second.page().form("Submit").tick("role", "viewer");
        let form = form.tick("place", &cast::project("dock-4").to_string());
        forms.push((second, form));
    }
    let tries = forms.iter().map(|(page, form)| ravi.submit(page, form));
    let answers = futures_util::future::join_all(tries).await;
    let mut told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    told.sort_unstable();
    told.dedup();
    assert!(
        told.iter()
            .all(|status| [303, 409, 422, 503].contains(status)),
        "{told:?}"
    );
    let here: i64 = app.sql(|conn| {
        memberships::table
            .filter(memberships::user_id.eq(user("gil@globex.example")))
            .filter(memberships::account_id.eq(cast::account("acme")))
            .count()
            .get_result(conn)
    });
    assert_eq!((here, how_many(&app, "user.invited")), (1, 1));
}

#[actix_web::test]
async fn roles_are_copied_from_another_reservation_whose_people_one_sees_and_from_no_other() {
    let app = TestApp::start().await;
    let bill = holder("billing", At::North);
    app.sql(|conn| {
        cast::give(conn, &bill, "billing", At::Dock9);
        cast::give(conn, &bill, "reporting", At::Dock9);
        cast::give(conn, &bill, "user_management", At::Dock9);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(ADD_TO_DOCK_4).await;
    let sam = user("sam@acme.example").to_string();
    let dock_9 = cast::project("dock-9").to_string();
    let form = page.page().form("Show who works there").tick("user", &sam);
    let form = form.fill("ends_on", "2026-05-01").tick("from", &dock_9);
    let page = ravi.submit(&page, &form).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let words = page.words();
    assert!(
        words.contains("Copy roles from somebody on Dock 9"),
        "{words}"
    );
    let form = page.page().form("Copy roles");
    let form = form.tick("copy", &user(&bill).to_string());
    let page = ravi.submit(&page, &form).await;
    let form = page.page().form("Add User");
    let is = |name: &str, value: &str| {
        let field = (name.to_owned(), value.to_owned());
        form.fields.contains(&field)
    };
    // What Ravi cannot give stays unticked; who and until when stays chosen.
    assert!(is("role", "billing") && is("role", "reporting"), "{form:?}");
    assert!(!is("role", "user_management"), "{form:?}");
    assert!(is("user", &sam) && is("ends_on", "2026-05-01"), "{form:?}");
    let done = ravi.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    // Another account's, and one whose people are not to be seen, are not there.
    let bay = cast::project("bay-1").to_string();
    let gil = user("gil@globex.example").to_string();
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    assert!(!uma.get(ADD_TO_DOCK_4).await.page().has("#from"));
    let bill = user(&bill).to_string();
    for (visitor, from, copy) in [(&ravi, &bay, &gil), (&uma, &dock_9, &bill)] {
        for copy in ["", copy] {
            let path = format!("{ADD_TO_DOCK_4}?from={from}&copy={copy}");
            assert_eq!(visitor.get(&path).await.status, 404, "{path}");
            let fields = [("from", from.as_str()), ("copy", copy), ("copying", "yes")];
            let answer = visitor.post(ADD_TO_DOCK_4, &fields).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.words());
        }
    }
}
