//! Asking, and who gets to see it.

use super::*;

#[actix_web::test]
async fn a_user_manager_asks_and_sees_who_will_be_asked_before_anything_is_sent() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let form = ravi.get(NEW).await;
    let north = cast::organization("north").to_string();
    let filled = form.page().form("Continue").tick("place", &north);
    let filled = filled.fill("person", VERA).fill("reason", WHY);
    let check = ravi.submit(&form, &filled).await;
    let words = check.words();
    for says in [
        "Check the request",
        "Vera viewer at acme",
        "Anna admin at acme",
        "Anna admin at north",
        WHY,
    ] {
        assert!(words.contains(says), "{says} in {words}");
    }
    assert!(
        !words.contains("Olga Owner"),
        "Owners are asked where there is no Admin: {words}"
    );
    assert!(app.deliver().await.is_empty(), "nothing was sent yet");
    let sent = ravi
        .submit(&check, &check.page().form("Send request"))
        .await;
    let page = ravi.follow(sent).await;
    assert!(
        page.words().contains("Admin role for Vera viewer at acme"),
        "{}",
        page.words()
    );
    assert!(
        page.words().contains("were asked to approve"),
        "{}",
        page.words()
    );
    let list = ravi.get(LIST).await;
    assert!(
        list.words().contains("Vera viewer at acme"),
        "{}",
        list.words()
    );
    assert_eq!(events(&app, "request.created").len(), 1);
}

#[actix_web::test]
async fn every_admin_of_the_place_is_told_and_no_mail_decides_anything() {
    let app = TestApp::start().await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let sent = app.deliver().await;
    let mut to: Vec<String> = sent.iter().flat_map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, [anna(), holder("admin", At::North)]);
    for mail in &sent {
        assert_eq!(
            mail.subject(),
            "Ravi Users asks for the Admin role for Vera viewer at acme"
        );
        let text = mail.text();
        assert!(text.contains(WHY) && text.contains(&path), "{text}");
        assert!(!text.contains("/decision"), "{text}");
    }
}

#[actix_web::test]
async fn where_there_is_no_admin_the_owners_are_told() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::delete(grants::table.filter(grants::role.eq("admin"))).execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
    ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    let sent = app.deliver_one().await;
    assert_eq!(sent.to, ["olga@acme.example"]);
}

#[actix_web::test]
async fn anybody_asks_for_themself_where_they_can_see_and_nowhere_else() {
    let app = TestApp::start().await;
    let sam = app.signed_in("sam@acme.example");
    let ask = async |place: String| {
        let fields = [("place", place.as_str()), ("reason", WHY)];
        sam.post(LIST, &fields).await
    };
    let whole = ask(cast::account("acme").to_string()).await;
    assert_eq!(whole.status, 303, "{}", whole.words());
    let south = ask(cast::organization("south").to_string()).await;
    assert_eq!(south.status, 303, "Dock 9 lies in it: {}", south.words());
    for hidden in [
        cast::organization("north").to_string(),
        cast::project("dock-4").to_string(),
        cast::project("bay-1").to_string(),
        "nonsense".into(),
    ] {
        assert_eq!(ask(hidden).await.status, 404);
    }
    let mine = sam.get("/me/requests").await;
    assert!(mine.words().contains("themself"), "{}", mine.words());
    assert_eq!(sam.get(LIST).await.status, 403);
}

#[actix_web::test]
async fn nobody_asks_for_somebody_whom_they_do_not_manage() {
    let app = TestApp::start().await;
    let vera = app.signed_in(VERA);
    let north = cast::organization("north").to_string();
    let fields = [
        ("person", "sam@acme.example"),
        ("place", north.as_str()),
        ("reason", WHY),
    ];
    let sent = vera.post(LIST, &fields).await;
    assert_eq!(sent.status, 422, "{}", sent.words());
    let uma = app.signed_in(&holder("user_management", At::North));
    let elsewhere = [
        ("person", "sam@acme.example"),
        ("place", north.as_str()),
        ("reason", WHY),
    ];
    let there = uma.post(LIST, &elsewhere).await;
    assert_eq!(
        there.status,
        422,
        "Sam lies outside of North: {}",
        there.words()
    );
    let unknown = [
        ("person", "who@acme.example"),
        ("place", north.as_str()),
        ("reason", WHY),
    ];
    let nobody = uma.post(LIST, &unknown).await;
    assert_eq!(
        there.page().error_summary(),
        nobody.page().error_summary(),
        "as if there were nobody"
    );
}

#[actix_web::test]
async fn a_reason_is_required_and_one_that_is_too_long_comes_back_whole() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let north = cast::organization("north").to_string();
    for reason in [String::new(), "x".repeat(10_000)] {
        let fields = [
            ("person", VERA),
            ("place", north.as_str()),
            ("reason", reason.as_str()),
        ];
        for path in [NEW, LIST] {
            let answer = ravi.post(path, &fields).await;
            assert_eq!(answer.status, 422, "{}", answer.words());
            let form = answer.page().form("Continue");
            assert!(form.fields.contains(&("reason".into(), reason.clone())));
            assert!(form.fields.contains(&("person".into(), VERA.into())));
            assert!(form.fields.contains(&("place".into(), north.clone())));
        }
    }
    let longest = "x".repeat(2_000);
    let fields = [
        ("person", VERA),
        ("place", north.as_str()),
        ("reason", longest.as_str()),
    ];
    assert_eq!(ravi.post(LIST, &fields).await.status, 303);
}

#[actix_web::test]
async fn the_same_is_asked_for_once_and_not_by_whoever_has_it() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let first = ask_for_vera(&ravi).await;
    let north = cast::organization("north").to_string();
    let fields = [("person", VERA), ("place", north.as_str()), ("reason", WHY)];
    let again = ravi.post(LIST, &fields).await;
    assert_eq!(again.location(), Some(first), "the open one is shown");
    let has = anna();
    let fields = [
        ("person", has.as_str()),
        ("place", north.as_str()),
        ("reason", WHY),
    ];
    let held = ravi.post(LIST, &fields).await;
    assert_eq!(held.status, 422, "{}", held.words());
    assert!(
        held.words().contains("is Admin of North already"),
        "{}",
        held.words()
    );
}

#[actix_web::test]
async fn a_refused_page_offers_to_ask_for_its_place() {
    let app = TestApp::start().await;
    let vera = app.signed_in(VERA);
    let refused = vera.get("/accounts/acme/user-management/new").await;
    assert_eq!(refused.status, 403);
    let form = vera.get(&refused.page().link("Request access")).await;
    let chosen = form.page().form("Continue");
    let account = cast::account("acme").to_string();
    for field in [("place", account.as_str()), ("role", "user_management")] {
        let field = (field.0.to_owned(), field.1.to_owned());
        assert!(chosen.fields.contains(&field), "{chosen:?}");
    }
}

#[actix_web::test]
async fn the_page_of_a_person_and_the_roles_form_lead_here() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let person = ravi
        .get(&format!("/accounts/acme/users/{}", user(VERA)))
        .await;
    let form = ravi.get(&person.page().link("Request Admin role")).await;
    assert!(
        form.page()
            .form("Continue")
            .fields
            .contains(&("person".into(), VERA.into()))
    );
    let person = [
        ("first_name", "Nora"),
        ("last_name", "New"),
        ("email", "nora@acme.example"),
    ];
    let roles = ravi
        .post("/accounts/acme/user-management/new", &person)
        .await;
    assert!(
        roles
            .words()
            .contains("Needs approval: request it after adding"),
        "{}",
        roles.words()
    );
}

#[actix_web::test]
async fn rule_18_every_form_of_roles_for_people_who_are_here_leads_to_the_request() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let acme = "/accounts/acme";
    let north = format!("{acme}/organizations/north");
    let (vera, place) = (user(VERA), |id: &dyn std::fmt::Display| {
        format!("place={id}")
    });
    let (dock, org) = (cast::project("dock-4"), cast::organization("north"));
    let coast = cast::group("Coast");
    let forms = [
        (format!("{north}/projects/dock-4/users/add"), place(&dock)),
        (format!("{north}/members/add"), place(&org)),
        (
            format!("{north}/members/{vera}"),
            format!("user={vera}&{}", place(&org)),
        ),
        (format!("{acme}/groups/{coast}/access/add"), place(&coast)),
        (
            format!("{acme}/users/{vera}/roles"),
            format!("user={vera}&{}", place(&cast::account("acme"))),
        ),
    ];
    for (path, query) in forms {
        let page = ravi.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.words());
        assert!(!page.words().contains("after adding"), "{path}");
        let admin = page.page().text("input[value=admin] ~ small");
        assert!(
            admin.ends_with("Needs approval. Request Admin role"),
            "{path}: {admin}"
        );
        let link = page
            .page()
            .attribute("input[value=admin] ~ small a", "href")
            .unwrap();
        assert_eq!(link, format!("{acme}/requests/new?{query}"));
        assert_eq!(ravi.get(&link).await.status, 200, "{link}");
    }
    // Of several people, or of one whose place is still to be chosen.
    let bulk = format!("{acme}/user-management/bulk");
    let people = [vera.to_string(), user("sam@acme.example").to_string()];
    for some in [&people[..1], &people[..]] {
        let mut fields = vec![("act", "give")];
        fields.extend(some.iter().map(|id| ("person", id.as_str())));
        let choose = ravi.post(&bulk, &fields).await;
        let link = choose.page().link("Request Admin role");
        let query = if some.len() == 1 {
            format!("?user={vera}")
        } else {
            String::new()
        };
        assert_eq!(link, format!("{acme}/requests/new{query}"));
    }
}

#[actix_web::test]
async fn rule_18_what_is_held_already_is_not_requested() {
    let app = TestApp::start().await;
    let anna = cast::user(&holder("admin", At::North));
    let path = format!("/accounts/acme/organizations/north/members/{anna}");
    let ravi = app.signed_in("ravi@acme.example");
    let page = ravi.get(&path).await.page();
    let says = page.text("input[value=admin] ~ small");
    assert!(
        says.ends_with("Taken away by: An Admin or Owner."),
        "{says}"
    );
    // With everything below it is more than what is held.
    let wider = page.link("Request Admin role");
    assert!(wider.ends_with("&below=yes"), "{wider}");
}

#[actix_web::test]
async fn somebody_still_invited_can_be_asked_for_and_keeps_the_role_when_they_come_in() {
    let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "existing-admin")]).await;
    let ravi = app.signed_in("ravi@acme.example");
    let north = cast::organization("north").to_string();
    let path = ask(&ravi, "dana@acme.example", &north)
        .await
        .location()
        .unwrap();
    app.deliver().await;
    press(&app.signed_in(&anna()), &path, "Approve", "Yes").await;
    assert_eq!(admins(&app, "dana@acme.example"), 1);
    let sent = app.deliver().await;
    let told = "Dana Invited will be an Admin of North";
    assert!(sent.iter().any(|mail| mail.subject() == told), "not yet");
    let holds = sent.iter().filter(|mail| mail.text().contains("now on"));
    assert_eq!(holds.count(), 0);
    let opened = app.visitor();
    let welcome = opened.open(&format!("/welcome/{}", cast::DANA_TOKEN)).await;
    let form = welcome
        .page()
        .forms()
        .into_iter()
        .find(|form| form.fields.iter().any(|(name, _)| name == "password"));
    let form = form.unwrap();
    let form = form.fill("password", cast::PASSWORD);
    opened.submit(&welcome, &form).await;
    opened.sign_in("dana@acme.example").await;
    assert_eq!(
        admins(&app, "dana@acme.example"),
        1,
        "the approver could approve it still"
    );
}

#[actix_web::test]
async fn a_person_whose_address_has_an_international_domain_is_found_by_it() {
    let app = TestApp::start().await;
    let email = "mia@bücher.example";
    app.sql(|conn| {
        use tenantry::db::schema::{memberships, users};
        cast::Person::of("acme", email, "Mia", "Müller").insert(conn);
        cast::give(conn, email, "viewer", At::North);
        // As the pages store it.
        let key = "mia@xn--bcher-kva.example";
        diesel::update(users::table.filter(users::id.eq(user(email))))
            .set(users::email_key.eq(key))
            .execute(conn)?;
        diesel::update(memberships::table.filter(memberships::user_id.eq(user(email))))
            .set(memberships::email_key.eq(key))
            .execute(conn)
    });
    let ravi = app.signed_in("ravi@acme.example");
    let north = cast::organization("north").to_string();
    let sent = ask(&ravi, "Mia@Bücher.example", &north).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    let found = ravi
        .get("/accounts/acme/user-management?q=mia%40b%C3%BCcher.example")
        .await;
    assert!(found.words().contains("Mia Müller"), "{}", found.words());
}
