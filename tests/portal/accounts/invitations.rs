//! Invitations to people with a home elsewhere (rules 9, 10; S1, S14, S16): reviewed, accepted, declined, with the
//! mail and without it, and what each side gets to see.

use crate::support::app::TestApp;
use crate::support::cast;
use crate::support::smtp::link_in;
use crate::support::visitor::{Answer, Visitor};
use diesel::prelude::*;
use futures_util::future::join_all;
use tenantry::db::schema::{accounts, audit_events, grants, links, memberships, users};

const GLOBEX: &str = "/accounts/globex/user-management";

/// Gil invites an address to Globex, as a Viewer of Bay 1, by a name that he thinks of.
async fn invite(app: &TestApp, email: &str, (first, last): (&str, &str)) -> Answer {
    let gil = app.signed_in("gil@globex.example");
    let person = [("first_name", first), ("last_name", last), ("email", email)];
    let second = gil.post(&format!("{GLOBEX}/new"), &person).await;
    assert_eq!(second.status, 200, "{}", second.words());
    let bay = cast::project("bay-1").to_string();
    let form = second
        .page()
        .form("Submit")
        .fill("place", &bay)
        .tick("role", "viewer");
    gil.follow(gil.submit(&second, &form).await).await
}

/// Sam of Acme, invited to Globex by another name; the path that the mail leads to.
async fn sam_invited(app: &TestApp) -> String {
    invite(app, "sam@acme.example", ("Samuel", "Sometimes")).await;
    let mail = app.deliver_one().await;
    let link = url::Url::parse(&link_in(&mail)).unwrap();
    link.path().to_owned()
}

fn standing(app: &TestApp, email: &str) -> Option<String> {
    app.sql(|conn| {
        memberships::table
            .filter(memberships::account_id.eq(cast::account("globex")))
            .filter(memberships::user_id.eq(cast::user(email)))
            .select(memberships::status)
            .first(conn)
            .optional()
    })
}

fn told(app: &TestApp, action: &str) -> i64 {
    app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq(action))
            .count()
            .get_result(conn)
    })
}

fn close_home(app: &TestApp, slug: &str) {
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq(slug)))
            .set(accounts::exclusive.eq(true))
            .execute(conn)
    });
}

async fn answer(visitor: &Visitor<'_>, page: &Answer, button: &str) -> Answer {
    visitor.submit(page, &page.page().form(button)).await
}

#[actix_web::test]
async fn the_inviting_account_sees_the_name_it_typed_until_the_guest_accepts() {
    let app = TestApp::start().await;
    let path = sam_invited(&app).await;
    let gil = app.signed_in("gil@globex.example");
    let sam_page = format!("/accounts/globex/users/{}", cast::user("sam@acme.example"));
    let places = [
        GLOBEX,
        &sam_page,
        "/accounts/globex/organizations/hub/projects/bay-1/users",
    ];
    for place in places {
        let words = gil.get(place).await.words();
        assert!(
            words.contains("Samuel Sometimes") && !words.contains("Sam South"),
            "{place}: {words}"
        );
    }
    // Nor does what hangs on the invitation tell: a request, its list and its mail, and a group with a role.
    let globex = cast::account("globex").to_string();
    let fields = [
        ("person", "sam@acme.example"),
        ("place", globex.as_str()),
        ("reason", "They know."),
    ];
    app.deliver().await;
    let asked = gil.post("/accounts/globex/requests", &fields).await;
    assert_eq!(asked.status, 303, "{}", asked.words());
    let request = asked.location().unwrap();
    let list = "/accounts/globex/requests";
    for place in [request.as_str(), list, "/me/requests"] {
        let words = gil.get(place).await.words();
        assert!(
            words.contains("Samuel Sometimes") && !words.contains("Sam South"),
            "{place}: {words}"
        );
    }
    let file = gil.get(&format!("{list}.csv")).await.body;
    assert!(
        file.contains("Samuel Sometimes") && !file.contains("Sam South"),
        "{file}"
    );
    for mail in app.deliver().await {
        assert!(!mail.text().contains("Sam South"), "{}", mail.text());
    }
    // When he has said no he is still called what Globex called him.
    let sam = app.signed_in("sam@acme.example");
    let invitation = sam.open(&path).await;
    let no = answer(&sam, &invitation, "Decline").await;
    assert_eq!(no.status, 303, "{}", no.words());
    let gone = gil.get(&request).await.words();
    assert!(
        gone.contains("Samuel Sometimes") && !gone.contains("Sam South"),
        "{gone}"
    );
    app.deliver().await;
    let path = sam_invited(&app).await;
    let words = gil.get(&sam_page).await.words();
    assert!(!words.contains("Sam South"), "{words}");
    let twice = [
        ("first_name", "Sammy"),
        ("last_name", "Else"),
        ("email", "sam@acme.example"),
    ];
    let again = gil.post(&format!("{GLOBEX}/new"), &twice).await;
    assert!(
        again.words().contains("Samuel Sometimes"),
        "{}",
        again.words()
    );

    let sam = app.signed_in("sam@acme.example");
    let page = sam.open(&path).await;
    let joined = answer(&sam, &page, "Accept").await;
    let landed = joined.location().unwrap();
    assert!(landed.starts_with("/go/project_"), "{landed}");
    for place in places {
        let words = gil.get(place).await.words();
        assert!(
            words.contains("Sam South") && !words.contains("Samuel"),
            "{place}: {words}"
        );
    }
    let order: (String, String) = app.sql(|conn| {
        let sort = memberships::table
            .filter(memberships::account_id.eq(cast::account("globex")))
            .filter(memberships::user_id.eq(cast::user("sam@acme.example")))
            .select(memberships::sort_key)
            .first(conn)?;
        let grant = grants::table
            .filter(grants::account_id.eq(cast::account("globex")))
            .filter(grants::user_id.eq(cast::user("sam@acme.example")))
            .select(grants::sort_key)
            .first(conn)?;
        Ok((sort, grant))
    });
    assert_eq!(order, ("sam south".into(), "sam south".into()));
}

#[actix_web::test]
async fn s16_an_unknown_and_a_known_address_look_alike_to_whoever_adds_them() {
    let app = TestApp::start().await;
    let known = invite(&app, "sam@acme.example", ("Nora", "New")).await;
    let unknown = invite(&app, "nobody@nowhere.example", ("Nora", "New")).await;
    let neutral = |answer: &Answer, email: &str| {
        let words = answer.words().replace(email, "EMAIL");
        words
            .split("/welcome/")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        neutral(&known, "sam@acme.example"),
        neutral(&unknown, "nobody@nowhere.example")
    );
}

#[actix_web::test]
async fn the_invitation_says_who_where_which_roles_and_what_will_be_seen() {
    let app = TestApp::start().await;
    let path = sam_invited(&app).await;
    let sam = app.signed_in("sam@acme.example");
    let words = sam.open(&path).await.words();
    for says in [
        "Gil Globex invites you to Bay 1 (Globex)",
        "Viewer in Bay 1 (Hub)",
        "Globex will see your name, your email address and when you sign in",
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
}

#[actix_web::test]
async fn an_invitation_is_accepted_without_its_mail() {
    let app = TestApp::start().await;
    invite(&app, "sam@acme.example", ("Samuel", "Sometimes")).await;
    app.advance(chrono::Duration::days(14));
    let sam = app.signed_in("sam@acme.example");
    for list in ["/me/accounts", "/accounts"] {
        let words = sam.get(list).await.words();
        assert!(
            words.contains("Gil Globex invites you to Globex."),
            "{list}: {words}"
        );
    }
    let menu = sam
        .ask(actix_web::http::Method::GET, "/me/accounts?at=acme")
        .header("hx-request", "true")
        .send()
        .await;
    assert!(
        menu.body.contains("Globex") && menu.body.contains("Invitation"),
        "{}",
        menu.body
    );
    let page = sam
        .open(
            &sam.get("/me/accounts")
                .await
                .page()
                .link("Review the invitation"),
        )
        .await;
    let joined = sam.follow(answer(&sam, &page, "Accept").await).await;
    assert!(
        joined.words().contains("You are now in Globex."),
        "{}",
        joined.words()
    );
    assert_eq!(
        standing(&app, "sam@acme.example").as_deref(),
        Some("active")
    );
    let mail = app.deliver().await;
    let to_gil = mail
        .iter()
        .find(|mail| mail.to == ["gil@globex.example"])
        .unwrap();
    assert_eq!(to_gil.subject(), "Sam South joined Hub");
}

#[actix_web::test]
async fn declining_gives_the_reason_to_the_inviter_under_the_name_they_typed() {
    let app = TestApp::start().await;
    let path = sam_invited(&app).await;
    let sam = app.signed_in("sam@acme.example");
    let page = sam.open(&path).await;
    let form = page.page().form("Decline").fill("reason", "Not my trade");
    let said = sam.follow(sam.submit(&page, &form).await).await;
    assert!(
        said.words().contains("You declined to join Globex."),
        "{}",
        said.words()
    );
    assert_eq!(standing(&app, "sam@acme.example"), None);
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, ["gil@globex.example"]);
    assert_eq!(mail.subject(), "Samuel Sometimes declined to join Globex");
    assert!(
        mail.text().contains("Not my trade") && !mail.text().contains("South"),
        "{}",
        mail.text()
    );
    let gil = app.signed_in("gil@globex.example");
    assert!(!gil.get(GLOBEX).await.words().contains("Samuel"));
    // Declined is not for ever.
    invite(&app, "sam@acme.example", ("Samuel", "Sometimes")).await;
    assert_eq!(
        standing(&app, "sam@acme.example").as_deref(),
        Some("invited")
    );
}

#[actix_web::test]
async fn a_reason_that_cannot_be_taken_comes_back() {
    let app = TestApp::start().await;
    let path = sam_invited(&app).await;
    let sam = app.signed_in("sam@acme.example");
    let page = sam.open(&path).await;
    let form = page.page().form("Decline").fill("reason", &"x".repeat(301));
    let again = sam.submit(&page, &form).await;
    assert_eq!(
        (again.status, standing(&app, "sam@acme.example").as_deref()),
        (422, Some("invited"))
    );
    let page = sam
        .get(&format!(
            "/me/invitation?account={}",
            cast::account("globex")
        ))
        .await;
    let form = page.page().form("Decline").fill("reason", "with\u{7}bell");
    assert_eq!(sam.submit(&page, &form).await.status, 422);
}

#[actix_web::test]
async fn s1_whoever_has_a_new_address_by_their_home_does_not_get_what_was_sent_to_the_old_one() {
    for moved in [false, true] {
        let app = TestApp::start().await;
        sam_invited(&app).await;
        let now = if moved {
            "post@x.example"
        } else {
            "sam@acme.example"
        };
        app.sql(|conn| {
            diesel::update(users::table.find(cast::user("sam@acme.example")))
                .set((users::email.eq(now), users::email_key.eq(now)))
                .execute(conn)
        });
        app.visitor().post("/links/new", &[("email", now)]).await;
        let sent = app.deliver().await;
        assert_eq!(sent.len(), usize::from(!moved), "a link to {now}");
    }
}

#[actix_web::test]
async fn an_invitation_accepted_fifty_times_at_once_counts_once_and_the_second_is_told() {
    let app = TestApp::start().await;
    let path = sam_invited(&app).await;
    let sam = app.signed_in("sam@acme.example");
    let page = sam.open(&path).await;
    let other = sam
        .get(&format!(
            "/me/invitation?account={}",
            cast::account("globex")
        ))
        .await;
    // From the link and from the list of one's accounts, as two tabs do.
    let tries = (0..50).map(|n| answer(&sam, if n % 2 == 0 { &page } else { &other }, "Accept"));
    let statuses: Vec<u16> = join_all(tries).await.iter().map(|it| it.status).collect();
    assert!(statuses.contains(&303), "{statuses:?}");
    let told_so = |status: &u16| [303, 410, 503].contains(status);
    assert!(statuses.iter().all(told_so), "{statuses:?}");
    assert_eq!(told(&app, "user.invite_accepted"), 1);
    let late = sam.follow(answer(&sam, &other, "Accept").await).await;
    assert!(
        late.words().contains("this invitation was accepted before"),
        "{}",
        late.words()
    );
    assert_eq!(
        sam.open(&path).await.page().h1(),
        "This invitation was answered"
    );
}

#[actix_web::test]
async fn of_fifty_acceptances_and_withdrawals_at_once_one_counts() {
    let app = TestApp::start().await;
    sam_invited(&app).await;
    let (sam, gil) = (
        app.signed_in("sam@acme.example"),
        app.signed_in("gil@globex.example"),
    );
    let page = sam
        .get(&format!(
            "/me/invitation?account={}",
            cast::account("globex")
        ))
        .await;
    let cancel = format!(
        "/accounts/globex/users/{}/cancel",
        cast::user("sam@acme.example")
    );
    let tries = (0..50).map(async |n| {
        if n % 2 == 0 {
            (true, answer(&sam, &page, "Accept").await)
        } else {
            (false, gil.post(&cancel, &[]).await)
        }
    });
    let answers = join_all(tries).await;
    let (accepts, withdraws) = (
        told(&app, "user.invite_accepted"),
        told(&app, "user.invite_revoked"),
    );
    assert_eq!(accepts + withdraws, 1);
    let standing = standing(&app, "sam@acme.example");
    assert_eq!(standing.as_deref(), (accepts == 1).then_some("active"));
    let statuses = |accepting: bool| {
        let own = answers.iter().filter(move |(of, _)| *of == accepting);
        own.map(|(_, answer)| answer.status)
    };
    let is_one_of = |expected: &'static [u16]| move |status: u16| expected.contains(&status);
    assert!(statuses(true).all(is_one_of(&[303, 410, 503])));
    assert!(statuses(false).all(is_one_of(&[303, 404, 409, 503])));
    let late = answer(&sam, &page, "Accept").await;
    let late = sam.follow(late).await;
    let why = if withdraws == 1 {
        "withdrew this invitation"
    } else {
        "this invitation was accepted before"
    };
    assert!(late.words().contains(why), "{}", late.words());
    assert!([404, 409].contains(&gil.post(&cancel, &[]).await.status));
}

#[actix_web::test]
async fn a_withdrawn_invitation_says_so_wherever_it_is_answered() {
    let app = TestApp::start().await;
    let path = sam_invited(&app).await;
    let (sam, gil) = (
        app.signed_in("sam@acme.example"),
        app.signed_in("gil@globex.example"),
    );
    let page = sam
        .get(&format!(
            "/me/invitation?account={}",
            cast::account("globex")
        ))
        .await;
    gil.post(
        &format!(
            "/accounts/globex/users/{}/cancel",
            cast::user("sam@acme.example")
        ),
        &[],
    )
    .await;
    let late = sam.follow(answer(&sam, &page, "Accept").await).await;
    assert!(
        late.words().contains("withdrew this invitation"),
        "{}",
        late.words()
    );
    assert_eq!(
        sam.open(&path).await.page().h1(),
        "This invitation was withdrawn"
    );
    assert_eq!(standing(&app, "sam@acme.example"), None);
}

#[actix_web::test]
async fn an_invitation_is_nobody_elses_to_answer() {
    let app = TestApp::start().await;
    sam_invited(&app).await;
    let olga = app.signed_in("olga@acme.example");
    let account = cast::account("globex").to_string();
    let sent = olga
        .post(
            "/me/invitation",
            &[("account", &account), ("answer", "accept")],
        )
        .await;
    assert_eq!(sent.location().as_deref(), Some("/me/accounts"));
    assert_eq!(
        standing(&app, "sam@acme.example").as_deref(),
        Some("invited")
    );
    assert_eq!(standing(&app, "olga@acme.example"), None);
}

#[actix_web::test]
async fn whoever_has_not_proven_their_address_accepts_by_mail_alone() {
    let app = TestApp::start().await;
    // Invited by Acme before, and let in by a copied link that proves nothing.
    invite(&app, "dana@acme.example", ("Dana", "Double")).await;
    let dana = app.signed_in("dana@acme.example");
    let account = cast::account("globex").to_string();
    let sent = dana
        .follow(dana.post("/me/invitation", &[("account", &account)]).await)
        .await;
    assert!(
        sent.words().contains("Open the link in the mail"),
        "{}",
        sent.words()
    );
    assert_eq!(
        standing(&app, "dana@acme.example").as_deref(),
        Some("invited")
    );
}

#[actix_web::test]
async fn an_invitation_that_no_manager_stood_behind_for_a_month_asks_the_manager() {
    let app = TestApp::start().await;
    sam_invited(&app).await;
    app.advance(chrono::Duration::days(31));
    let sam = app.signed_in("sam@acme.example");
    let account = cast::account("globex").to_string();
    let sent = sam
        .follow(sam.post("/me/invitation", &[("account", &account)]).await)
        .await;
    assert!(sent.words().contains("too old"), "{}", sent.words());
    assert_eq!(
        standing(&app, "sam@acme.example").as_deref(),
        Some("invited")
    );
}

#[actix_web::test]
async fn a_frozen_account_is_not_joined_and_can_be_declined() {
    let app = TestApp::start().await;
    sam_invited(&app).await;
    app.sql(|conn| {
        diesel::update(accounts::table.filter(accounts::slug.eq("globex")))
            .set(accounts::plan.eq("frozen"))
            .execute(conn)
    });
    let sam = app.signed_in("sam@acme.example");
    let page = sam
        .get(&format!(
            "/me/invitation?account={}",
            cast::account("globex")
        ))
        .await;
    let refused = answer(&sam, &page, "Accept").await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.words().contains("The gate that refused: plan."),
        "{}",
        refused.words()
    );
    assert_eq!(
        standing(&app, "sam@acme.example").as_deref(),
        Some("invited")
    );
    assert_eq!(answer(&sam, &page, "Decline").await.status, 303);
    assert_eq!(standing(&app, "sam@acme.example"), None);
}

#[actix_web::test]
async fn roles_that_their_giver_may_not_give_any_more_are_dropped_and_told() {
    let app = TestApp::start().await;
    sam_invited(&app).await;
    // Olga is made an Owner of Globex, and Gil loses what he gave by.
    app.sql(|conn| {
        cast::belong(
            conn,
            "globex",
            ("olga@acme.example", "Olga", "Owner"),
            true,
            tenantry::members::Status::Active,
        );
        cast::give_at(conn, "globex", "olga@acme.example", "owner");
        let gils = grants::table.filter(grants::user_id.eq(cast::user("gil@globex.example")));
        diesel::delete(gils).execute(conn)
    });
    let sam = app.signed_in("sam@acme.example");
    let page = sam
        .get(&format!(
            "/me/invitation?account={}",
            cast::account("globex")
        ))
        .await;
    answer(&sam, &page, "Accept").await;
    let mails = app.deliver().await;
    let to_olga = mails
        .iter()
        .find(|mail| mail.to == ["olga@acme.example"])
        .unwrap();
    assert!(
        to_olga.text().contains("Roles that were not given: Viewer"),
        "{}",
        to_olga.text()
    );
}

#[actix_web::test]
async fn s16_a_home_that_keeps_its_people_lets_no_link_work_and_tells_them_alone() {
    let app = TestApp::start().await;
    let path = sam_invited(&app).await;
    close_home(&app, "acme");
    let sam = app.signed_in("sam@acme.example");
    assert_eq!(
        sam.open(&path).await.page().h1(),
        "Your login cannot be used there"
    );
    assert_eq!(
        app.visitor().open(&path).await.page().h1(),
        "This link does not work"
    );
    let words = sam.get("/me/accounts").await.words();
    assert!(
        words.contains("Your home account does not let its people join other accounts."),
        "{words}"
    );
    let account = cast::account("globex").to_string();
    let sent = sam
        .follow(sam.post("/me/invitation", &[("account", &account)]).await)
        .await;
    assert!(
        sent.words().contains("does not let its people"),
        "{}",
        sent.words()
    );
    assert_eq!(
        standing(&app, "sam@acme.example").as_deref(),
        Some("invited")
    );
    let gil = app.signed_in("gil@globex.example");
    let words = gil.get(GLOBEX).await.words();
    assert!(
        words.contains("Samuel Sometimes") && !words.contains("Acme"),
        "{words}"
    );
    // Asking for a new link brings none, and says so; whoever invited sees what they see of any other.
    app.visitor()
        .post("/links/new", &[("email", "sam@acme.example")])
        .await;
    let mail = app.deliver_one().await;
    assert_eq!(mail.to, ["sam@acme.example"]);
    assert!(!mail.text().contains("/welcome/"), "{}", mail.text());
    let list = gil.get(&format!("{GLOBEX}?status=invited")).await;
    let words = list.words();
    assert!(words.contains("New link requested by Samuel"), "{words}");
}

#[actix_web::test]
async fn the_first_welcome_that_is_completed_makes_the_home_and_names_the_person() {
    let app = TestApp::start().await;
    // Dana waits for Acme; Globex welcomes her too, by another name, and she follows that mail first.
    invite(&app, "dana@acme.example", ("Danielle", "Ruiz")).await;
    let mail = app.deliver_one().await;
    let link = url::Url::parse(&link_in(&mail)).unwrap();
    let dana = app.visitor();
    let page = dana.open(link.path()).await;
    assert!(
        page.words().contains("Danielle") && !page.words().contains("Acme "),
        "{}",
        page.words()
    );
    let form = page
        .page()
        .form("Set password and sign in")
        .fill("password", cast::PASSWORD);
    dana.submit(&page, &form).await;
    dana.sign_in("dana@acme.example").await;
    let (home, first, last): (Option<tenantry::db::types::AccountId>, String, String) =
        app.sql(|conn| {
            users::table
                .filter(users::id.eq(cast::user("dana@acme.example")))
                .select((users::home_account_id, users::first_name, users::last_name))
                .first(conn)
        });
    assert_eq!(
        (home, first.as_str(), last.as_str()),
        (Some(cast::account("globex")), "Danielle", "Ruiz")
    );
    // Acme's welcome has become an invitation, to be accepted, under the name that Acme typed.
    let ravi = app.signed_in("ravi@acme.example");
    assert!(
        ravi.get("/accounts/acme/user-management?status=invited")
            .await
            .words()
            .contains("Dana Invited")
    );
    let page = dana.open(&format!("/welcome/{}", cast::DANA_TOKEN)).await;
    assert!(
        page.page().h1().contains("invites you to"),
        "{}",
        page.words()
    );
    let joined = dana.follow(answer(&dana, &page, "Accept").await).await;
    assert!(
        joined.words().contains("You are now in Acme."),
        "{}",
        joined.words()
    );
    let (kind, used): (String, i64) = app.sql(|conn| {
        let kind = memberships::table
            .filter(memberships::account_id.eq(cast::account("acme")))
            .filter(memberships::user_id.eq(cast::user("dana@acme.example")))
            .select(memberships::kind)
            .first(conn)?;
        let used = links::table
            .filter(links::id.eq(cast::dana_link()))
            .filter(links::used_at.is_not_null())
            .count()
            .get_result(conn)?;
        Ok((kind, used))
    });
    assert_eq!((kind.as_str(), used), ("guest", 1));
}
