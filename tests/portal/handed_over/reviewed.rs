//! A role that somebody would be refused, because nothing shows yet that the address is theirs, is said on the review and
//! left out of it, with the rest still to be saved (S15).

use super::*;

const GRID: &str = "/accounts/acme/organizations/north/projects/dock-4/users";

/// Dana comes in by a link that Uma copied: she can give everyday roles on Dock 4 and no more.
async fn in_by_uma(app: &TestApp) {
    let link = link_on(&copy(&app.signed_in(UMA), DANA).await).expect("the link");
    come_in(app, &link, DANA).await;
}

/// The warning with the way to the person.
fn warns(review: &Answer) {
    let words = review.words();
    assert_eq!(review.status, 200, "{words}");
    assert!(
        words.contains(WHY) && words.contains("(Refused by: role.)"),
        "{words}"
    );
    assert_eq!(review.page().link("Page of Dana Invited"), page_of(DANA));
}

#[actix_web::test]
async fn s15_the_review_of_the_grid_leaves_out_what_would_be_refused_and_the_rest_is_saved() {
    let app = TestApp::start().await;
    in_by_uma(&app).await;
    let olga = app.signed_in(OLGA);
    let vera = holder("viewer", At::Dock4);
    let page = olga.get(GRID).await;
    let great = page.page().form("Save changes");
    let great = great.tick("role", &format!("{}.user_management", user(DANA)));
    let form = great.clone();
    let form = form.tick("role", &format!("{}.billing", user(DANA)));
    let form = form.tick("role", &format!("{}.user_management", user(&vera)));
    let review = olga.submit(&page, &form).await;
    warns(&review);
    let words = review.words();
    assert!(words.contains("Dana Invited gets Billing."), "{words}");
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{}", done.words());
    let held = roles(&app, DANA);
    assert!(held.contains(&"billing".to_owned()), "{held:?}");
    assert!(!held.contains(&"user_management".to_owned()), "{held:?}");
    assert_eq!(roles(&app, &vera), ["user_management", "viewer"]);
    // And with nothing else to do there is nothing to submit.
    let page = olga.get(GRID).await;
    let great = page.page().form("Save changes");
    let great = great.tick("role", &format!("{}.user_management", user(DANA)));
    let review = olga.submit(&page, &great).await;
    warns(&review);
    assert!(review.words().contains("Nothing changes."));
    let forms = review.page().forms();
    assert!(!forms.iter().any(|form| form.action == GRID), "{forms:?}");
    let forged = olga.submit(&page, &great.forge("confirmed", "yes")).await;
    assert_eq!(forged.status, 403, "{}", forged.words());
    assert_eq!(roles(&app, DANA), held);
}

#[actix_web::test]
async fn s15_the_review_of_a_members_roles_leaves_out_what_would_be_refused() {
    let app = TestApp::start().await;
    in_by_uma(&app).await;
    let olga = app.signed_in(OLGA);
    let before = roles(&app, DANA);
    let own = format!("{}/roles", page_of(DANA));
    let north = format!("/accounts/acme/organizations/north/members/{}", user(DANA));
    for (path, more) in [(own, "reporting"), (north, "operations")] {
        let page = olga.get(&path).await;
        let great = page.page().form("Review changes");
        let great = great.tick("role", "user_management");
        let review = olga.submit(&page, &great).await;
        warns(&review);
        assert!(review.words().contains("Nothing changes."), "{path}");
        let forms = review.page().forms();
        assert!(!forms.iter().any(|form| form.action == path), "{forms:?}");
        let forged = great.clone().forge("confirmed", "yes");
        let forged = olga.submit(&page, &forged).await;
        assert_eq!(forged.status, 403, "{}", forged.words());
        // Beside an everyday one, that one is given.
        let review = olga.submit(&page, &great.tick("role", more)).await;
        warns(&review);
        let done = olga.submit(&review, &review.page().form("Submit")).await;
        assert_eq!(done.status, 303, "{}", done.words());
        assert!(roles(&app, DANA).contains(&more.to_owned()), "{path}");
    }
    let held = roles(&app, DANA);
    assert_eq!(held.len(), before.len() + 2, "{held:?}");
    assert!(!held.contains(&"user_management".to_owned()), "{held:?}");
}
