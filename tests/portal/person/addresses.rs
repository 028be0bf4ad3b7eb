//! Another address to sign in with (ux §7.7; S1): confirmed at the new one, stopped or taken back from the old one.

mod changed_hands;
mod taken;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, PASSWORD, Person, holder, user};
use crate::support::record::status_in;
use crate::support::smtp::{Message, link_in};
use crate::support::visitor::{Answer, Visitor};
use chrono::Duration;
use diesel::prelude::*;
use futures_util::future::join_all;
use tenantry::db::schema::{
    accounts, audit_events, email_changes, grants, links, memberships, sessions, users,
};
use tenantry::db::types::AccountId;

const SAM: &str = "sam@acme.example";
const LEE: &str = "lee@globex.example";
const NEW: &str = "samuel@new.example";
const MINE: &str = "/me/email";

fn email_page(account: &str, email: &str) -> String {
    format!("/accounts/{account}/users/{}/email", user(email))
}

fn address(app: &TestApp, email: &str) -> (String, String) {
    app.sql(|conn| {
        users::table
            .filter(users::id.eq(user(email)))
            .select((users::email, users::email_key))
            .first(conn)
    })
}

fn events(app: &TestApp, action: &str) -> Vec<(AccountId, String, Option<String>)> {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .order(audit_events::id)
            .select((
                audit_events::chain_id,
                audit_events::details,
                audit_events::personal,
            ))
            .load(conn)
    })
}

/// Asks for another address on this page.
async fn ask(visitor: &Visitor<'_>, path: &str, new: &str) -> Answer {
    let page = visitor.get(path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    assert_eq!(page.page().h1(), "Change email address");
    let form = page.page().form("Send the link").fill("email", new);
    visitor.submit(&page, &form).await
}

/// The mails of a change that was begun just now: to the new and to the old address.
async fn both(app: &TestApp, new: &str) -> (Message, Message) {
    let mut sent = app.deliver().await;
    assert_eq!(sent.len(), 2, "one to each address");
    let at = sent.iter().position(|mail| mail.to == [new]).unwrap();
    let to_new = sent.remove(at);
    (to_new, sent.remove(0))
}

fn path_of(mail: &Message) -> String {
    url::Url::parse(&link_in(mail)).unwrap().path().to_owned()
}

/// Opens a link and presses the button of its page.
async fn press(visitor: &Visitor<'_>, path: &str, button: &str) -> Answer {
    let page = visitor.open(path).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let form = page.page().form(button);
    visitor.submit(&page, &form).await
}

/// Acme sends an invitation again, whose roles have to be confirmed.
async fn invite_again(manager: &Visitor<'_>, email: &str) {
    let person = manager
        .get(&format!("/accounts/acme/users/{}", user(email)))
        .await;
    let form = person.page().form("Resend");
    let asked = manager.submit(&person, &form).await;
    let confirm = manager.follow(asked).await;
    let form = confirm.page().form("Confirm and send");
    let sent = manager.submit(&confirm, &form).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
}

/// Sam asks for the new address; the paths of both links.
async fn begun(app: &TestApp) -> (String, String) {
    let asked = ask(&app.signed_in(SAM), MINE, NEW).await;
    assert_eq!(asked.location().as_deref(), Some(MINE), "{}", asked.words());
    let (new, old) = both(app, NEW).await;
    (path_of(&new), path_of(&old))
}

#[actix_web::test]
async fn a_new_address_is_confirmed_there_and_told_to_the_old_one() {
    let app = TestApp::start().await;
    let sam = app.signed_in(SAM);
    assert_eq!(
        sam.get("/me").await.page().link("Change email address"),
        MINE
    );
    let asked = ask(&sam, MINE, " Samuel@New.Example ").await;
    let said = sam.follow(asked).await.words();
    assert!(
        said.contains("A link was sent to Samuel@New.Example."),
        "{said}"
    );
    assert!(
        said.contains("A change to Samuel@New.Example waits"),
        "{said}"
    );
    let mut sent = app.deliver().await;
    sent.sort_by_key(Message::subject);
    let subjects: Vec<String> = sent.iter().map(Message::subject).collect();
    assert_eq!(
        subjects,
        ["Confirm your new address", "Your address is being changed"]
    );
    assert_eq!(sent[1].to, [SAM]);
    assert!(
        !sent[0].text().contains(SAM),
        "the new one may be a stranger's"
    );
    assert!(sent[1].text().contains("Samuel@New.Example"));
    assert!(sent[1].text().contains("9 March 2026, 09:00 UTC"), "7 days");
    assert_eq!(address(&app, SAM).0, SAM, "nothing has changed yet");

    let anybody = app.visitor();
    let path = path_of(&sent[0]);
    for _ in 0..20 {
        let opened = anybody.open(&path).await;
        assert_eq!(opened.status, 200);
        assert_eq!(opened.path.split('=').next(), Some("/confirm-email?link"));
    }
    assert_eq!(address(&app, SAM).0, SAM, "looking changes nothing");
    let done = press(&anybody, &path, "Confirm the address").await;
    assert_eq!(done.page().h1(), "Your address is changed");
    let now = ("Samuel@New.Example".to_owned(), NEW.to_owned());
    assert_eq!(address(&app, SAM), now);
    let key: String = app.sql(|conn| {
        memberships::table
            .filter(memberships::user_id.eq(user(SAM)))
            .select(memberships::email_key)
            .first(conn)
    });
    assert_eq!(key, NEW, "lists sort by it");
    assert_eq!(sam.get("/me").await.status, 200, "one stays signed in");
    let refused = app
        .visitor()
        .post("/sign-in", &[("email", SAM), ("password", PASSWORD)])
        .await;
    assert_eq!(refused.status, 422);
    app.visitor().sign_in(NEW).await;
    let again = app.visitor().open(&path).await;
    assert_eq!(again.status, 410);
    assert!(again.words().contains("It was confirmed before."));
    for action in ["email.change_requested", "email.changed"] {
        let events = events(&app, action);
        assert_eq!(events.len(), 1, "{action}");
        let (chain, details, personal) = &events[0];
        assert_eq!(*chain, cast::account("acme"));
        assert!(
            !details.contains('@'),
            "an address under the seal: {details}"
        );
        let personal = personal.as_deref().unwrap();
        assert!(personal.contains("New.Example") && personal.contains(SAM));
    }
}

#[actix_web::test]
async fn an_old_proof_asks_for_the_password_and_a_wrong_one_changes_nothing() {
    let app = TestApp::start().await;
    let sam = app.signed_in(SAM);
    app.advance(Duration::minutes(11));
    let page = sam.get(MINE).await;
    let form = page.page().form("Send the link").fill("email", NEW);
    for (password, says) in [
        ("", "Enter your password"),
        ("wrong password here", "This password is not right"),
    ] {
        let again = sam
            .submit(&page, &form.clone().fill("password", password))
            .await;
        assert_eq!(again.status, 422);
        assert!(again.words().contains(says), "{}", again.words());
        let kept = again.page().form("Send the link");
        assert!(kept.fields.contains(&("email".into(), NEW.into())));
        assert!(!again.body.contains("wrong password here"));
    }
    assert!(app.deliver().await.is_empty());
    let asked = sam.submit(&page, &form.fill("password", PASSWORD)).await;
    assert_eq!(asked.status, 303, "{}", asked.words());
    assert_eq!(app.deliver().await.len(), 2);
    assert_eq!(sam.get("/me").await.status, 200, "under a new key");
}

#[actix_web::test]
async fn whether_an_address_has_a_login_is_told_to_that_address_alone() {
    let app = TestApp::start().await;
    let (sam, ravi) = (app.signed_in(SAM), app.signed_in("ravi@acme.example"));
    let managing = email_page("acme", SAM);
    for (visitor, path) in [(&sam, MINE), (&ravi, managing.as_str())] {
        let mut answers = Vec::new();
        for new in ["gil@globex.example", "gus@globex.example"] {
            let asked = ask(visitor, path, new).await;
            let shown = visitor.follow(asked.clone()).await;
            answers.push((
                asked.status,
                asked.location(),
                shown.words().replace(new, "NEW"),
            ));
            let (to_new, to_old) = both(&app, new).await;
            assert_eq!(to_old.to, [SAM]);
            assert_eq!(
                to_new.subject() == "This address has a Tenantry login already",
                new.starts_with("gil"),
                "{}",
                to_new.subject()
            );
            assert!(!to_new.text().contains("Acme") || !new.starts_with("gil"));
        }
        assert_eq!(answers[0], answers[1], "the answer tells them apart");
    }
    let rows: i64 = app.sql(|conn| email_changes::table.count().get_result(conn));
    assert_eq!(rows, 4);
}

#[actix_web::test]
async fn the_old_address_stops_a_change_before_it_is_confirmed() {
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    let visitor = app.visitor();
    let page = visitor.open(&old).await;
    assert_eq!(page.page().h1(), "Your address is being changed");
    assert!(page.words().contains(NEW));
    assert!(
        !page.words().contains("Agree"),
        "one's own wish needs no word"
    );
    let stopped = press(&visitor, &old, "Stop the change").await;
    assert_eq!(stopped.page().h1(), "The change is stopped");
    let dead = app.visitor().open(&new).await;
    assert_eq!(dead.status, 410);
    assert!(dead.words().contains("stopped from the old address"));
    assert_eq!(address(&app, SAM).0, SAM);
    assert_eq!(events(&app, "email.change_stopped").len(), 1);
    assert_eq!(app.visitor().open(&old).await.status, 410, "once");
}

#[actix_web::test]
async fn the_old_address_takes_a_change_back_for_seven_days_and_signs_everybody_out() {
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    app.deliver_one().await;
    app.advance(Duration::days(7) - Duration::minutes(1));
    let thief = app.visitor();
    thief.sign_in(NEW).await;
    let reset = app.visitor();
    reset.post("/forgot-password", &[("email", NEW)]).await;
    let reset = path_of(&app.deliver_one().await);
    let visitor = app.visitor();
    let undone = press(&visitor, &old, "Take it back").await;
    assert_eq!(undone.page().h1(), "The change is taken back");
    assert_eq!(address(&app, SAM), (SAM.to_owned(), SAM.to_owned()));
    assert!(thief.get("/me").await.asks_to_sign_in());
    let dead = app.visitor().open(&reset).await;
    assert_eq!(dead.status, 410, "links to the new address are dead");
    assert_eq!(events(&app, "email.change_undone").len(), 1);
    choose_again(&app).await;
    app.visitor().sign_in(SAM).await;
}

/// The mail that leads to a new password, and the password.
async fn choose_again(app: &TestApp) {
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [SAM]);
    let sam = app.visitor();
    let page = sam.open(&link_in(&mail)).await;
    let form = page.page().form("Change password");
    sam.submit(&page, &form.fill("password", PASSWORD)).await;
}

#[actix_web::test]
async fn whoever_knew_the_password_before_the_change_does_not_get_in_once_it_is_taken_back() {
    let app = TestApp::start().await;
    let theirs = "what the thief has thought of";
    let fields = [("password", PASSWORD), ("new_password", theirs)];
    let thief = app.signed_in(SAM);
    let changed = thief.post("/me/security/password", &fields).await;
    assert_eq!(changed.status, 303, "{}", changed.words());
    app.deliver().await;
    let (new, old) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    app.deliver().await;
    press(&app.visitor(), &old, "Take it back").await;
    let fields = [("email", SAM), ("password", theirs)];
    let refused = app.visitor().post("/sign-in", &fields).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    choose_again(&app).await;
    app.visitor().sign_in(SAM).await;
}

#[actix_web::test]
async fn a_password_that_was_chosen_at_the_new_address_goes_with_it_and_the_old_one_gets_a_link() {
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    app.deliver_one().await;
    app.advance(Duration::minutes(5));
    let thief = app.visitor();
    thief.post("/forgot-password", &[("email", NEW)]).await;
    let page = thief.open(&link_in(&app.deliver_one().await)).await;
    let form = page.page().form("Change password");
    let theirs = "what the thief has thought of";
    thief.submit(&page, &form.fill("password", theirs)).await;
    app.deliver().await;
    press(&app.visitor(), &old, "Take it back").await;
    let fields = [("email", SAM), ("password", theirs)];
    let refused = app.visitor().post("/sign-in", &fields).await;
    assert_eq!(refused.status, 422, "{}", refused.words());
    choose_again(&app).await;
    app.visitor().sign_in(SAM).await;
}

#[actix_web::test]
async fn s3_a_change_that_one_began_is_not_made_once_one_is_shut_out_at_home_or_the_plan_is_frozen()
{
    for frozen in [false, true] {
        let app = TestApp::start().await;
        let (new, _) = begun(&app).await;
        app.sql(|conn| {
            if frozen {
                diesel::update(accounts::table.find(cast::account("acme")))
                    .set(accounts::plan.eq("frozen"))
                    .execute(conn)
            } else {
                diesel::update(memberships::table)
                    .filter(memberships::user_id.eq(user(SAM)))
                    .set(memberships::status.eq("deactivated"))
                    .execute(conn)
            }
        });
        let refused = press(&app.visitor(), &new, "Confirm the address").await;
        assert!(
            refused.words().contains("so it was not made"),
            "{}",
            refused.words()
        );
        assert_eq!(address(&app, SAM), (SAM.to_owned(), SAM.to_owned()));
        assert_eq!(events(&app, "email.change_refused").len(), 1);
    }
}

#[actix_web::test]
async fn after_seven_days_nothing_is_taken_back_and_after_one_nothing_is_confirmed() {
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    app.advance(Duration::hours(24));
    for path in [&new, &old] {
        let late = app.visitor().open(path).await;
        assert_eq!(
            (late.status, late.page().h1().as_str()),
            (410, "This link expired")
        );
    }
    let (new, old) = begun(&app).await;
    let page = app.visitor();
    let shown = page.open(&old).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    app.advance(Duration::days(7));
    assert_eq!(app.visitor().open(&old).await.status, 410);
    let form = shown.page().form("Stop the change");
    assert_eq!(page.submit(&shown, &form).await.status, 410);
    assert_eq!(address(&app, SAM).0, NEW);
}

#[actix_web::test]
async fn of_two_changes_the_later_one_counts_and_an_earlier_one_that_was_made_is_taken_back_with_all_after_it()
 {
    let app = TestApp::start().await;
    let (first, first_old) = begun(&app).await;
    let (second, second_old) = begun(&app).await;
    for path in [&first, &first_old] {
        let dead = app.visitor().open(path).await;
        assert_eq!(dead.page().h1(), "There is a newer link");
    }
    press(&app.visitor(), &second, "Confirm the address").await;
    app.deliver_one().await;
    // Whoever has the login now moves on: the address before all of it still takes everything back.
    app.advance(Duration::hours(1));
    let thief = app.visitor();
    thief.sign_in(NEW).await;
    ask(&thief, MINE, "thief@away.example").await;
    let (third, third_old) = both(&app, "thief@away.example").await;
    assert_eq!(third_old.to, [NEW]);
    press(&app.visitor(), &path_of(&third), "Confirm the address").await;
    assert_eq!(address(&app, SAM).0, "thief@away.example");
    press(&app.visitor(), &second_old, "Take it back").await;
    assert_eq!(address(&app, SAM).0, SAM);
    let dead = app.visitor().open(&path_of(&third_old)).await;
    assert_eq!(dead.status, 410, "the thief's way back is closed");
    assert!(thief.get("/me").await.asks_to_sign_in());
}

#[actix_web::test]
async fn a_change_can_be_taken_back_by_whoever_began_it() {
    let app = TestApp::start().await;
    let (sam, ravi) = (app.signed_in(SAM), app.signed_in("ravi@acme.example"));
    let managing = email_page("acme", SAM);
    for (visitor, path) in [(&sam, MINE), (&ravi, managing.as_str())] {
        ask(visitor, path, NEW).await;
        let (new, old) = both(&app, NEW).await;
        let page = visitor.get(path).await;
        let back = visitor
            .submit(&page, &page.page().form("Take it back"))
            .await;
        assert!(
            visitor
                .follow(back)
                .await
                .words()
                .contains("was taken back")
        );
        for mail in [new, old] {
            assert_eq!(app.visitor().open(&path_of(&mail)).await.status, 410);
        }
        let nothing = visitor.post(path, &[("withdraw", "yes")]).await;
        let said = visitor.follow(nothing).await.words();
        assert!(said.contains("No change was waiting"), "{said}");
    }
    assert_eq!(events(&app, "email.change_stopped").len(), 2);
}

#[actix_web::test]
async fn of_fifty_confirmations_at_once_one_is_made_and_of_two_people_one_gets_the_address() {
    let app = TestApp::start().await;
    let (sam, lee) = (app.signed_in(SAM), app.signed_in(LEE));
    ask(&sam, MINE, NEW).await;
    let (first, _) = both(&app, NEW).await;
    ask(&lee, MINE, NEW).await;
    let (second, _) = both(&app, NEW).await;
    let visitor = app.visitor();
    let pages = [
        visitor.open(&path_of(&first)).await,
        visitor.open(&path_of(&second)).await,
    ];
    let tries = (0..50).map(|n| {
        let (visitor, page) = (&visitor, &pages[n % 2]);
        async move {
            let form = page.page().form("Confirm the address");
            visitor.submit(page, &form).await
        }
    });
    let answers = join_all(tries).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(made, 1);
    assert!(
        answers
            .iter()
            .all(|answer| [200, 410, 503].contains(&answer.status))
    );
    let holders: i64 = app.sql(|conn| {
        users::table
            .filter(users::email_key.eq(NEW))
            .count()
            .get_result(conn)
    });
    assert_eq!(holders, 1);
    assert_eq!(events(&app, "email.changed").len(), 1);
}

#[actix_web::test]
async fn a_manager_begins_it_for_somebody_at_home_and_the_person_confirms() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let shown = ravi
        .get(&format!("/accounts/acme/users/{}", user(SAM)))
        .await;
    let path = shown.page().link("Change email address");
    assert_eq!(path, email_page("acme", SAM));
    let asked = ask(&ravi, &path, NEW).await;
    assert_eq!(asked.location().as_deref(), Some(path.as_str()));
    let (new, old) = both(&app, NEW).await;
    for mail in [&new, &old] {
        assert!(mail.text().contains("Ravi Users (Acme)"), "{}", mail.text());
        assert!(mail.html().contains("Ravi Users (Acme)"));
    }
    press(&app.visitor(), &path_of(&new), "Confirm the address").await;
    assert_eq!(address(&app, SAM).0, NEW);
    let (_, details, _) = events(&app, "email.changed").remove(0);
    assert!(details.contains("true"), "{details}");
}

#[actix_web::test]
async fn a_guest_elsewhere_is_invited_anew_unless_the_old_address_agreed() {
    for agrees in [false, true] {
        let app = TestApp::start().await;
        let gil = app.signed_in("gil@globex.example");
        ask(&gil, &email_page("globex", LEE), NEW).await;
        let (new, old) = both(&app, NEW).await;
        let page = app.visitor();
        if agrees {
            let agreed = press(&page, &path_of(&old), "Agree to the change").await;
            assert_eq!(agreed.page().h1(), "You agreed");
            assert_eq!(events(&app, "email.change_agreed").len(), 1);
            assert!(
                page.open(&path_of(&old))
                    .await
                    .words()
                    .contains("You agreed")
            );
        }
        let lee = app.signed_in(LEE);
        let confirmed = press(&app.visitor(), &path_of(&new), "Confirm the address").await;
        assert!(!confirmed.words().contains("Acme"), "no page names it");
        let (expected, opens) = if agrees {
            ("active", 200)
        } else {
            ("invited", 404)
        };
        assert_eq!(status_in(&app, "acme", LEE), expected);
        assert_eq!(status_in(&app, "globex", LEE), "active");
        let north = "/accounts/acme/organizations/north";
        assert_eq!(lee.get(north).await.status, opens);
        assert_eq!(lee.get("/accounts/globex").await.status, 200);
        let again = events(&app, "user.invited_again");
        assert_eq!(again.len(), usize::from(!agrees));
        if !agrees {
            assert_eq!(again[0].0, cast::account("acme"), "that account's chain");
            let path = format!("/me/invitation?account={}", cast::account("acme"));
            // Whoever reads the new address has not been invited (rule 10).
            let refused = lee.follow(lee.get(&path).await).await.words();
            assert!(refused.contains("to send it again"), "{refused}");
            assert_eq!(status_in(&app, "acme", LEE), "invited");
            let ravi = app.signed_in("ravi@acme.example");
            invite_again(&ravi, LEE).await;
            let waiting = lee.get(&path).await;
            let form = waiting.page().form("Accept");
            assert_eq!(lee.submit(&waiting, &form).await.status, 303);
            assert_eq!(status_in(&app, "acme", LEE), "active");
            assert_eq!(lee.get(north).await.status, 200);
        }
    }
}

#[actix_web::test]
async fn ones_own_change_touches_no_visit() {
    let app = TestApp::start().await;
    ask(&app.signed_in(LEE), MINE, NEW).await;
    let (new, _) = both(&app, NEW).await;
    press(&app.visitor(), &path_of(&new), "Confirm the address").await;
    assert_eq!(status_in(&app, "acme", LEE), "active");
}

#[actix_web::test]
async fn rule_14_where_a_guest_is_the_last_owner_the_old_address_has_to_agree_first() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, LEE, "owner", At::Account);
        diesel::delete(
            grants::table
                .filter(grants::user_id.eq(user("olga@acme.example")))
                .filter(grants::role.eq("owner")),
        )
        .execute(conn)
    });
    let gil = app.signed_in("gil@globex.example");
    ask(&gil, &email_page("globex", LEE), NEW).await;
    let (new, old) = both(&app, NEW).await;
    let (new, old) = (path_of(&new), path_of(&old));
    let waits = press(&app.visitor(), &new, "Confirm the address").await;
    assert_eq!(waits.status, 409);
    assert_eq!(waits.page().h1(), "The old address has to agree first");
    assert!(!waits.words().contains("Acme"));
    assert_eq!(address(&app, LEE).0, LEE);
    press(&app.visitor(), &old, "Agree to the change").await;
    press(&app.visitor(), &new, "Confirm the address").await;
    assert_eq!(address(&app, LEE).0, NEW);
    assert_eq!(status_in(&app, "acme", LEE), "active");
}

#[actix_web::test]
async fn nobody_comes_to_rights_by_changing_an_address() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let pia = Person::of("acme", "pia@acme.example", "Pia", "Platform");
        Person {
            operator: true,
            ..pia
        }
        .insert(conn);
        cast::give(conn, "pia@acme.example", "viewer", At::Dock4);
        Ok(())
    });
    let ravi = app.signed_in("ravi@acme.example");
    let anna = app.signed_in(&holder("admin", At::Account));
    let aude = holder("auditor", At::Account);
    let uma = holder("user_management", At::North);
    for (who, visitor, email, status) in [
        ("Ravi", &ravi, "olga@acme.example", 403),
        ("Ravi", &ravi, &*holder("admin", At::Dock4), 403),
        ("Ravi", &ravi, &*aude, 403),
        ("Ravi", &ravi, &*uma, 403),
        ("Ravi", &ravi, "pia@acme.example", 403),
        ("Ravi", &ravi, &*holder("billing", At::Account), 200),
        ("Anna", &anna, "olga@acme.example", 403),
        ("Anna", &anna, &*aude, 200),
        ("Anna", &anna, &*uma, 200),
    ] {
        let path = email_page("acme", email);
        let page = visitor.get(&path).await;
        assert_eq!(page.status, status, "{who} for {email}: {}", page.words());
        if status == 403 {
            let sent = visitor.post(&path, &[("email", NEW)]).await;
            assert_eq!(sent.status, 403, "{who} for {email}");
        }
    }
    assert!(app.deliver().await.is_empty());
    // Nor for a guest, for whoever has not come in, for the inactive, or for oneself.
    for (email, status) in [
        (LEE, 409),
        ("dana@acme.example", 409),
        ("ravi@acme.example", 403),
    ] {
        let sent = ravi
            .post(&email_page("acme", email), &[("email", NEW)])
            .await;
        assert_eq!(sent.status, status, "{email}: {}", sent.words());
    }
    let own = ravi.get(&email_page("acme", "ravi@acme.example")).await;
    assert_eq!(own.location().as_deref(), Some(MINE));
}

#[actix_web::test]
async fn what_a_manager_began_who_has_left_ends_with_them() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    ask(&ravi, &email_page("acme", SAM), NEW).await;
    let (new, _) = both(&app, NEW).await;
    app.sql(|conn| {
        diesel::update(
            memberships::table.filter(memberships::user_id.eq(user("ravi@acme.example"))),
        )
        .set(memberships::status.eq("deactivated"))
        .execute(conn)
    });
    let gone = press(&app.visitor(), &path_of(&new), "Confirm the address").await;
    assert_eq!(gone.status, 410);
    assert_eq!(gone.page().h1(), "The address was not changed");
    assert_eq!(address(&app, SAM).0, SAM);
    assert_eq!(events(&app, "email.change_refused").len(), 1);
}

#[actix_web::test]
async fn s22_a_change_that_was_begun_before_is_not_made_in_an_account_that_is_frozen_by_then() {
    for (begins, by) in [
        (email_page("acme", SAM), "ravi@acme.example"),
        (MINE.to_owned(), SAM),
    ] {
        let app = TestApp::start().await;
        ask(&app.signed_in(by), &begins, NEW).await;
        let (new, _) = both(&app, NEW).await;
        app.sql(|conn| {
            diesel::update(accounts::table.find(cast::account("acme")))
                .set(accounts::plan.eq("frozen"))
                .execute(conn)
        });
        press(&app.visitor(), &path_of(&new), "Confirm the address").await;
        assert_eq!(address(&app, SAM).0, SAM, "begun at {begins}");
    }
}

#[actix_web::test]
async fn a_change_is_not_made_when_whoever_began_it_might_not_begin_it_any_more() {
    for more in [At::Account, At::Dock9] {
        let app = TestApp::start().await;
        let ravi = app.signed_in("ravi@acme.example");
        ask(&ravi, &email_page("acme", SAM), NEW).await;
        let (new, old) = both(&app, NEW).await;
        // Sam comes to what Ravi could not take away: whoever reads the new mailbox would hold it.
        app.sql(|conn| {
            cast::give(conn, SAM, "admin", more);
            Ok(())
        });
        let anybody = app.visitor();
        let path = path_of(&new);
        let refused = press(&anybody, &path, "Confirm the address").await;
        assert_eq!(refused.status, 410);
        assert_eq!(refused.page().h1(), "The address was not changed");
        let words = refused.words();
        assert!(
            words.contains("change it yourself on your profile")
                && words.contains("somebody who manages users"),
            "{words}"
        );
        assert!(!words.contains("Admin"), "nothing of the roles: {words}");
        assert_eq!(address(&app, SAM).0, SAM);
        let written = events(&app, "email.change_refused");
        assert_eq!(written.len(), 1);
        let ravi_id = user("ravi@acme.example").to_string();
        assert!(written[0].1.contains(&ravi_id), "{}", written[0].1);
        assert!(events(&app, "email.changed").is_empty());
        // Once refused it stays so, also when the role is gone again.
        app.sql(|conn| {
            diesel::delete(grants::table.filter(grants::user_id.eq(user(SAM))))
                .filter(grants::role.eq("admin"))
                .execute(conn)
        });
        for link in [&path, &path_of(&old)] {
            let again = anybody.open(link).await;
            assert_eq!(
                (again.status, again.page().h1()),
                (410, "The address was not changed".into())
            );
        }
        assert!(app.deliver().await.is_empty());
    }
}

#[actix_web::test]
async fn the_old_address_is_told_when_it_has_happened_and_takes_it_back_from_there_too() {
    let app = TestApp::start().await;
    let (new, old) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    let told = app.deliver_one().await;
    assert_eq!(told.to, [SAM]);
    assert_eq!(told.subject(), "Your address was changed");
    assert!(told.text().contains(NEW), "{}", told.text());
    assert!(
        told.text().contains("9 March 2026, 09:00 UTC"),
        "the same 7 days"
    );
    let path = path_of(&told);
    assert_ne!(path, old);
    let anybody = app.visitor();
    assert_eq!(
        anybody.open(&old).await.status,
        200,
        "the first one goes on"
    );
    let done = press(&anybody, &path, "Take it back").await;
    assert_eq!(done.page().h1(), "The change is taken back");
    assert_eq!(address(&app, SAM).0, SAM);
    assert_eq!(anybody.open(&old).await.status, 410, "they are one link");
}

#[actix_web::test]
async fn an_address_that_cannot_be_one_comes_back_as_it_was_typed() {
    let app = TestApp::start().await;
    let (sam, ravi) = (app.signed_in(SAM), app.signed_in("ravi@acme.example"));
    let managing = email_page("acme", SAM);
    let long = format!("{}@new.example", "x".repeat(10_000));
    for (visitor, path) in [(&sam, MINE), (&ravi, managing.as_str())] {
        for (bad, says) in [
            ("", "Enter an email address"),
            ("nobody", "in the correct format"),
            (SAM, "This is the address already"),
            ("SAM@ACME.example", "This is the address already"),
            ("a@b.example\u{202e}", "hidden character"),
            (&long, "characters or fewer"),
        ] {
            let again = ask(visitor, path, bad).await;
            assert_eq!(again.status, 422, "{bad:?}: {}", again.words());
            assert_eq!(again.page().error_summary()[0].1, "email");
            assert!(again.words().contains(says), "{bad:?}: {}", again.words());
        }
    }
    assert!(app.deliver().await.is_empty());
}

#[actix_web::test]
async fn links_that_were_mailed_to_the_old_address_do_not_outlive_it() {
    let app = TestApp::start().await;
    let stranger = app.visitor();
    stranger.post("/forgot-password", &[("email", SAM)]).await;
    let reset = path_of(&app.deliver_one().await);
    let (new, _) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    assert_eq!(app.visitor().open(&reset).await.status, 410);
    let alive: i64 = app.sql(|conn| {
        links::table
            .filter(links::user_id.eq(user(SAM)))
            .filter(links::expires_at.gt(app.now()))
            .count()
            .get_result(conn)
    });
    assert_eq!(alive, 0);
}

#[actix_web::test]
async fn tokens_are_nowhere_in_the_clear_and_the_two_links_do_not_stand_for_each_other() {
    let app = TestApp::start().await;
    ask(&app.signed_in(SAM), MINE, NEW).await;
    let (new, old) = both(&app, NEW).await;
    let token = |mail: &Message| path_of(mail).rsplit('/').next().unwrap().to_owned();
    let rows = app.sql(|conn| Ok(crate::support::dump::rows(conn, &[])));
    let all = format!("{rows:?}");
    assert!(!all.contains(&token(&new)) && !all.contains(&token(&old)));
    for swapped in [
        format!("/old-email/{}", token(&new)),
        format!("/confirm-email/{}", token(&old)),
        "/confirm-email/nonsense".to_owned(),
        "/confirm-email".to_owned(),
        "/old-email?link=link_x".to_owned(),
    ] {
        let dead = app.visitor().open(&swapped).await;
        assert_eq!(dead.status, 410, "{swapped}");
    }
    for path in ["/confirm-email", "/old-email?link=x"] {
        let posted = app.visitor().post(path, &[("answer", "stop")]).await;
        assert_eq!(posted.status, 410);
    }
    // Both in one browser: each page knows its own.
    let browser = app.visitor();
    let (one, two) = (
        browser.open(&path_of(&new)).await,
        browser.open(&path_of(&old)).await,
    );
    let stop = browser
        .submit(&two, &two.page().form("Stop the change"))
        .await;
    assert_eq!(stop.status, 200);
    let late = browser
        .submit(&one, &one.page().form("Confirm the address"))
        .await;
    assert_eq!(late.status, 410);
    let bad = app.signed_in(SAM);
    ask(&bad, MINE, NEW).await;
    let (_, old) = both(&app, NEW).await;
    let page = browser.open(&path_of(&old)).await;
    let form = page.page().form("Stop the change");
    let forged = tenantry_form(&form, "erase");
    assert_eq!(browser.submit(&page, &forged).await.status, 400);
}

/// The form with another answer.
fn tenantry_form(form: &crate::support::html::Form, answer: &str) -> crate::support::html::Form {
    let mut form = form.clone();
    form.fields.retain(|(name, _)| name != "answer");
    form.forge("answer", answer)
}

#[actix_web::test]
async fn a_lock_of_the_old_address_does_not_follow_to_the_new_one() {
    let app = TestApp::start().await;
    let stranger = app.visitor();
    for _ in 0..10 {
        let fields = [("email", SAM), ("password", "wrong password here")];
        stranger.post("/sign-in", &fields).await;
    }
    app.deliver().await;
    let (new, _) = begun(&app).await;
    press(&app.visitor(), &new, "Confirm the address").await;
    app.visitor().sign_in(NEW).await;
}

#[actix_web::test]
async fn changes_that_are_over_are_thrown_away() {
    let app = TestApp::start().await;
    begun(&app).await;
    let count =
        |app: &TestApp| -> i64 { app.sql(|conn| email_changes::table.count().get_result(conn)) };
    let purge = |app: &TestApp| {
        let now = app.now();
        app.sql(|conn| Ok(tenantry::email_change::purge(conn, now, 100).unwrap()))
    };
    app.advance(Duration::days(13));
    assert_eq!((purge(&app), count(&app)), (0, 1));
    app.advance(Duration::days(1));
    assert_eq!((purge(&app), count(&app)), (1, 0));
    let left: i64 = app.sql(|conn| sessions::table.count().get_result(conn));
    assert!(left > 0);
}
