//! Why somebody holds the role Admin, as Explain access tells it.

use super::*;

#[actix_web::test]
async fn an_explanation_of_admin_says_why_it_was_asked_for_to_whoever_may_see_the_request() {
    let app = TestApp::with(&[("TENANTRY_ADMIN_GRANTS", "existing-admin")]).await;
    let path = ask_for_vera(&app.signed_in("ravi@acme.example")).await;
    press(&app.signed_in(&anna()), &path, "Approve", "Good with it.").await;
    let vera = user(VERA);
    let north = cast::organization("north");
    let check =
        format!("/accounts/acme/access?person={vera}&action=organization.edit&where={north}");
    let person = format!("/accounts/acme/access/person?person={vera}");
    for page in [&check, &person] {
        let answer = app.signed_in("ravi@acme.example").get(page).await;
        assert_eq!(answer.status, 200, "{}", answer.words());
        let words = answer.words();
        assert!(words.contains(&format!("because: {WHY}")), "{words}");
        assert_eq!(answer.page().link("request for the role"), path, "{words}");
    }
    let own = app.signed_in(VERA).get("/me/access?account=acme").await;
    assert!(own.words().contains(WHY), "{}", own.words());
    // An auditor sees the role, and not what was written for a request that is not theirs to see.
    let aude = app.signed_in(&holder("auditor", At::Account));
    for page in [&check, &person] {
        let answer = aude.get(page).await;
        assert_eq!(answer.status, 200, "{}", answer.words());
        let words = answer.words();
        assert!(words.contains("Admin") && !words.contains(WHY), "{words}");
        assert!(!answer.body.contains(&path), "{words}");
    }
}

#[actix_web::test]
async fn the_name_of_a_role_leads_to_its_row_of_about_user_roles() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let vera = user(VERA);
    for (page, role) in [
        (format!("/accounts/acme/users/{vera}"), "Viewer"),
        (
            format!("/accounts/acme/access/person?person={vera}"),
            "Viewer",
        ),
        (
            "/accounts/acme/organizations/north/projects/dock-4/users".to_owned(),
            "User Management",
        ),
    ] {
        let answer = ravi.get(&page).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.words());
        let row = format!(
            "/accounts/acme/roles#{}",
            role.to_lowercase().replace(' ', "_")
        );
        let links = answer.page().links();
        assert!(
            links.iter().any(|(words, to)| words == role && *to == row),
            "{page}: {links:?}"
        );
        let (path, id) = row.split_once('#').unwrap();
        let about = ravi.get(path).await.page();
        assert!(about.has(&format!("dl #{id}")), "{row}");
    }
}
