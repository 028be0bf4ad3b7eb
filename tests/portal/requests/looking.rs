//! What whoever decides is shown of a request, and that nothing is approved but what they looked at (rules 5, 17 and 18;
//! S1, S4, S13).

use super::*;
use tenantry::db::schema::{custom_roles, memberships, organizations, projects, users};

const POLICY: (&str, &str) = ("TENANTRY_ADMIN_GRANTS", "existing-admin");
const OLGA: &str = "olga@acme.example";
const RAVI: &str = "ravi@acme.example";
const PAT: &str = "pat@globex.example";
const DANA: &str = "dana@acme.example";
const LEE: &str = "lee@globex.example";

/// Gives oneself another name, as anybody can.
async fn rename_oneself(visitor: &Visitor<'_>, first: &str, last: &str) {
    let page = visitor.get("/me").await;
    let mut forms = page.page().forms().into_iter();
    let named = |form: &crate::support::html::Form| {
        form.fields.iter().any(|(name, _)| name == "first_name")
    };
    let form = forms.find(named).unwrap();
    let form = form.fill("first_name", first).fill("last_name", last);
    let done = visitor.submit(&page, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
}

fn has_line(text: &str, line: &str) -> bool {
    text.lines().any(|one| one == line)
}

/// Asks for Admin of North.
async fn ask_for_oneself(visitor: &Visitor<'_>) -> String {
    let place = north();
    let fields = [("place", place.as_str()), ("reason", WHY)];
    let sent = visitor.post(LIST, &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    sent.location().unwrap()
}

fn call_north(app: &TestApp, name: &str) {
    app.sql(|conn| {
        diesel::update(organizations::table.find(cast::organization("north")))
            .set(organizations::name.eq(name))
            .execute(conn)
    });
}

fn north() -> String {
    cast::organization("north").to_string()
}

#[actix_web::test]
async fn whoever_decides_reads_the_address_beside_a_name_that_anybody_can_take() {
    let app = TestApp::start().await;
    let vera = app.signed_in(VERA);
    rename_oneself(&vera, "Dana", "Director").await;
    let path = ask_for_oneself(&vera).await;
    let sent = app.deliver().await;
    assert_eq!(sent.len(), 2);
    for mail in &sent {
        let text = mail.text();
        for label in ["For", "Asked by"] {
            let says = format!("{label}: Dana Director, {VERA}");
            assert!(has_line(&text, &says), "{says} in {text}");
        }
    }
    let anna_visits = app.signed_in(&anna());
    let page = anna_visits.get(&path).await;
    let words = page.words();
    let says = format!("Dana Director {VERA}");
    assert!(words.contains(&says), "{words}");
    assert!(words.contains("themself"), "{words}");
    let leads = page.page().link("Dana Director");
    assert_eq!(leads, format!("/accounts/acme/users/{}", user(VERA)));
    assert_eq!(anna_visits.get(&leads).await.status, 200);
    press(&anna_visits, &path, "Approve", "Yes").await;
    let sent = app.deliver().await;
    assert!(!sent.is_empty(), "the operators are asked");
    for mail in &sent {
        let says = format!("For: Dana Director, {VERA}");
        assert!(has_line(&mail.text(), &says), "{}", mail.text());
    }
    let pat = app.signed_in(PAT);
    let page = pat.get(&operator_page(&path)).await;
    assert!(page.words().contains(&says), "{}", page.words());
    let inside = page.page().links().into_iter();
    let inside: Vec<String> = (inside.map(|(_, href)| href))
        .filter(|href| href.contains(&user(VERA).to_string()) || href.contains("/go/"))
        .collect();
    assert!(
        inside.is_empty(),
        "an operator is in no account: {inside:?}"
    );
    press(&pat, &operator_page(&path), "Confirm", "Yes").await;
    let told = "Dana Director is now an Admin of North";
    let sent = app.deliver().await;
    let told: Vec<String> = (sent.iter().filter(|mail| mail.subject() == told))
        .map(|mail| mail.text())
        .collect();
    assert_eq!(told.len(), 2, "the Admins of North");
    let says = format!("Who: Dana Director, {VERA}");
    assert!(told.iter().all(|text| has_line(text, &says)), "{told:?}");
}

#[actix_web::test]
async fn an_address_is_told_to_who_manages_users_there_and_to_nobody_else() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let path = ask_for_vera(&ravi).await;
    for visitor in [&ravi, &app.signed_in(&anna())] {
        let words = visitor.get(&path).await.words();
        let asked = format!("Ravi Users {RAVI}");
        assert!(words.contains(VERA) && words.contains(&asked), "{words}");
    }
    let page = app.signed_in(VERA).get(&path).await;
    let words = page.words();
    assert!(
        words.contains(VERA) && words.contains("Ravi Users"),
        "{words}"
    );
    assert!(!page.body.contains(RAVI), "{words}");
    // Who asked, and manages nobody there any more, is told no more than names.
    app.sql(|conn| {
        diesel::delete(grants::table.filter(grants::user_id.eq(user(RAVI)))).execute(conn)?;
        cast::give(conn, RAVI, "viewer", At::North);
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
    let page = ravi.get(&path).await;
    assert!(page.words().contains("Vera viewer at acme"));
    assert!(!page.body.contains(VERA), "{}", page.words());
}

#[actix_web::test]
async fn somebody_invited_and_a_guest_are_shown_as_what_they_are() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    for (email, page_says, mail_says) in [
        (
            DANA,
            "dana@acme.example, invited, not in yet",
            "dana@acme.example (invited, not in yet)",
        ),
        (
            LEE,
            "lee@globex.example, guest",
            "lee@globex.example (guest)",
        ),
    ] {
        let path = ask(&ravi, email, &north()).await.location().unwrap();
        let sent = app.deliver().await;
        assert!(!sent.is_empty());
        assert!(
            sent.iter().all(|mail| mail.text().contains(mail_says)),
            "{email}"
        );
        let words = app.signed_in(&anna()).get(&path).await.words();
        assert!(words.contains(page_says), "{email}: {words}");
    }
}

#[actix_web::test]
async fn a_place_is_shown_by_its_name_of_now_and_by_that_of_then_and_leads_there() {
    let app = TestApp::with(&[POLICY]).await;
    call_north(&app, "Trial sandbox");
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    app.deliver().await;
    call_north(&app, "North");
    let anna = app.signed_in(&anna());
    let page = anna.get(&path).await;
    let says = "North called Trial sandbox when it was asked for";
    assert!(page.words().contains(says), "{}", page.words());
    let links = page.page().links();
    let go = format!("/go/{}", north());
    assert!(
        links.contains(&("North".to_owned(), go.clone())),
        "{links:?}"
    );
    let there = anna.get(&go).await.location();
    assert_eq!(there.as_deref(), Some("/accounts/acme/organizations/north"));
    app.advance(chrono::Duration::days(3));
    while tenantry::jobs::tend_requests_once(app.app()).await.unwrap() {}
    let sent = app.deliver().await;
    let ours: Vec<String> = (sent.iter().map(|mail| mail.text()))
        .filter(|text| text.contains(&path))
        .collect();
    assert_eq!(ours.len(), 2, "both Admins are reminded");
    for text in ours {
        assert!(has_line(&text, "Where: North"), "{text}");
        assert!(!text.contains("Trial sandbox"), "{text}");
    }
    press(&app.signed_in(OLGA), &path, "Approve", "Yes").await;
    let sent = app.deliver().await;
    assert_eq!(sent.len(), 4, "who asked, whom it is for, and two Admins");
    for mail in sent {
        assert!(!mail.text().contains("Trial sandbox"), "{}", mail.text());
    }
}

#[actix_web::test]
async fn rule_5_who_does_not_see_the_place_any_more_learns_no_new_name_of_it() {
    let app = TestApp::with(&[POLICY]).await;
    let sam = "sam@acme.example";
    let south = cast::organization("south");
    let asks = app.signed_in(sam);
    let fields = [("place", &*south.to_string()), ("reason", WHY)];
    let path = asks.post(LIST, &fields).await.location().unwrap();
    app.deliver().await;
    app.sql(|conn| {
        diesel::delete(grants::table.filter(grants::user_id.eq(user(sam)))).execute(conn)?;
        cast::give(conn, sam, "viewer", At::Dock4);
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        diesel::update(organizations::table.find(south))
            .set(organizations::name.eq("Project Nightfall"))
            .execute(conn)
    });
    let page = asks.get(&path).await;
    assert!(page.words().contains("South"), "{}", page.words());
    assert!(!page.body.contains("Nightfall"), "{}", page.words());
    assert!(!page.body.contains("/go/"), "{}", page.words());
    let anna = app.signed_in(&anna());
    let says = "Project Nightfall called South when it was asked for";
    assert!(anna.get(&path).await.words().contains(says));
    press(&anna, &path, "Refuse", "Not now.").await;
    let told = app.deliver_one().await;
    assert!(has_line(&told.text(), "Where: South"), "{}", told.text());
    assert!(!told.text().contains("Nightfall"), "{}", told.text());
}

/// What somebody else does while a page is open, and how the page that comes back says so.
type Meanwhile = (
    fn(&mut tenantry::db::Conn) -> QueryResult<usize>,
    &'static str,
);

fn more_in_the_role(conn: &mut tenantry::db::Conn) -> QueryResult<usize> {
    diesel::update(custom_roles::table.find(cast::role("Night shift")))
        .set(custom_roles::permissions.eq("items.view orders.write"))
        .execute(conn)
}

fn another_name_of_the_role(conn: &mut tenantry::db::Conn) -> QueryResult<usize> {
    diesel::update(custom_roles::table.find(cast::role("Night shift")))
        .set(custom_roles::name.eq("Day shift"))
        .execute(conn)
}

fn another_name_of_the_place(conn: &mut tenantry::db::Conn) -> QueryResult<usize> {
    diesel::update(projects::table.find(cast::project("dock-4")))
        .set(projects::name.eq("Vault"))
        .execute(conn)
}

fn another_name_of_the_person(conn: &mut tenantry::db::Conn) -> QueryResult<usize> {
    let vera = user(&holder("viewer", At::Dock4));
    diesel::update(memberships::table.filter(memberships::user_id.eq(vera)))
        .set(memberships::first_name.eq("Mallory"))
        .execute(conn)
}

fn another_address_of_the_person(conn: &mut tenantry::db::Conn) -> QueryResult<usize> {
    let vera = user(&holder("viewer", At::Dock4));
    diesel::update(users::table.find(vera))
        .set(users::email.eq("mallory@elsewhere.example"))
        .execute(conn)
}

const MEANWHILE: [Meanwhile; 5] = [
    (more_in_the_role, "the role Night shift was changed"),
    (another_name_of_the_role, "the role Day shift was changed"),
    (
        another_name_of_the_place,
        "the place was renamed to Vault in North",
    ),
    (
        another_name_of_the_person,
        "Mallory viewer at dock4 got another name or address",
    ),
    (
        another_address_of_the_person,
        "Vera viewer at dock4 got another name or address",
    ),
];

#[actix_web::test]
async fn what_was_changed_while_the_page_was_open_is_not_approved_but_shown_anew() {
    for (change, says) in MEANWHILE {
        let app = TestApp::start().await;
        let vera = holder("viewer", At::Dock4);
        let (night, dock) = (cast::role("Night shift"), cast::project("dock-4"));
        let fields = [
            ("role", &*night.to_string()),
            ("place", &*dock.to_string()),
            ("reason", WHY),
        ];
        let sent = app.signed_in(&vera).post(LIST, &fields).await;
        let path = sent.location().unwrap();
        let held = || -> i64 {
            app.sql(|conn| {
                grants::table
                    .filter(grants::user_id.eq(user(&vera)))
                    .filter(grants::role.eq(night.to_string()))
                    .count()
                    .get_result(conn)
            })
        };
        let olga = app.signed_in(OLGA);
        let seen = olga.get(&path).await;
        app.sql(change);
        let form = seen
            .page()
            .form("Approve")
            .fill("words", "She is there at night.");
        let again = olga.submit(&seen, &form).await;
        let words = again.words();
        assert_eq!(again.status, 422, "{says}: {words}");
        assert!(
            words.contains("Nothing was approved") && words.contains(says),
            "{says}: {words}"
        );
        assert_eq!(
            (state(&app, &path).as_str(), held()),
            ("waiting", 0),
            "{says}"
        );
        assert_eq!(events(&app, "request.approved").len(), 0);
        // What was written is there still, and what is shown by now can be approved.
        let form = again.page().form("Approve");
        let kept = ("words".to_owned(), "She is there at night.".to_owned());
        assert!(form.fields.contains(&kept), "{form:?}");
        let done = olga.submit(&again, &form).await;
        assert_eq!(done.status, 303, "{}", done.words());
        assert_eq!(
            (state(&app, &path).as_str(), held()),
            ("granted", 1),
            "{says}"
        );
    }
}

#[actix_web::test]
async fn a_role_is_shown_by_its_name_of_now_and_by_that_of_then() {
    let app = TestApp::start().await;
    let (night, dock) = (cast::role("Night shift"), cast::project("dock-4"));
    let fields = [
        ("role", &*night.to_string()),
        ("place", &*dock.to_string()),
        ("reason", WHY),
    ];
    let vera = app.signed_in(&holder("viewer", At::Dock4));
    let path = vera.post(LIST, &fields).await.location().unwrap();
    app.sql(another_name_of_the_role);
    let page = app.signed_in(OLGA).get(&path).await;
    let says = "Day shift called Night shift when it was asked for";
    assert!(page.words().contains(says), "{}", page.words());
    assert_eq!(page.page().h1(), "Day shift role for Vera viewer at dock4");
}

#[actix_web::test]
async fn a_form_that_does_not_say_what_was_looked_at_approves_nothing_and_still_refuses() {
    let app = TestApp::with(&[POLICY]).await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    let anna = app.signed_in(&anna());
    let decision = format!("{path}/decision");
    for seen in ["", "nonsense", "a-b-c", "--"] {
        let fields = [("decision", "approve"), ("words", "Yes"), ("seen", seen)];
        let answer = anna.post(&decision, &fields).await;
        assert_eq!(answer.status, 422, "{seen:?}: {}", answer.words());
        assert_eq!(admins(&app, VERA), 0);
    }
    let fields = [("decision", "refuse"), ("words", "No")];
    assert_eq!(anna.post(&decision, &fields).await.status, 303);
    assert_eq!(state(&app, &path), "refused");
}

#[actix_web::test]
async fn s13_an_operator_confirms_only_what_they_looked_at_too() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in(RAVI)).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    let pat = app.signed_in(PAT);
    let seen = pat.get(&operator_page(&path)).await;
    call_north(&app, "Headquarters");
    let form = seen.page().form("Confirm").fill("words", "Checked.");
    let again = pat.submit(&seen, &form).await;
    assert_eq!(again.status, 422, "{}", again.words());
    let words = again.words();
    let says = "the place was renamed to Headquarters";
    assert!(words.contains(says), "{words}");
    let says = "Headquarters called North when it was asked for";
    assert!(words.contains(says), "{words}");
    assert_eq!(admins(&app, VERA), 0);
    let done = pat.submit(&again, &again.page().form("Confirm")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    assert_eq!(admins(&app, VERA), 1);
}

#[actix_web::test]
async fn rule_17_no_operator_confirms_their_own_role_though_there_is_no_other_operator() {
    for asker in [RAVI, VERA] {
        let app = TestApp::start().await;
        app.sql(|conn| {
            diesel::update(users::table)
                .set(users::operator.eq(users::id.eq(user(VERA))))
                .execute(conn)
        });
        let asks = app.signed_in(asker);
        let path = if asker == VERA {
            ask_for_oneself(&asks).await
        } else {
            ask_for_vera(&asks).await
        };
        press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
        assert_eq!(state(&app, &path), "approved");
        let vera = app.signed_in(VERA);
        let page = vera.get(&operator_page(&path)).await;
        let says = "This is about your own role";
        assert!(page.words().contains(says), "{}", page.words());
        assert!(!page.page().has("button[name=decision]"));
        for decision in ["approve", "refuse"] {
            let fields = [("decision", decision), ("words", "Mine")];
            let forged = vera
                .post(&format!("{}/decision", operator_page(&path)), &fields)
                .await;
            assert_eq!(forged.status, 403, "{}", forged.words());
            let gate = "The gate that refused: approval";
            assert!(forged.words().contains(gate), "{}", forged.words());
        }
        assert_eq!(
            (state(&app, &path).as_str(), admins(&app, VERA)),
            ("approved", 0)
        );
    }
}

#[actix_web::test]
async fn whoever_is_invited_is_led_by_their_invitation_and_told_of_nothing_asked_in_vain() {
    for button in ["Approve", "Refuse", ""] {
        let app = TestApp::with(&[POLICY]).await;
        let ravi = app.signed_in(RAVI);
        let path = ask(&ravi, DANA, &north()).await.location().unwrap();
        app.deliver().await;
        if button.is_empty() {
            app.advance(chrono::Duration::days(14));
            while tenantry::jobs::tend_requests_once(app.app()).await.unwrap() {}
        } else {
            press(&app.signed_in(&anna()), &path, button, "So be it.").await;
        }
        let sent = app.deliver().await;
        let told = |email: &str| {
            let theirs = sent.iter().filter(|mail| mail.to == [email.to_owned()]);
            theirs.map(|mail| mail.text()).collect::<Vec<_>>()
        };
        assert!(!told(RAVI).is_empty(), "{button}");
        if button != "Approve" {
            assert_eq!(told(DANA), [""; 0], "{button}");
            continue;
        }
        let [text] = told(DANA).try_into().unwrap();
        assert!(text.contains("Use the link in your invitation"), "{text}");
        assert!(
            !text.contains("/requests/") && !text.contains("Open the request"),
            "{text}"
        );
        assert!(!text.contains("The page says"), "{text}");
        assert!(told(RAVI).iter().all(|text| text.contains(&path)));
    }
}
