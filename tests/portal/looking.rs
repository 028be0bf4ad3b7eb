//! What a page says before anybody has to ask: who can change what one only sees (ux 5).

use crate::support::app::TestApp;
use crate::support::cast::{At, holder};

const LIST: &str = "/accounts/acme/user-management";
const SECTION: &str = "/accounts/acme/user-management/projects";
const DOCK_4: &str = "/accounts/acme/organizations/north/projects/dock-4/users";

#[actix_web::test]
async fn whoever_only_looks_is_told_who_can_change_what_they_see() {
    let app = TestApp::start().await;
    let says = "Only people with User Management can change this. Ask: Anna admin at acme, Olga Owner, Ravi Users.";
    for reader in [
        holder("viewer", At::Account),
        holder("auditor", At::Account),
        holder("viewer", At::Dock4),
    ] {
        let visitor = app.signed_in(&reader);
        for path in [LIST, SECTION, DOCK_4] {
            let page = visitor.get(path).await;
            if page.status == 200 {
                assert!(page.words().contains(says), "{path}: {}", page.words());
            }
        }
    }
    let vera = app.signed_in(&holder("viewer", At::Account));
    for path in [LIST, SECTION, DOCK_4] {
        assert_eq!(vera.get(path).await.status, 200, "{path}");
    }
    // Whoever changes something there is not told so.
    for (manager, paths) in [
        ("ravi@acme.example".to_owned(), [LIST, SECTION, DOCK_4]),
        (
            holder("user_management", At::Dock4),
            [LIST, SECTION, DOCK_4],
        ),
    ] {
        let visitor = app.signed_in(&manager);
        for path in paths {
            let page = visitor.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            let says = "Only people with User Management can change this";
            assert!(!page.words().contains(says), "{manager} {path}");
        }
    }
}
