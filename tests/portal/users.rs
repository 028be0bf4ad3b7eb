//! User Management: who is listed for whom, adding people, sending and withdrawing their links, ending locks.

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{grants, memberships, outbox, users};
use tenantry::db::types::UserId;
use tenantry::members::Status;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::record::how_many;
use crate::support::smtp::link_in;
use crate::support::statements;
use crate::support::visitor::{Answer, Visitor};

const PEOPLE: &str = "/accounts/acme/user-management";
const NEW: &str = "/accounts/acme/user-management/new";
const ADD_TO_DOCK_4: &str = "/accounts/acme/organizations/north/projects/dock-4/users/add";

fn page_of(email: &str) -> String {
    format!("/accounts/acme/users/{}", user(email))
}

/// Both pages of Add New User as far as the second one.
async fn second_page(visitor: &Visitor<'_>, email: &str) -> Answer {
    let first = visitor.get(NEW).await;
    let form = first.page().form("Add User");
    let form = form.fill("first_name", "Nora").fill("last_name", "New");
    let second = visitor.submit(&first, &form.fill("email", email)).await;
    assert_eq!(second.status, 200, "{}", second.words());
    second
}

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
async fn the_front_page_has_three_sections_and_marks_the_reader_and_admins() {
    let app = TestApp::start().await;
    let answer = app.signed_in("ravi@acme.example").get(PEOPLE).await;
    assert_eq!(answer.status, 200, "{}", answer.words());
    let page = answer.page();
    assert_eq!(page.h1(), "User Management");
    let heads = page.texts("h2");
    for head in ["Active Users", "Inactive Users", "Reservation Users"] {
        assert!(heads.iter().any(|h| h == head), "{head} in {heads:?}");
    }
    let words = page.words();
    for says in [
        "Anna admin at acme (admin)",
        "Dana Invited",
        "expires in 24 hours",
        "Ines Inactive",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    assert_eq!(page.repeated_ids(), Vec::<String>::new());
    page.link("Add New User");
    let second = app
        .signed_in("ravi@acme.example")
        .get(&page.link("Next"))
        .await;
    assert!(words.contains("Ravi Users (you)"), "{words}");
    assert!(
        second.words().contains("Vera viewer at north"),
        "{}",
        second.words()
    );
    assert!(
        !second.words().contains("Inactive Users Name"),
        "{}",
        second.words()
    );
}

#[actix_web::test]
async fn the_list_reads_as_many_statements_for_many_people_as_for_few() {
    statements::listen();
    let app = TestApp::start().await;
    let visitor = app.signed_in("ravi@acme.example");
    visitor.get(PEOPLE).await;
    let (_, few) = statements::during(&app, visitor.get(PEOPLE)).await;
    app.sql(|conn| {
        for n in 0..60 {
            let email = format!("extra{n}@acme.example");
            Person::of("acme", &email, "Abel", "Extra").insert(conn);
            cast::give(conn, &email, "viewer", At::Account);
            cast::give(conn, &email, "billing", At::Dock4);
        }
        Ok(())
    });
    let (first, many) = statements::during(&app, visitor.get(PEOPLE)).await;
    assert_eq!(few.len(), many.len(), "{many:#?}");
    assert!(many.len() <= 10, "{many:#?}");
    // A page behind it shows the people and nothing else.
    let next = first
        .page()
        .attribute("section[aria-labelledby=active] a[rel=next]", "href");
    let next = next.unwrap();
    let (second, sent) = statements::during(&app, visitor.get(&next)).await;
    assert_eq!(second.page().texts(".people > tbody > tr").len(), 25);
    assert!(sent.len() <= 6, "{sent:#?}");
}

#[actix_web::test]
async fn the_list_is_narrowed_by_view_and_by_how_names_and_addresses_begin() {
    let app = TestApp::start().await;
    let visitor = app.signed_in("ravi@acme.example");
    let names = |answer: &Answer| answer.page().texts("tbody th a");
    let found = visitor.get(&format!("{PEOPLE}?q=dan")).await;
    assert_eq!(names(&found).len(), 1, "{}", found.words());
    let invited = visitor.get(&format!("{PEOPLE}?status=invited")).await;
    assert_eq!(names(&invited).len(), 1, "{}", invited.words());
    let inactive = visitor.get(&format!("{PEOPLE}?status=inactive")).await;
    assert!(
        names(&inactive).concat().contains("Ines"),
        "{}",
        inactive.words()
    );
    let nobody = visitor.get(&format!("{PEOPLE}?q=nobody-at-all")).await;
    assert!(
        nobody.words().contains("No users match"),
        "{}",
        nobody.words()
    );
}

#[actix_web::test]
async fn whoever_manages_one_reservation_sees_its_people_and_its_roles_and_nobody_else() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "dana@acme.example", "billing", At::South);
        Ok(())
    });
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let list = uma.get(PEOPLE).await;
    assert!(list.words().contains("Dana Invited"), "{}", list.words());
    // What is missing to deactivate people is named (rule 11), and nothing else.
    let words = list.words().replace("Missing: Dock 9.", "");
    let words = words.replace("Request access to Dock 9", "");
    for hidden in ["Sam South", "Olga Owner", "at north", "at acme", "Dock 9"] {
        assert!(!words.contains(hidden), "{hidden} in {words}");
    }
    assert_eq!(uma.get(&page_of("sam@acme.example")).await.status, 404);
    assert_eq!(uma.get(&page_of("gil@globex.example")).await.status, 404);
    let dana = uma.get(&page_of("dana@acme.example")).await;
    assert!(dana.words().contains("Dock 4"), "{}", dana.words());
    assert!(!dana.words().contains("South"), "{}", dana.words());
    let roles = app
        .signed_in("ravi@acme.example")
        .get(&page_of("dana@acme.example"))
        .await;
    assert!(roles.words().contains("South"), "{}", roles.words());
}

#[actix_web::test]
async fn rule_7_adding_somebody_stores_nothing_before_submit_and_everything_with_it() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let before = rows(&app);
    let second = second_page(&ravi, "nora@new.example").await;
    assert_eq!(rows(&app), before, "nothing is stored yet");
    assert_eq!(second.page().h1(), "Choose roles for Nora New");
    let place = cast::project("dock-4").to_string();
    let form = second.page().form("Submit");
    let form = form
        .tick("place", &place)
        .tick("role", "viewer")
        .tick("role", "billing");
    let added = ravi.submit(&second, &form).await;
    assert_eq!(added.status, 303, "{}", added.words());
    let shown = ravi.follow(added.clone()).await;
    let words = shown.words();
    for says in [
        "Nora New added to Dock 4. Welcome mail queued to nora@new.example.",
        "Invited",
        "Parent Account Settled when they come in",
        "Given by Ravi Users on 2 Mar 2026",
        "Reservation in North",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    let link = shown.page().text("#welcome-link");
    assert!(link.contains("/welcome/"), "{words}");
    let after = rows(&app);
    assert_eq!(
        (
            after.0 - before.0,
            after.1 - before.1,
            after.2 - before.2,
            after.3 - before.3
        ),
        (1, 1, 2, 1)
    );
    let again = ravi.submit(&second, &form).await;
    assert_eq!((again.status, again.location()), (303, added.location()));
    assert_eq!(rows(&app), after, "sent twice, added once");
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, ["nora@new.example"]);
    let shown = ravi.get(&added.location().unwrap()).await;
    assert!(
        !shown.page().has("#welcome-link"),
        "gone once it is delivered"
    );
    let path = url::Url::parse(&link).unwrap().path().to_owned();
    let opened = app.visitor().open(&path).await;
    assert_eq!(opened.status, 200, "{}", opened.words());
}

#[actix_web::test]
async fn rule_7_what_was_typed_and_ticked_survives_mistakes_and_changes() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let wrong = ravi
        .post(NEW, &[("first_name", "Nora"), ("email", "nora")])
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.page().form("Add User").fields[0].1, "Nora");
    let fields: Vec<String> = wrong
        .page()
        .error_summary()
        .into_iter()
        .map(|(_, to)| to)
        .collect();
    assert_eq!(fields.len(), 2, "{}", wrong.words());

    let second = second_page(&ravi, "nora@new.example").await;
    let none = ravi.submit(&second, &second.page().form("Submit")).await;
    assert_eq!(none.status, 422);
    assert!(
        none.words().contains("Select at least one role"),
        "{}",
        none.words()
    );
    let place = cast::organization("north").to_string();
    let mut change = none.page().form("Change name or email address");
    change = change.tick("place", &place).tick("role", "viewer");
    change.action = NEW.into();
    let first = ravi.submit(&none, &change).await;
    assert_eq!(first.status, 200, "{}", first.words());
    let form = first.page().form("Add User");
    let second = ravi.submit(&first, &form.fill("last_name", "Newer")).await;
    assert_eq!(second.page().h1(), "Choose roles for Nora Newer");
    let fields = second.page().form("Submit").fields;
    for kept in [("place", place.as_str()), ("role", "viewer")] {
        assert!(
            fields.iter().any(|(n, v)| (n.as_str(), v.as_str()) == kept),
            "{fields:?}"
        );
    }
}

#[actix_web::test]
async fn rule_17_a_role_that_one_may_not_give_and_a_place_that_one_does_not_see_are_refused() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let second = second_page(&ravi, "nora@new.example").await;
    let before = rows(&app);
    let dock = cast::project("dock-4").to_string();
    for (role, gate) in [
        ("admin", "approval"),
        ("user_management", "role"),
        ("owner", "scope"),
        ("auditor", "role"),
    ] {
        let form = second
            .page()
            .form("Submit")
            .tick("place", &dock)
            .forge("role", role);
        let answer = ravi.submit(&second, &form).await;
        assert_eq!(answer.status, 403, "{role}: {}", answer.words());
        let says = format!("The gate that refused: {gate}.");
        assert!(answer.words().contains(&says), "{role}: {}", answer.words());
    }
    let foreign = cast::project("bay-1").to_string();
    let form = second.page().form("Submit").tick("role", "viewer");
    let form = form.untick("place", "").forge("place", &foreign);
    assert_eq!(ravi.submit(&second, &form).await.status, 404);
    assert_eq!(rows(&app), before);

    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let second = second_page(&uma, "nora@new.example").await;
    let offered = second.page().form("Submit").offered;
    let places: Vec<_> = offered
        .iter()
        .filter(|c| c.name == "place" && !c.value.is_empty())
        .collect();
    assert_eq!(places.len(), 1, "{places:?}");
    let form = second
        .page()
        .form("Submit")
        .tick("role", "viewer")
        .untick("place", "");
    let form = form.forge("place", &cast::project("dock-9").to_string());
    assert_eq!(uma.submit(&second, &form).await.status, 404);
}

#[actix_web::test]
async fn who_is_here_already_is_not_added_again() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let of = |email: &str, end: &str| format!("{}{end}", page_of(email));
    for (email, says, ways) in [
        (
            "sam@acme.example",
            "Sam South is already a user of Acme. Change roles",
            vec![("Change roles", of("sam@acme.example", "#roles"))],
        ),
        (
            "DANA@acme.example",
            "Dana Invited was invited on 2 Dec 2025 by Ravi Users; expires in 24 hours. Resend or change roles",
            vec![
                ("Resend", of("dana@acme.example", "/resend")),
                ("change roles", of("dana@acme.example", "#roles")),
            ],
        ),
        // An Admin: not for him to let in again.
        (
            "ines@acme.example",
            "Ines Inactive is inactive since 2 Dec 2025. See their page",
            vec![("See their page", of("ines@acme.example", ""))],
        ),
    ] {
        let typed = [("first_name", "A"), ("last_name", "B"), ("email", email)];
        let answer = ravi.post(NEW, &typed).await;
        assert_eq!(answer.status, 422, "{}", answer.words());
        assert!(answer.words().contains(says), "{email}: {}", answer.words());
        let page = answer.page();
        assert!(
            page.title().starts_with("Error: Add New User"),
            "{}",
            page.title()
        );
        assert!(
            page.text(".note[role=alert][data-focus]").starts_with(says),
            "{email}"
        );
        assert!(page.has("#email[aria-invalid=true]"), "{email}");
        for (words, href) in ways {
            assert_eq!(answer.page().link(words), href, "{email}");
            let page = ravi.get(href.split('#').next().unwrap()).await;
            assert_eq!(page.status, 200, "{href}");
        }
    }
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let olga = app.signed_in("olga@acme.example");
    let ines = [
        ("first_name", "A"),
        ("last_name", "B"),
        ("email", "ines@acme.example"),
    ];
    let back = olga.post(NEW, &ines).await.page().link("Reactivate");
    assert_eq!(back, of("ines@acme.example", "/reactivate"));
    assert_eq!(olga.get(&back).await.status, 200);
    let typed = [
        ("first_name", "A"),
        ("last_name", "B"),
        ("email", "sam@acme.example"),
    ];
    let answer = uma.post(NEW, &typed).await;
    assert_eq!(answer.status, 422, "{}", answer.words());
    assert!(!answer.words().contains("Sam South"), "{}", answer.words());
}

#[actix_web::test]
async fn s16_a_home_that_keeps_its_people_is_told_to_them_alone() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::update(tenantry::db::schema::accounts::table)
            .set(tenantry::db::schema::accounts::exclusive.eq(true))
            .execute(conn)
    });
    let ravi = app.signed_in("ravi@acme.example");
    let second = second_page(&ravi, "gil@globex.example").await;
    let form = second.page().form("Submit").tick("role", "viewer");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let shown = ravi.submit(&second, &form).await;
    let shown = ravi.follow(shown).await;
    assert!(shown.words().contains("Works until"), "{}", shown.words());
    let words = shown.words();
    assert!(
        words.contains("Parent Account Settled when they come in"),
        "{words}"
    );
    let link = shown.page().text("#welcome-link");
    let path = url::Url::parse(&link).unwrap().path().to_owned();
    let opened = app.visitor().open(&path).await;
    assert_ne!(opened.status, 200, "{}", opened.words());
    let mail = app.deliver_one().await;
    assert!(!mail.text().contains("/welcome/"), "{}", mail.text());
}

#[actix_web::test]
async fn a_link_sent_again_ends_the_earlier_one() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let resend = format!("{}/resend", page_of("dana@acme.example"));
    let sent = ravi.post(&resend, &[]).await;
    let shown = ravi.follow(sent).await;
    let flash = shown.page().text("[role=status]");
    let says = "New link sent to dana@acme.example; works until 4 Mar 2026";
    assert!(
        flash.contains(says) && flash.ends_with("; sent 2 times so far"),
        "{flash}"
    );
    let old = format!("/welcome/{}", cast::DANA_TOKEN);
    let opened = app.visitor().open(&old).await;
    assert_ne!(opened.status, 200, "{}", opened.words());
    assert_eq!(app.deliver_one().await.to, ["dana@acme.example"]);
    assert_eq!(how_many(&app, "user.invite_resent"), 1);
}

#[actix_web::test]
async fn an_old_invitation_is_confirmed_role_by_role_before_it_is_sent_again() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "dana@acme.example", "user_management", At::North);
        Ok(())
    });
    app.advance(Duration::hours(25));
    let ravi = app.signed_in("ravi@acme.example");
    let resend = format!("{}/resend", page_of("dana@acme.example"));
    let asked = ravi.post(&resend, &[]).await;
    assert_eq!(asked.location().as_deref(), Some(resend.as_str()));
    assert_eq!(rows(&app).3, 0, "nothing is sent yet");
    let page = ravi.follow(asked).await;
    assert!(page.words().contains("Roles that wait"), "{}", page.words());
    let form = page.page().form("Confirm and send");
    let stale = form.clone().untick(
        "seen",
        &cast::grant_id(
            "dana@acme.example",
            "viewer",
            cast::project("dock-4").uuid(),
        )
        .to_string(),
    );
    assert_eq!(ravi.submit(&page, &stale).await.status, 409);
    let sent = ravi.submit(&page, &form).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let left: Vec<String> = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user("dana@acme.example")))
            .select(grants::role)
            .load(conn)
    });
    assert_eq!(left, ["viewer"]);
    assert_eq!(how_many(&app, "role.revoked"), 1);
    // What he may not take away waits for somebody who may give it (rule 17).
    let olga = app.signed_in("olga@acme.example");
    let page = olga.get(&page_of("dana@acme.example")).await;
    assert!(page.words().contains("User Management"), "{}", page.words());
}

#[actix_web::test]
async fn rule_17_sending_a_fresh_invitation_again_ends_no_role_and_confirms_none() {
    let app = TestApp::start().await;
    let held = |app: &TestApp| -> Vec<(String, Option<UserId>)> {
        app.sql(|conn| {
            grants::table
                .filter(grants::user_id.eq(user("dana@acme.example")))
                .order(grants::role)
                .select((grants::role, grants::given_by))
                .load(conn)
        })
    };
    app.sql(|conn| {
        for role in ["admin", "owner", "user_management"] {
            cast::give(conn, "dana@acme.example", role, At::Account);
        }
        Ok(())
    });
    let before = held(&app);
    let ravi = app.signed_in("ravi@acme.example");
    let resend = format!("{}/resend", page_of("dana@acme.example"));
    let page = ravi.get(&resend).await;
    let form = page.page().form("Confirm and send");
    let sent = ravi.submit(&page, &form).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    assert_eq!(held(&app), before);
}

#[actix_web::test]
async fn rule_18_an_admin_who_was_approved_stays_one_when_an_owner_sends_the_old_invitation_again()
{
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "dana@acme.example", "admin", At::North);
        Ok(())
    });
    app.advance(Duration::hours(49));
    let olga = app.signed_in("olga@acme.example");
    let page = olga
        .get(&format!("{}/resend", page_of("dana@acme.example")))
        .await;
    let form = page.page().form("Confirm and send");
    assert_eq!(olga.submit(&page, &form).await.status, 303);
    let givers: Vec<Option<UserId>> = app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user("dana@acme.example")))
            .filter(grants::role.eq("admin"))
            .select(grants::given_by)
            .load(conn)
    });
    // Whoever confirms stands behind the role from now on (S14).
    assert_eq!(givers, [Some(user("olga@acme.example"))]);
}

/// Whether the link that a page shows opens.
async fn opens(app: &TestApp, link: &str) -> bool {
    let path = url::Url::parse(link).unwrap().path().to_owned();
    app.visitor().open(&path).await.status == 200
}

#[actix_web::test]
async fn s18_a_copied_link_works_and_is_a_new_one_when_the_mail_is_out() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let person = page_of("dana@acme.example");
    let copy = format!("{person}/link");
    ravi.post(&format!("{person}/resend"), &[]).await;
    let first = ravi.post(&copy, &[]).await;
    assert_eq!(first.status, 200, "{}", first.words());
    let second = ravi.post(&copy, &[]).await;
    let link = first.page().text("#welcome-link");
    assert_eq!(
        link,
        second.page().text("#welcome-link"),
        "the one on its way"
    );
    app.deliver_one().await;
    let third = ravi.copy_link(&ravi.get(&person).await).await;
    assert_ne!(link, third.page().text("#welcome-link"));
    assert!(!opens(&app, &link).await);
    assert_eq!(how_many(&app, "link.copied"), 3);
    let viewer = app.signed_in(&holder("viewer", At::Account));
    assert_eq!(viewer.post(&copy, &[]).await.status, 403);
}

#[actix_web::test]
async fn s18_a_link_that_works_ends_by_copying_only_once_that_is_agreed_to() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let person = page_of("dana@acme.example");
    let copy = format!("{person}/link");
    ravi.post(&format!("{person}/resend"), &[]).await;
    let mailed = link_in(&app.deliver_one().await);
    assert!(ravi.get(&person).await.words().contains("sent 2 times"));
    let asked = ravi.post(&copy, &[]).await;
    assert_eq!(asked.location().as_deref(), Some(copy.as_str()));
    let asked = ravi.follow(asked).await;
    let words = asked.words();
    let says = "The link mailed to dana@acme.example on 2 Mar 2026, 09:00 UTC stops working.";
    assert!(words.contains(says), "{words}");
    assert!(words.contains("not mailed"), "{words}");
    // To look ends nothing, nor does another link that was agreed to.
    let other = cast::dana_link().to_string();
    let other = ravi.post(&copy, &[("ends", &other)]).await;
    assert_eq!(other.status, 303, "{}", other.words());
    assert!(opens(&app, &mailed).await);
    assert_eq!(how_many(&app, "link.copied"), 0);
    let form = asked.page().form("Show a new link");
    let shown = ravi.submit(&asked, &form).await;
    let words = shown.words();
    assert!(words.contains("Earlier links stopped working."), "{words}");
    let copied = shown.page().text("#welcome-link");
    assert!(!opens(&app, &mailed).await && opens(&app, &copied).await);
    // It is not mailed, and does not count as sent.
    assert!(app.deliver().await.is_empty());
    assert!(words.contains("sent 2 times"), "{words}");
    assert!(words.contains("Not mailed"), "{words}");
    // To press the button once more shows the same.
    let again = ravi.submit(&asked, &form).await;
    assert_eq!(again.page().text("#welcome-link"), copied);
    let again = ravi.post(&copy, &[]).await;
    assert_eq!(again.page().text("#welcome-link"), copied);
    // Whoever else manages her is asked, too.
    let olga = app.signed_in("olga@acme.example");
    let asked = olga.copy_link(&olga.get(&person).await).await;
    assert_ne!(asked.page().text("#welcome-link"), copied);
    assert!(!opens(&app, &copied).await);
}

#[actix_web::test]
async fn a_withdrawn_invitation_leaves_no_right_and_no_working_link() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let cancel = format!("{}/cancel", page_of("dana@acme.example"));
    let done = ravi.post(&cancel, &[]).await;
    let list = ravi.follow(done).await;
    assert!(
        list.words()
            .contains("The invitation of Dana Invited was withdrawn."),
        "{}",
        list.words()
    );
    let opened = app
        .visitor()
        .open(&format!("/welcome/{}", cast::DANA_TOKEN))
        .await;
    assert_ne!(opened.status, 200, "{}", opened.words());
    assert_eq!(ravi.get(&page_of("dana@acme.example")).await.status, 404);
    assert_eq!(how_many(&app, "user.invite_revoked"), 1);
    assert_eq!(ravi.post(&cancel, &[]).await.status, 404);
    let back = second_page(&ravi, "dana@acme.example").await;
    assert_eq!(back.status, 200, "and can be added again");
}

#[actix_web::test]
async fn an_invitation_with_a_role_that_one_cannot_take_is_not_withdrawn() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, "dana@acme.example", "viewer", At::Dock9);
        Ok(())
    });
    let before = rows(&app);
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let cancel = format!("{}/cancel", page_of("dana@acme.example"));
    assert_eq!(uma.post(&cancel, &[]).await.status, 403);
    assert_eq!(rows(&app), before);
}

#[actix_web::test]
async fn rule_12_a_manager_ends_a_lock_of_their_own_people_only() {
    let app = TestApp::start().await;
    let until = app.now().plus(Duration::minutes(15));
    app.sql(|conn| {
        diesel::update(users::table)
            .set(users::locked_until.eq(Some(until)))
            .execute(conn)
    });
    let ravi = app.signed_in("ravi@acme.example");
    let locked = ravi.get(&format!("{PEOPLE}?status=locked")).await;
    assert!(!locked.words().contains("Lee Guest"), "{}", locked.words());
    let done = ravi
        .post(&format!("{}/unlock", page_of("sam@acme.example")), &[])
        .await;
    let shown = ravi.follow(done).await;
    assert!(
        shown
            .words()
            .contains("The sign-in of Sam South was unlocked."),
        "{}",
        shown.words()
    );
    let guest = ravi
        .post(&format!("{}/unlock", page_of("lee@globex.example")), &[])
        .await;
    assert_eq!(guest.status, 409, "{}", guest.words());
    let own = ravi
        .post(&format!("{}/unlock", page_of("ravi@acme.example")), &[])
        .await;
    assert_eq!(own.status, 403, "{}", own.words());
    assert_eq!(how_many(&app, "user.unlocked"), 1);
}

#[actix_web::test]
async fn nobody_is_told_to_change_their_own_roles_for_their_own_address() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let typed = [
        ("first_name", "R"),
        ("last_name", "U"),
        ("email", "ravi@acme.example"),
    ];
    let answer = ravi.post(NEW, &typed).await;
    let words = answer.words();
    let says = "This is your own address: you are a user of Acme already. User Management";
    assert!(
        words.contains(says) && !words.contains("Change roles"),
        "{words}"
    );
}

#[actix_web::test]
async fn the_first_field_has_the_focus_where_a_page_is_a_form() {
    let app = TestApp::start().await;
    let nobody = app.visitor();
    let ravi = app.signed_in("ravi@acme.example");
    for (page, field) in [
        (nobody.get("/sign-in").await, "email"),
        (nobody.get("/forgot-password").await, "email"),
        (ravi.get(NEW).await, "first_name"),
    ] {
        let name = page.page().attribute("[autofocus]", "name");
        assert_eq!(name.as_deref(), Some(field), "{}", page.path);
    }
    // What is to be corrected has it instead.
    let wrong = ravi
        .post(NEW, &[("first_name", ""), ("last_name", ""), ("email", "")])
        .await;
    assert_eq!(wrong.status, 422, "{}", wrong.words());
    assert!(wrong.page().has(".problems[data-focus]") && !wrong.page().has("[autofocus]"));
}

#[actix_web::test]
async fn somebody_of_the_account_is_added_to_a_reservation_and_told() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(ADD_TO_DOCK_4).await;
    assert_eq!(page.status, 200, "{}", page.words());
    assert_eq!(page.page().h1(), "Add Users to Reservation");
    let title = page.page().title();
    assert!(
        title.starts_with("Add Users to Reservation – Dock 4 – "),
        "{title}"
    );
    let form = page.page().form("Add User");
    let sam = user("sam@acme.example").to_string();
    let none = ravi.submit(&page, &form.clone().tick("user", &sam)).await;
    assert_eq!(none.status, 422);
    assert!(
        none.words().contains("Select at least one role"),
        "{}",
        none.words()
    );
    let form = form.tick("user", &sam).tick("role", "operations");
    let done = ravi.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, ["sam@acme.example"]);
    let again = ravi.submit(&page, &form).await;
    assert_eq!(again.status, 303);
    assert_eq!(app.deliver().await.len(), 0, "told once");
    assert_eq!(how_many(&app, "role.granted"), 1);
    let refused = ravi
        .submit(&page, &form.forge("role", "user_management"))
        .await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    assert_eq!(how_many(&app, "role.granted"), 1);
}

#[actix_web::test]
async fn nobody_outside_of_ones_reach_is_offered_or_added_and_notices_can_be_off() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let page = uma.get(ADD_TO_DOCK_4).await;
    assert!(!page.words().contains("Sam South"), "{}", page.words());
    for email in [
        "sam@acme.example",
        "gil@globex.example",
        "ines@acme.example",
    ] {
        let fields = [("user", user(email).to_string()), ("role", "viewer".into())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(
            uma.post(ADD_TO_DOCK_4, &fields).await.status,
            404,
            "{email}"
        );
    }
    app.sql(|conn| {
        diesel::update(tenantry::db::schema::accounts::table)
            .set(tenantry::db::schema::accounts::notifications.eq(false))
            .execute(conn)
    });
    let ravi = app.signed_in("ravi@acme.example");
    let sam = user("sam@acme.example").to_string();
    let done = ravi
        .post(ADD_TO_DOCK_4, &[("user", &sam), ("role", "viewer")])
        .await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(app.deliver().await.len(), 0);
}

#[actix_web::test]
async fn many_candidates_become_a_search() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        for n in 0..60 {
            let email = format!("zoe{n}@acme.example");
            let zoe = Person::of("acme", &email, "Zoe", "Extra");
            let status = if n == 59 {
                Status::Deactivated
            } else {
                Status::Active
            };
            Person { status, ..zoe }.insert(conn);
        }
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(ADD_TO_DOCK_4).await;
    let found = ravi
        .submit(&page, &page.page().form("Search").fill("q", "sam"))
        .await;
    let offered = found.page().form("Add User").offered;
    let people = offered
        .iter()
        .filter(|c| c.name == "user" && !c.value.is_empty())
        .count();
    assert_eq!(people, 1, "{}", found.words());
}
