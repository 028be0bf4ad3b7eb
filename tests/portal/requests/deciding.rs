//! Approving and refusing under each policy, and the proof that it takes.

use super::*;
use chrono::Duration;
use tenantry::db::schema::{memberships, request_decisions, sessions, users};

const POLICY: &str = "TENANTRY_ADMIN_GRANTS";

#[actix_web::test]
async fn s13_the_last_approval_makes_the_grant_under_each_policy() {
    for (policy, steps) in [("existing-admin", 1), ("two-person", 2), ("operator", 2)] {
        let app = TestApp::with(&[(POLICY, policy)]).await;
        let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
        app.deliver().await;
        let approved = press(
            &app.signed_in(&anna()),
            &path,
            "Approve",
            "She knows the yard.",
        )
        .await;
        assert_eq!(approved.status, 303, "{}", approved.words());
        assert_eq!(
            admins(&app, VERA),
            i64::from(steps == 1),
            "{policy} after one"
        );
        if policy == "two-person" {
            press(
                &app.signed_in("olga@acme.example"),
                &path,
                "Approve",
                "Agreed.",
            )
            .await;
        }
        if policy == "operator" {
            let pat = app.signed_in("pat@globex.example");
            press(&pat, &operator_page(&path), "Confirm", "Checked with Anna.").await;
        }
        assert_eq!(admins(&app, VERA), 1, "{policy} after all");
        assert_eq!(state(&app, &path), "granted");
        assert_eq!(events(&app, "request.approved").len(), steps, "{policy}");
        assert_eq!(events(&app, "role.granted").len(), 1);
        let kept: i64 = app.sql(|conn| {
            request_decisions::table
                .filter(request_decisions::request_id.eq(id_of(&path)))
                .count()
                .get_result(conn)
        });
        assert_eq!(
            usize::try_from(kept).unwrap(),
            steps,
            "each is kept in writing"
        );
    }
}

#[actix_web::test]
async fn what_was_written_is_kept_and_shown_with_who_when_and_how() {
    let app = TestApp::with(&[(POLICY, "existing-admin")]).await;
    let ravi = app.signed_in("ravi@acme.example");
    let path = ask_for_vera(&ravi).await;
    press(
        &app.signed_in(&anna()),
        &path,
        "Approve",
        "She knows the yard.",
    )
    .await;
    let words = ravi.get(&path).await.words();
    for says in [
        "Approved by Anna admin at acme",
        "She knows the yard.",
        "2 Mar 2026, 09:00 UTC",
        "signed in shortly before",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    let changed = app.sql(|conn| {
        let all = diesel::update(request_decisions::table).set(request_decisions::words.eq("No"));
        Ok(conn.transaction(|conn| all.execute(conn)).is_err())
    });
    assert!(changed, "the database refuses to change it");
    let gone = app.sql(|conn| {
        let all = diesel::delete(request_decisions::table);
        Ok(conn.transaction(|conn| all.execute(conn)).is_err())
    });
    assert!(gone, "and to forget it");
}

#[actix_web::test]
async fn everybody_concerned_is_told_of_the_decision() {
    let app = TestApp::with(&[(POLICY, "existing-admin")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    app.deliver().await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    let sent = app.deliver().await;
    let to = |subject: &str| {
        let mut to: Vec<String> = sent
            .iter()
            .filter(|mail| mail.subject() == subject)
            .flat_map(|mail| mail.to.clone())
            .collect();
        to.sort();
        to
    };
    assert_eq!(
        to("Approved: Admin role for Vera viewer at acme"),
        ["ravi@acme.example", VERA]
    );
    assert_eq!(
        to("Vera viewer at acme is now an Admin of North"),
        [anna(), holder("admin", At::North)]
    );
}

#[actix_web::test]
async fn the_mail_of_an_approval_says_who_approved_and_what_they_wrote_under_each_policy() {
    for (policy, expected) in [
        ("existing-admin", "Anna admin at acme approved the role"),
        (
            "two-person",
            "Anna admin at acme and Olga Owner approved the role",
        ),
        ("operator", "on North, and Pat Platform confirmed it."),
    ] {
        let app = TestApp::with(&[(POLICY, policy)]).await;
        let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
        press(&app.signed_in(&anna()), &path, "Approve", "Good with it.").await;
        let second = match policy {
            "two-person" => {
                let olga = app.signed_in("olga@acme.example");
                press(&olga, &path, "Approve", "So am I.").await;
                Some("Olga Owner wrote: “So am I.”")
            }
            "operator" => {
                let pat = app.signed_in("pat@globex.example");
                press(&pat, &operator_page(&path), "Confirm", "Asked Anna.").await;
                Some("Pat Platform wrote: “Asked Anna.”")
            }
            _ => None,
        };
        let mut told = 0;
        for mail in app.deliver().await {
            if !mail.subject().starts_with("Approved:") {
                continue;
            }
            told += 1;
            let text = mail.text();
            for says in [
                Some(expected),
                Some("Anna admin at acme wrote: “Good with it.”"),
                second,
            ] {
                let says = says.unwrap_or_default();
                assert!(text.contains(says), "{policy}: {says} in {text}");
            }
        }
        assert_eq!(told, 2, "{policy}");
    }
}

#[actix_web::test]
async fn a_refusal_needs_words_and_carries_them_to_who_asked() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    app.deliver().await;
    let visitor = app.signed_in(&anna());
    let silent = press(&visitor, &path, "Refuse", " ").await;
    assert_eq!(silent.status, 422, "{}", silent.words());
    press(
        &visitor,
        &path,
        "Refuse",
        "Not before June. See https://evil.example/x",
    )
    .await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("refused", 0)
    );
    let sent = app.deliver().await;
    assert_eq!(sent.len(), 2);
    for mail in sent {
        assert_eq!(
            mail.subject(),
            "Not approved: Admin role for Vera viewer at acme"
        );
        assert!(mail.text().contains("Not before June."), "{}", mail.text());
        assert!(!mail.text().contains("evil.example"), "{}", mail.text());
    }
}

#[actix_web::test]
async fn beyond_c_nobody_approves_their_own_request_nor_their_own_role() {
    let app = TestApp::start().await;
    let north = holder("admin", At::North);
    let asks = app.signed_in(&north);
    let dock = cast::project("dock-4").to_string();
    let own = ask(&asks, "otto.operations.dock4@acme.example", &dock)
        .await
        .location()
        .unwrap();
    let meant = ask(
        &app.signed_in("ravi@acme.example"),
        &north,
        &cast::account("acme").to_string(),
    )
    .await;
    for path in [own, meant.location().unwrap()] {
        let page = asks.get(&path).await;
        assert!(
            page.words()
                .contains("Another Admin or Owner has to decide"),
            "{}",
            page.words()
        );
        let forged = asks
            .post(
                &format!("{path}/decision"),
                &[("decision", "approve"), ("words", "Yes")],
            )
            .await;
        assert_eq!(forged.status, 403);
        assert!(
            forged.words().contains("The gate that refused: approval"),
            "{}",
            forged.words()
        );
    }
}

#[actix_web::test]
async fn s13_an_owner_who_is_alone_has_approved_by_asking() {
    let app = TestApp::with(&[(POLICY, "existing-admin")]).await;
    app.sql(|conn| {
        diesel::delete(grants::table.filter(grants::role.eq("admin"))).execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let sent = ask(&olga, VERA, &cast::organization("north").to_string()).await;
    assert_eq!(admins(&app, VERA), 1);
    let page = olga.follow(sent).await;
    assert!(
        page.words().contains("nobody else could approve"),
        "{}",
        page.words()
    );
}

#[actix_web::test]
async fn s13_an_operator_who_asked_confirms_only_where_there_is_no_other_and_the_audit_says_so() {
    let app = TestApp::start().await;
    let olga = app.signed_in("olga@acme.example");
    let sent = ask(&olga, VERA, &cast::organization("north").to_string()).await;
    let path = sent.location().unwrap();
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    let confirm = format!("{}/decision", operator_page(&path));
    let fields = [("decision", "approve"), ("words", "Mine")];
    let refused = olga.post(&confirm, &fields).await;
    assert_eq!(refused.status, 403, "{}", refused.words());
    app.sql(|conn| {
        diesel::update(users::table.filter(users::id.eq(user("pat@globex.example"))))
            .set(users::operator.eq(false))
            .execute(conn)
    });
    let seen = seen(&olga, &operator_page(&path)).await;
    let done = olga.post(&confirm, &yes(&seen)).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(admins(&app, VERA), 1);
    assert!(
        events(&app, "request.approved")
            .iter()
            .any(|details| details.contains("\"only_operator\":true"))
    );
}

#[actix_web::test]
async fn s13_an_operator_sees_what_has_to_be_confirmed_and_nothing_of_the_account() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let pat = app.signed_in("pat@globex.example");
    assert_eq!(
        pat.get(&operator_page(&path)).await.status,
        404,
        "the account has not approved"
    );
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    assert_eq!(
        pat.get(&path).await.status,
        404,
        "being operator is no role in Acme"
    );
    let list = pat.get("/operator/requests").await;
    assert!(
        list.words().contains("Vera viewer at acme") && list.words().contains("Acme"),
        "{}",
        list.words()
    );
    for email in ["ravi@acme.example", VERA, "gil@globex.example"] {
        assert_eq!(
            app.signed_in(email).get("/operator/requests").await.status,
            404
        );
    }
}

#[actix_web::test]
async fn an_approval_whose_giver_is_no_admin_any_more_goes_back_to_the_account() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    app.deliver().await;
    app.sql(|conn| {
        diesel::delete(grants::table.filter(grants::user_id.eq(user(&anna())))).execute(conn)
    });
    let pat = app.signed_in("pat@globex.example");
    press(&pat, &operator_page(&path), "Confirm", "Yes").await;
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("waiting", 0)
    );
    assert_eq!(
        app.deliver().await.len(),
        1,
        "the Admin who is left is asked"
    );
    press(
        &app.signed_in(&holder("admin", At::North)),
        &path,
        "Approve",
        "Yes",
    )
    .await;
    press(&pat, &operator_page(&path), "Confirm", "Yes").await;
    assert_eq!(admins(&app, VERA), 1);
}

#[actix_web::test]
async fn nothing_is_approved_for_somebody_who_was_deactivated_meanwhile() {
    let app = TestApp::with(&[(POLICY, "existing-admin")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let visitor = app.signed_in(&anna());
    let seen = visitor.get(&path).await;
    app.sql(|conn| {
        let vera = memberships::table.filter(memberships::user_id.eq(user(VERA)));
        diesel::update(vera)
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    let form = seen.page().form("Approve").fill("words", "Yes");
    let answer = visitor.submit(&seen, &form).await;
    let page = visitor.follow(answer).await;
    assert!(
        page.words().contains("has been deactivated since"),
        "{}",
        page.words()
    );
    assert!(
        !page.body.contains(">Approve<"),
        "it can only be refused: {}",
        page.words()
    );
    assert_eq!(
        (state(&app, &path).as_str(), admins(&app, VERA)),
        ("waiting", 0)
    );
}

#[actix_web::test]
async fn who_was_faster_is_named_with_the_time() {
    let app = TestApp::with(&[(POLICY, "existing-admin")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let (first, second) = (app.signed_in(&anna()), app.signed_in("olga@acme.example"));
    let seen = second.get(&path).await;
    press(&first, &path, "Approve", "Yes").await;
    app.advance(Duration::minutes(5));
    let late = second
        .submit(&seen, &seen.page().form("Approve").fill("words", "Yes"))
        .await;
    let page = second.follow(late).await;
    assert!(
        page.words()
            .contains("Anna admin at acme already approved this at 09:00 UTC."),
        "{}",
        page.words()
    );
    assert_eq!(admins(&app, VERA), 1);
}

#[actix_web::test]
async fn who_asked_withdraws_and_nobody_else_and_then_nobody_approves() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let path = ask_for_vera(&ravi).await;
    let visitor = app.signed_in(&anna());
    let seen = visitor.get(&path).await;
    assert_eq!(
        visitor.post(&format!("{path}/withdraw"), &[]).await.status,
        403
    );
    let page = ravi.get(&path).await;
    ravi.submit(&page, &page.page().form("Withdraw request"))
        .await;
    assert_eq!(state(&app, &path), "withdrawn");
    let late = visitor
        .submit(&seen, &seen.page().form("Approve").fill("words", "Yes"))
        .await;
    let page = visitor.follow(late).await;
    assert!(
        page.words()
            .contains("Ravi Users already withdrew this at 09:00 UTC."),
        "{}",
        page.words()
    );
}

#[actix_web::test]
async fn the_password_is_asked_for_again_after_ten_minutes_and_the_session_gets_another_key() {
    let app = TestApp::with(&[(POLICY, "existing-admin")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let visitor = app.visitor();
    visitor.sign_in(&anna()).await;
    app.advance(Duration::minutes(10));
    let page = visitor.get(&path).await;
    assert!(
        !page.page().has("#password"),
        "ten minutes are young enough"
    );
    app.advance(Duration::seconds(1));
    let page = visitor.get(&path).await;
    let form = page
        .page()
        .form("Approve")
        .fill("words", "She knows the yard.");
    let missing = visitor.submit(&page, &form).await;
    assert_eq!(missing.status, 422, "{}", missing.words());
    assert!(
        missing
            .page()
            .form("Approve")
            .fields
            .contains(&("words".into(), "She knows the yard.".into()))
    );
    let wrong = visitor
        .submit(&page, &form.clone().fill("password", "not this one at all"))
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(
        (admins(&app, VERA), events(&app, "proof.fail").len()),
        (0, 1)
    );
    let old = visitor.cookie("session").unwrap();
    let right = visitor
        .submit(&page, &form.fill("password", cast::PASSWORD))
        .await;
    assert_eq!(right.status, 303, "{}", right.words());
    assert_eq!((admins(&app, VERA), events(&app, "proof.ok").len()), (1, 1));
    assert_ne!(visitor.cookie("session").unwrap(), old);
    assert_eq!(visitor.get(&path).await.status, 200, "the new key works");
    let copied = app.visitor();
    copied.keep(actix_web::cookie::Cookie::new("session", old));
    assert!(
        copied.get(&path).await.asks_to_sign_in(),
        "the old one is dead"
    );
    let rows: i64 = app.sql(|conn| {
        sessions::table
            .filter(sessions::user_id.eq(user(&anna())))
            .count()
            .get_result(conn)
    });
    assert_eq!(rows, 1);
}

#[actix_web::test]
async fn guessing_the_password_at_an_open_browser_locks_like_signing_in() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let visitor = app.signed_in(&anna());
    app.advance(Duration::minutes(11));
    let page = visitor.get(&path).await;
    let form = page.page().form("Approve").fill("words", "Yes");
    for _ in 0..10 {
        visitor
            .submit(&page, &form.clone().fill("password", "guess guess guess"))
            .await;
    }
    let right = visitor
        .submit(&page, &form.fill("password", cast::PASSWORD))
        .await;
    assert_eq!(right.status, 422, "{}", right.words());
    assert!(right.words().contains("locked"), "{}", right.words());
    assert_eq!(state(&app, &path), "waiting");
    assert_eq!(visitor.get(&path).await.status, 200, "the session goes on");
}

#[actix_web::test]
async fn nothing_is_approved_that_would_give_nothing_since_more_was_given_meanwhile() {
    let app = TestApp::with(&[(POLICY, "existing-admin")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    app.sql(|conn| {
        cast::give_on(conn, VERA, "admin", cast::organization("north"), true);
        Ok(())
    });
    app.deliver().await;
    let anna = app.signed_in(&anna());
    let page = anna.get(&path).await;
    let words = page.words();
    assert!(words.contains("is Admin of North already"), "{words}");
    assert!(!page.page().has("button[value=approve]"));
    let yes = [("decision", "approve"), ("words", "She knows the yard.")];
    anna.post(&format!("{path}/decision"), &yes).await;
    assert_eq!(state(&app, &path), "waiting");
    assert_eq!(events(&app, "request.approved").len(), 0);
    assert_eq!(
        app.deliver().await.len(),
        0,
        "nobody is told of a new Admin"
    );
}

#[actix_web::test]
async fn whoever_decides_is_promised_only_what_the_role_does_where_it_would_hold() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let anna = app.signed_in(&anna());
    let north = ask_for_vera(&ravi).await;
    let page = anna.get(&north).await.page();
    let gained = page.texts(".gains li");
    let has = |gained: &[String], one: &str| gained.iter().any(|said| said == one);
    assert!(has(&gained, "Manage users"), "{gained:?}");
    for whole in ["Edit the account", "Manage custom roles"] {
        assert!(!has(&gained, whole), "{whole} in {gained:?}");
    }
    let whole = ask(
        &ravi,
        "sam@acme.example",
        &cast::account("acme").to_string(),
    )
    .await;
    let page = anna.get(&whole.location().unwrap()).await.page();
    let gained = page.texts(".gains li");
    assert!(has(&gained, "Edit the account"), "{gained:?}");
}

#[actix_web::test]
async fn s13_whoever_approves_is_told_that_an_operator_has_the_last_word_and_both_read_the_same() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let anna = app.signed_in(&anna());
    let ours = anna.get(&path).await.page().texts(".gains li");
    let approved = press(&anna, &path, "Approve", "She knows the yard.").await;
    let shown = anna.follow(approved).await;
    let says = "Approved. An operator of the portal has to confirm it.";
    assert!(shown.words().contains(says), "{}", shown.words());
    let pat = app.signed_in("pat@globex.example");
    let theirs = pat.get(&operator_page(&path)).await.page();
    let theirs = theirs.texts(".gains li");
    let word = "Manage reservations".to_owned();
    assert!(
        ours.contains(&word) && ours == theirs,
        "{ours:?} {theirs:?}"
    );
}
