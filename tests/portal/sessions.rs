//! Signing in and out, locks and their ways out, forgotten passwords (rules 12, 13, 26; S15, S19).

use actix_web::http::Method;
use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, mail_wishes, outbox, sessions};

use crate::support::app::TestApp;
use crate::support::cast::{PASSWORD, user};
use crate::support::record::how_many;
use crate::support::smtp::link_in;
use crate::support::statements;
use crate::support::visitor::{Answer, Visitor};

const OLGA: &str = "olga@acme.example";
const SAM: &str = "sam@acme.example";
const NO: &str = "The email address or password is not right.";

async fn try_with(visitor: &Visitor<'_>, email: &str, password: &str) -> Answer {
    visitor
        .post("/sign-in", &[("email", email), ("password", password)])
        .await
}

/// Ten wrong passwords: sign-in is locked for this address in browsers that are strange to the person.
async fn lock(visitor: &Visitor<'_>, email: &str) {
    for _ in 0..10 {
        assert_eq!(
            try_with(visitor, email, "wrong password here").await.status,
            422
        );
    }
}

/// The path of a mailed link.
fn path_of(link: &str) -> String {
    let url = url::Url::parse(link).unwrap();
    url.path().to_owned()
}

#[actix_web::test]
async fn rule_12_a_wrong_password_asks_the_database_the_same_whoever_has_the_address() {
    statements::listen();
    let mut heard = Vec::new();
    for email in [OLGA, "nobody@acme.example"] {
        let app = TestApp::start().await;
        let visitor = app.visitor();
        let (answer, said) = statements::during(&app, try_with(&visitor, email, "wrong")).await;
        assert_eq!(answer.status, 422);
        // The event names the login where there is one: the same statement with one column more.
        let (events, asked): (Vec<String>, Vec<String>) = said
            .into_iter()
            .partition(|sql| sql.contains("audit_events"));
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(asked.len() > 3, "{asked:?}");
        heard.push(asked);
    }
    assert_eq!(heard[0], heard[1]);
}

#[actix_web::test]
async fn rule_12_every_unknown_gets_the_same_answer_for_the_same_work() {
    let app = TestApp::start().await;
    let locked = app.visitor();
    lock(&locked, "vera.viewer.acme@acme.example").await;
    let mut seen = Vec::new();
    for (who, email, password) in [
        ("unknown", "nobody@acme.example", "whatever it may be"),
        ("wrong password", OLGA, "whatever it may be"),
        (
            "inactive, wrong password",
            "ines@acme.example",
            "whatever it may be",
        ),
        (
            "invited, without a password",
            "dana@acme.example",
            "whatever it may be",
        ),
        (
            "locked, right password",
            "vera.viewer.acme@acme.example",
            PASSWORD,
        ),
        ("no address at all", "not an address", "whatever it may be"),
    ] {
        let hashes = app.app().hasher().count();
        let before = (
            how_many(&app, "sign_in.fail"),
            app.sql(|c| outbox::table.count().get_result::<i64>(c)),
        );
        let answer = try_with(&app.visitor(), email, password).await;
        assert_eq!(app.app().hasher().count() - hashes, 1, "{who}: one hash");
        let after = (
            how_many(&app, "sign_in.fail"),
            app.sql(|c| outbox::table.count().get_result::<i64>(c)),
        );
        assert_eq!(
            (after.0 - before.0, after.1 - before.1),
            (1, 0),
            "{who}: one event, no mail"
        );
        let page = answer.page();
        assert_eq!(
            page.error_summary(),
            [(NO.to_owned(), "email".to_owned())],
            "{who}"
        );
        assert!(
            answer.header("set-cookie").is_none(),
            "{who}: no cookie tells anything"
        );
        // What was typed comes back; everything else is the same to the letter.
        let same = answer.body.replace(email, "…");
        seen.push((who, answer.status, same.len(), same));
    }
    for pair in seen.windows(2) {
        assert_eq!(
            (pair[0].1, &pair[0].3),
            (pair[1].1, &pair[1].3),
            "{} and {} differ",
            pair[0].0,
            pair[1].0
        );
    }
}

#[actix_web::test]
async fn s21_a_failed_sign_in_is_kept_where_it_belongs_and_a_refusal_by_a_gate_in_no_chain() {
    use tenantry::audit::INSTALLATION;
    let app = TestApp::start().await;
    let acme = crate::support::cast::account("acme").uuid();
    // A user's in the chain of the home; in that of the installation an unknown one's, and those of whoever runs the
    // platform, wherever their home is.
    for (email, chain) in [
        ("ravi@acme.example", acme),
        ("nobody@acme.example", INSTALLATION.uuid()),
        (OLGA, INSTALLATION.uuid()),
        ("pat@globex.example", INSTALLATION.uuid()),
    ] {
        let failed = || -> Vec<uuid::Uuid> {
            app.sql(|conn| {
                let events = audit_events::table.filter(audit_events::action.eq("sign_in.fail"));
                let chains: Vec<tenantry::db::types::AccountId> = events
                    .order(audit_events::id.asc())
                    .select(audit_events::chain_id)
                    .load(conn)?;
                Ok(chains.iter().map(|chain| chain.uuid()).collect())
            })
        };
        let before = failed().len();
        assert_eq!(try_with(&app.visitor(), email, "wrong").await.status, 422);
        assert_eq!(failed()[before..], [chain], "{email}");
    }
    let count = || app.sql(|conn| audit_events::table.count().get_result::<i64>(conn));
    let before = count();
    let sam = app.signed_in("sam@acme.example");
    let by_role = sam.get("/accounts/acme/groups").await;
    let from_elsewhere = sam
        .ask(actix_web::http::Method::POST, "/me/security")
        .header("sec-fetch-site", "cross-site")
        .fields(&[]);
    assert_eq!(by_role.status, 403, "{}", by_role.words());
    assert_eq!(from_elsewhere.send().await.status, 403);
    assert_eq!(count(), before);
}

#[actix_web::test]
async fn s21_sign_in_events_of_an_operator_are_kept_in_the_chain_of_the_installation_alone() {
    use tenantry::audit::INSTALLATION;
    let app = TestApp::start().await;
    let acme = crate::support::cast::account("acme");
    let chains = |email: &str| -> Vec<(String, tenantry::db::types::AccountId)> {
        app.sql(|conn| {
            audit_events::table
                .filter(audit_events::actor_id.eq(crate::support::cast::user(email)))
                .order(audit_events::id.asc())
                .select((audit_events::action, audit_events::chain_id))
                .load(conn)
        })
    };
    for (email, chain) in [(OLGA, INSTALLATION), ("ravi@acme.example", acme)] {
        let visitor = app.visitor();
        visitor.sign_in(email).await;
        // One proves oneself anew, with another password, and signs out.
        let page = visitor.get("/me/security").await;
        let form = page.page().form("Change password");
        let form = form
            .fill("password", PASSWORD)
            .fill("new_password", "eight dry paper boats");
        let changed = visitor.submit(&page, &form).await;
        assert_eq!(changed.status, 303, "{}", changed.words());
        assert_eq!(visitor.post("/sign-out", &[]).await.status, 303);
        let kept = chains(email);
        let actions: Vec<&str> = kept.iter().map(|(action, _)| action.as_str()).collect();
        for action in ["sign_in.ok", "proof.ok", "password.changed", "sign_out"] {
            assert!(
                actions.contains(&action),
                "{action} of {email}: {actions:?}"
            );
        }
        assert!(kept.iter().all(|(_, of)| *of == chain), "{email}: {kept:?}");
    }
    // What they do in an account is that account's.
    let olga = app.signed_in(OLGA);
    let page = olga.get("/accounts/acme/groups/new").await;
    let form = page.page().form("Save group").fill("name", "Islands");
    assert_eq!(olga.submit(&page, &form).await.status, 303);
    let last = chains(OLGA).pop();
    assert_eq!(last, Some(("group.created".to_owned(), acme)));
}

#[actix_web::test]
async fn an_inactive_person_learns_of_it_only_with_the_right_password() {
    let app = TestApp::start().await;
    let answer = try_with(&app.visitor(), "ines@acme.example", PASSWORD).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.words().contains("Your access to Acme has ended."),
        "{}",
        answer.words()
    );
    assert_eq!(
        app.sql(|conn| sessions::table.count().get_result::<i64>(conn)),
        0
    );
}

#[actix_web::test]
async fn rule_12_ten_wrong_passwords_lock_and_the_lock_ends_by_itself_and_is_not_extended() {
    let app = TestApp::start().await;
    let stranger = app.visitor();
    lock(&stranger, OLGA).await;
    assert_eq!(
        try_with(&stranger, OLGA, PASSWORD).await.status,
        422,
        "locked: the right one does not help"
    );
    app.advance(Duration::minutes(14));
    assert_eq!(
        try_with(&stranger, OLGA, "wrong once more").await.status,
        422
    );
    app.advance(Duration::minutes(1));
    assert_eq!(
        try_with(&stranger, OLGA, PASSWORD).await.status,
        303,
        "15 minutes after the tenth, not after the last"
    );
    // The counter restarted: nine more do not lock.
    let other = app.visitor();
    for _ in 0..9 {
        try_with(&other, OLGA, "wrong password here").await;
    }
    assert_eq!(try_with(&other, OLGA, PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn rule_12_strangers_do_not_lock_the_person_out_of_their_own_browser_nor_out_of_their_session()
 {
    let app = TestApp::start().await;
    let own = app.visitor();
    own.sign_in(OLGA).await;
    lock(&app.visitor(), OLGA).await;
    assert_eq!(
        own.get("/accounts/acme").await.status,
        200,
        "the session lives on"
    );
    own.post("/sign-out", &[]).await;
    assert_eq!(
        try_with(&own, OLGA, PASSWORD).await.status,
        303,
        "a browser in which she has signed in before"
    );
    // Even that browser counts as strange after ten failures of its own.
    own.post("/sign-out", &[]).await;
    lock(&own, OLGA).await;
    assert_eq!(try_with(&own, OLGA, PASSWORD).await.status, 422);
}

#[actix_web::test]
async fn rule_12_a_lock_that_stands_elsewhere_is_shown_and_ended_whatever_happens_in_another_browser()
 {
    for (then, fails) in [("signs in", false), ("mistypes", true)] {
        let app = TestApp::start().await;
        let (own, phone) = (app.visitor(), app.visitor());
        own.sign_in(SAM).await;
        own.post("/sign-out", &[]).await;
        lock(&phone, SAM).await;
        app.deliver_one().await;
        let password = if fails { "not this one" } else { PASSWORD };
        let tried = try_with(&own, SAM, password).await;
        assert_eq!(tried.status, if fails { 422 } else { 303 });
        assert_eq!(try_with(&phone, SAM, PASSWORD).await.status, 422, "{then}");
        // It is shown, and each way out is open.
        let ravi = app.signed_in("ravi@acme.example");
        let list = "/accounts/acme/user-management?status=locked";
        let words = ravi.get(list).await.words();
        assert!(words.contains("Sam South"), "{then}: {words}");
        phone.post("/unlock", &[("email", SAM)]).await;
        let mail = app.deliver_one().await;
        assert_eq!(mail.to, [SAM], "{then}");
        let person = ravi
            .get(&format!("/accounts/acme/users/{}", user(SAM)))
            .await;
        let form = person.page().form("Send unlock mail");
        let sent = ravi.submit(&person, &form).await;
        let said = ravi.follow(sent).await.words();
        assert!(!said.contains("was not locked any more"), "{then}: {said}");
        app.deliver_one().await;
        let form = person.page().form("Unlock");
        let done = ravi.submit(&person, &form).await;
        let said = ravi.follow(done).await.words();
        assert!(said.contains("was unlocked"), "{then}: {said}");
        assert_eq!(how_many(&app, "user.unlocked"), 1, "{then}");
        assert_eq!(try_with(&phone, SAM, PASSWORD).await.status, 303, "{then}");
        let words = ravi.get(list).await.words();
        assert!(!words.contains("Sam South"), "{then}: {words}");
    }
}

#[actix_web::test]
async fn rule_12_a_lock_that_nothing_shows_is_ended_and_written_down_all_the_same() {
    let app = TestApp::start().await;
    lock(&app.visitor(), SAM).await;
    app.sql(|conn| {
        use tenantry::db::schema::users;
        diesel::update(users::table.find(user(SAM)))
            .set(users::locked_until.eq(None::<tenantry::db::types::Ts>))
            .execute(conn)
    });
    let ravi = app.signed_in("ravi@acme.example");
    let unlock = format!("/accounts/acme/users/{}/unlock", user(SAM));
    let done = ravi.post(&unlock, &[]).await;
    let said = ravi.follow(done).await.words();
    assert!(said.contains("was unlocked"), "{said}");
    assert_eq!(how_many(&app, "user.unlocked"), 1);
}

#[actix_web::test]
async fn rule_12_a_lock_mails_one_link_that_ends_it_as_often_as_it_is_pressed() {
    let app = TestApp::start().await;
    let stranger = app.visitor();
    lock(&stranger, OLGA).await;
    try_with(&stranger, OLGA, "wrong once more").await;
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, [OLGA]);
    assert!(
        mail.subject().starts_with("Too many sign-in attempts"),
        "{}",
        mail.subject()
    );
    let browser = app.visitor();
    let page = browser.open(&path_of(&link_in(&mail))).await;
    assert!(
        !page.path.contains(&path_of(&link_in(&mail))),
        "the token left the address bar"
    );
    let done = browser
        .submit(&page, &page.page().form("Unlock my sign-in"))
        .await;
    assert_eq!(done.page().h1(), "Your sign-in is unlocked");
    let again = browser.open(&path_of(&link_in(&mail))).await;
    assert_eq!(
        browser
            .submit(&again, &again.page().form("Unlock my sign-in"))
            .await
            .status,
        200
    );
    assert_eq!(try_with(&stranger, OLGA, PASSWORD).await.status, 303);
    assert_eq!(
        how_many(&app, "user.unlocked"),
        1,
        "the second press found nothing to unlock"
    );
}

#[actix_web::test]
async fn s19_a_client_that_fails_too_often_waits_whatever_address_it_tries() {
    let app = TestApp::start().await;
    let client = app.visitor();
    for n in 0..60 {
        assert_eq!(
            try_with(&client, &format!("no{n}@x.example"), "wrong password")
                .await
                .status,
            422,
            "{n}"
        );
    }
    let hashes = app.app().hasher().count();
    let refused = try_with(&client, OLGA, PASSWORD).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(app.app().hasher().count(), hashes, "no work is done for it");
    let elsewhere = app.visitor();
    elsewhere.at_address("198.51.100.7");
    assert_eq!(
        try_with(&elsewhere, OLGA, PASSWORD).await.status,
        303,
        "others are not concerned"
    );
    app.advance(Duration::minutes(10));
    assert_eq!(try_with(&client, OLGA, PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn rule_13_forgetting_a_password_answers_everybody_the_same_and_mails_only_those_who_exist() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let mut answers = Vec::new();
    for email in [OLGA, "nobody@acme.example", "ines@acme.example"] {
        let answer = visitor.post("/forgot-password", &[("email", email)]).await;
        answers.push((answer.status, answer.body.replace(email, "…")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(
        app.sql(|conn| mail_wishes::table.count().get_result::<i64>(conn)),
        3,
        "the same work for each"
    );
    let sent = app.deliver().await;
    let to: Vec<String> = sent.iter().flat_map(|mail| mail.to.clone()).collect();
    assert_eq!(to, [OLGA, "ines@acme.example"]);
}

#[actix_web::test]
async fn rule_13_whoever_has_not_come_in_yet_gets_their_welcome_link_and_is_told_no_differently() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let mut said = Vec::new();
    for email in ["dana@acme.example", OLGA] {
        let answer = visitor.post("/forgot-password", &[("email", email)]).await;
        said.push((answer.status, answer.body.replace(email, "…")));
    }
    assert_eq!(said[0], said[1]);
    let sent = app.deliver().await;
    let to_dana = sent.iter().find(|mail| mail.to == ["dana@acme.example"]);
    let path = path_of(&link_in(to_dana.unwrap()));
    assert!(path.starts_with("/welcome/"), "{path}");
    let opened = app.visitor().open(&path).await;
    assert_eq!(opened.status, 200, "{}", opened.words());
}

#[actix_web::test]
async fn rule_13_a_reset_link_works_once_for_an_hour_and_ends_every_session() {
    let app = TestApp::start().await;
    let signed_in = app.visitor();
    signed_in.sign_in(OLGA).await;
    let visitor = app.visitor();
    visitor.post("/forgot-password", &[("email", OLGA)]).await;
    let first = path_of(&link_in(&app.deliver_one().await));
    visitor.post("/forgot-password", &[("email", OLGA)]).await;
    let second = path_of(&link_in(&app.deliver_one().await));

    let old = visitor.open(&first).await;
    assert_eq!(
        (old.status, old.page().h1().as_str()),
        (410, "There is a newer link")
    );
    assert_eq!(
        signed_in.get("/accounts/acme").await.status,
        200,
        "asking changes nothing"
    );

    let page = visitor.open(&second).await;
    let form = page.page().form("Change password");
    let short = visitor
        .submit(&page, &form.clone().fill("password", "short"))
        .await;
    assert_eq!(short.status, 422);
    let done = visitor
        .submit(
            &page,
            &form.clone().fill("password", "a new one for me, please"),
        )
        .await;
    assert_eq!(
        done.page().h1(),
        "Your password was changed",
        "{}",
        done.words()
    );
    assert!(
        signed_in.get("/accounts/acme").await.asks_to_sign_in(),
        "every session ended"
    );
    let notice = app.deliver_one().await;
    assert!(
        notice.subject().contains("password was changed"),
        "{}",
        notice.subject()
    );
    let used = visitor.open(&second).await;
    assert_eq!(
        (used.status, used.page().h1().as_str()),
        (410, "This link was used")
    );
    assert_eq!(
        try_with(&visitor, OLGA, PASSWORD).await.status,
        422,
        "the old password is gone"
    );
    assert_eq!(
        try_with(&visitor, OLGA, "a new one for me, please")
            .await
            .status,
        303
    );
}

#[actix_web::test]
async fn rule_13_an_expired_reset_link_leads_on_to_a_new_one() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    visitor.post("/forgot-password", &[("email", OLGA)]).await;
    let link = path_of(&link_in(&app.deliver_one().await));
    app.advance(Duration::minutes(60));
    let dead = visitor.open(&link).await;
    assert_eq!(
        (dead.status, dead.page().h1().as_str()),
        (410, "This link expired")
    );
    assert!(
        dead.words().contains("o…a@acme.example"),
        "{}",
        dead.words()
    );
    let again = visitor
        .submit(&dead, &dead.page().form("Send me a new link"))
        .await;
    assert_eq!(again.page().h1(), "Check your email", "{}", again.words());
    assert_eq!(app.deliver_one().await.to, [OLGA]);
}

#[actix_web::test]
async fn rule_12_a_completed_reset_ends_a_lock() {
    let app = TestApp::start().await;
    let stranger = app.visitor();
    lock(&stranger, OLGA).await;
    stranger.post("/forgot-password", &[("email", OLGA)]).await;
    let mails = app.deliver().await;
    let reset = mails
        .iter()
        .find(|mail| mail.subject().starts_with("Reset"))
        .unwrap();
    let page = stranger.open(&path_of(&link_in(reset))).await;
    let form = page
        .page()
        .form("Change password")
        .fill("password", "a new one for me, please");
    assert_eq!(stranger.submit(&page, &form).await.status, 200);
    assert_eq!(
        try_with(&stranger, OLGA, "a new one for me, please")
            .await
            .status,
        303
    );
}

#[actix_web::test]
async fn s19_strangers_can_cause_three_mails_an_hour_to_an_address_and_ten_in_all() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for _ in 0..5 {
        assert_eq!(
            visitor
                .post("/forgot-password", &[("email", OLGA)])
                .await
                .status,
            200,
            "silently dropped above"
        );
    }
    assert_eq!(
        app.sql(|conn| mail_wishes::table.count().get_result::<i64>(conn)),
        3
    );
    for n in 0..12 {
        visitor
            .post(
                "/forgot-password",
                &[("email", &format!("person{n}@x.example"))],
            )
            .await;
    }
    assert_eq!(
        app.sql(|conn| mail_wishes::table.count().get_result::<i64>(conn)),
        8,
        "ten of this client, two of them over the address's three"
    );
}

#[actix_web::test]
async fn signing_in_makes_a_new_key_and_signing_out_kills_it() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    visitor.sign_in(OLGA).await;
    let first = visitor.cookie("session").unwrap();
    visitor.sign_in(OLGA).await;
    let second = visitor.cookie("session").unwrap();
    assert_ne!(first, second);
    let replay = |value: &str| {
        let visitor = app.visitor();
        visitor.keep(actix_web::cookie::Cookie::new("session", value.to_owned()));
        visitor
    };
    assert!(
        replay(&first).get("/accounts/acme").await.asks_to_sign_in(),
        "the old key is dead"
    );
    assert_eq!(replay(&second).get("/accounts/acme").await.status, 200);
    let out = visitor.post("/sign-out", &[]).await;
    assert_eq!(
        (out.status, out.header("clear-site-data").is_some()),
        (303, true)
    );
    assert!(
        replay(&second)
            .get("/accounts/acme")
            .await
            .asks_to_sign_in()
    );
    assert_eq!(
        visitor.get("/sign-out").await.status,
        303,
        "nothing to sign out of"
    );
}

#[actix_web::test]
async fn a_session_ends_when_unused_for_eight_hours_and_after_a_day_in_any_case() {
    let app = TestApp::start().await;
    let idle = app.visitor();
    idle.sign_in(OLGA).await;
    app.advance(Duration::hours(8));
    let answer = idle.get("/accounts/acme").await;
    assert!(answer.asks_to_sign_in());
    assert_eq!(
        answer.location().unwrap(),
        "/sign-in?return_to=%2Faccounts%2Facme"
    );

    let busy = app.visitor();
    busy.sign_in(OLGA).await;
    for hour in 1..24 {
        app.advance(Duration::hours(1));
        assert_eq!(
            busy.get("/accounts/acme").await.status,
            200,
            "after {hour} hours of work"
        );
        // "Last seen" is written behind the answer.
        for _ in 0..100 {
            let seen = app.sql(|c| {
                sessions::table
                    .select(sessions::last_seen_at)
                    .first::<tenantry::db::types::Ts>(c)
            });
            if seen == app.now() {
                break;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
    app.advance(Duration::hours(1));
    assert!(busy.get("/accounts/acme").await.asks_to_sign_in());
}

#[actix_web::test]
async fn reading_pages_writes_nothing_within_five_minutes() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    visitor.sign_in(OLGA).await;
    let seen = |app: &TestApp| {
        app.sql(|c| {
            sessions::table
                .select(sessions::last_seen_at)
                .first::<tenantry::db::types::Ts>(c)
        })
    };
    let before = seen(&app);
    app.advance(Duration::minutes(4));
    for _ in 0..5 {
        assert_eq!(
            visitor.get("/accounts/acme/user-management").await.status,
            200
        );
    }
    actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(seen(&app), before);
}

#[actix_web::test]
async fn after_signing_in_one_is_where_one_wanted_to_be_and_nowhere_else() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let asked = visitor
        .get("/accounts/acme/user-management?status=invited")
        .await;
    let page = visitor.follow(asked).await;
    let form = page
        .page()
        .form("Sign in")
        .fill("email", OLGA)
        .fill("password", PASSWORD);
    let answer = visitor.submit(&page, &form).await;
    assert_eq!(
        answer.location().unwrap(),
        "/accounts/acme/user-management?status=invited"
    );
    for hostile in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let fields = [("email", OLGA), ("password", PASSWORD), ("return", hostile)];
        assert_eq!(
            app.visitor()
                .post("/sign-in", &fields)
                .await
                .location()
                .unwrap(),
            "/",
            "{hostile}"
        );
    }
}

#[actix_web::test]
async fn a_password_is_compared_exactly() {
    let app = TestApp::start().await;
    for wrong in [
        format!("{PASSWORD} "),
        PASSWORD.to_uppercase(),
        PASSWORD[..PASSWORD.len() - 1].to_owned(),
    ] {
        assert_eq!(try_with(&app.visitor(), OLGA, &wrong).await.status, 422);
    }
    assert_eq!(
        try_with(&app.visitor(), "OLGA@ACME.example", PASSWORD)
            .await
            .status,
        303,
        "the address is folded"
    );
}

#[actix_web::test]
async fn of_fifty_sign_ins_with_the_old_password_during_a_reset_none_is_in_after_it() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    visitor.post("/forgot-password", &[("email", OLGA)]).await;
    let page = visitor
        .open(&path_of(&link_in(&app.deliver_one().await)))
        .await;
    let form = page
        .page()
        .form("Change password")
        .fill("password", "a new one for me, please");
    let strangers: Vec<Visitor<'_>> = (0..50).map(|_| app.visitor()).collect();
    let tries = strangers.iter().map(|one| try_with(one, OLGA, PASSWORD));
    let tries = futures_util::future::join_all(tries);
    let reset = async {
        let mut done = visitor.submit(&page, &form).await;
        // PostgreSQL may give up on a transaction that others passed too often: nothing changed, and it is sent again.
        for _ in 0..5 {
            if done.status != 503 {
                break;
            }
            done = visitor.submit(&page, &form).await;
        }
        done
    };
    let (tried, done) = futures_util::future::join(tries, reset).await;
    assert_eq!(
        done.page().h1(),
        "Your password was changed",
        "{}",
        done.words()
    );
    let told: Vec<u16> = tried.iter().map(|answer| answer.status).collect();
    let known = [303, 422, 429, 503];
    assert!(told.iter().all(|status| known.contains(status)), "{told:?}");
    let left: i64 = app.sql(|conn| {
        sessions::table
            .filter(sessions::user_id.eq(crate::support::cast::user(OLGA)))
            .count()
            .get_result(conn)
    });
    assert_eq!(left, 0, "{told:?}");
}

#[actix_web::test]
async fn a_form_sent_when_the_session_was_over_leads_back_to_its_page_after_signing_in() {
    let app = TestApp::start().await;
    let origin = app.app().config().public_url.origin().to_owned();
    let page = "/accounts/acme/user-management/new?project=none";
    for path in [
        "/accounts/acme/user-management/new",
        "/me/branding",
        "/me/roles",
    ] {
        let visitor = app.visitor();
        let form = visitor.ask(Method::POST, path).fields(&[("a", "b")]);
        let form = form.header("referer", &format!("{origin}{page}"));
        let asked = form.send().await;
        assert!(asked.asks_to_sign_in(), "{path}: {}", asked.words());
        let sign_in = visitor.follow(asked).await;
        let form = sign_in.page().form("Sign in").fill("email", OLGA);
        let form = form.fill("password", PASSWORD);
        let done = visitor.submit(&sign_in, &form).await;
        assert_eq!(done.location().as_deref(), Some(page), "{path}");
    }
}

#[actix_web::test]
async fn no_page_of_others_is_ever_followed_to_after_signing_in() {
    let app = TestApp::start().await;
    let origin = app.app().config().public_url.origin().to_owned();
    for referer in [
        "https://evil.example/accounts/acme".to_owned(),
        format!("{origin}.evil.example/accounts/acme"),
        format!("{origin}@evil.example/accounts/acme"),
        format!("{origin}//evil.example/accounts/acme"),
        format!("{origin}/\\evil.example"),
        format!("{origin}/{}", "a".repeat(2000)),
        format!("https://evil.example/?{origin}/accounts/acme"),
        "/accounts/acme".to_owned(),
        "//evil.example/accounts/acme".to_owned(),
        String::new(),
    ] {
        let visitor = app.visitor();
        let form = visitor.ask(Method::POST, "/accounts/acme/user-management/new");
        let form = form.header("referer", &referer).fields(&[]);
        let asked = form.send().await;
        assert_eq!(asked.location().as_deref(), Some("/sign-in"), "{referer}");
    }
}
