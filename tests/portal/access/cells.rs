//! Each cell of the matrix, asked of the portal: who can do this there? Also those permissions that no page of the
//! portal asks for, because the operator's products guard them.

use super::matrix::{Caller, everybody, permissions, start};
use crate::support::app::TestApp;
use crate::support::cast::{self, At};
use std::collections::BTreeSet;

fn id(at: At) -> String {
    match at {
        At::Account => cast::account("acme").to_string(),
        At::North | At::South => cast::organization(at.word()).to_string(),
        At::Dock4 => cast::project("dock-4").to_string(),
        At::Dock9 => cast::project("dock-9").to_string(),
    }
}

/// Who can, as the portal says it to Olga.
async fn told(app: &TestApp, permission: &str, at: At) -> BTreeSet<String> {
    let path = format!(
        "/accounts/acme/access/who.csv?action={permission}&where={}",
        id(at)
    );
    let answer = app.signed_in("olga@acme.example").get(&path).await;
    assert_eq!(answer.status, 200, "{path}");
    let mut file = csv::Reader::from_reader(answer.body.as_bytes());
    let head = file.headers().unwrap();
    let column = head.iter().position(|name| name == "email").unwrap();
    let email = |row: csv::Result<csv::StringRecord>| row.unwrap()[column].to_owned();
    file.records().map(email).collect()
}

/// One row: whoever the portal names, at every place, is whoever the matrix names.
async fn row(permission: &str) {
    let app = start().await;
    let callers = everybody();
    for at in [At::Account, At::North, At::South, At::Dock4, At::Dock9] {
        let can = callers.iter().filter(|caller| caller.may(permission, at));
        let wanted = can.filter_map(|caller: &Caller| caller.email.clone());
        let wanted: BTreeSet<String> = wanted.collect();
        let told = told(&app, permission, at).await;
        assert_eq!(told, wanted, "{permission} at {at:?}");
    }
}

/// A test for each row, and all of them in a list.
macro_rules! rows {
    ($($name:ident = $permission:literal,)+) => {
        const ROWS: &[&str] = &[$($permission),+];
        $(
            #[actix_web::test]
            async fn $name() {
                row($permission).await;
            }
        )+
    };
}

rows! {
    rule_16_who_holds_account_view = "account.view",
    rule_16_who_holds_account_edit = "account.edit",
    rule_16_who_holds_billing_manage = "billing.manage",
    rule_16_who_holds_access_keys_manage = "access_keys.manage",
    rule_16_who_holds_ownership_transfer = "ownership.transfer",
    rule_16_who_holds_organizations_view = "organizations.view",
    rule_16_who_holds_organizations_manage = "organizations.manage",
    rule_16_who_holds_organization_edit = "organization.edit",
    rule_16_who_holds_projects_view = "projects.view",
    rule_16_who_holds_projects_manage = "projects.manage",
    rule_16_who_holds_users_view = "users.view",
    rule_16_who_holds_users_manage = "users.manage",
    rule_16_who_holds_roles_manage = "roles.manage",
    rule_16_who_holds_user_management_assign = "user_management.assign",
    rule_16_who_holds_branding_manage = "branding.manage",
    rule_16_who_holds_devices_view = "devices.view",
    rule_16_who_holds_devices_manage = "devices.manage",
    rule_16_who_holds_credits_view = "credits.view",
    rule_16_who_holds_invoices_view = "invoices.view",
    rule_16_who_holds_audit_view = "audit.view",
    rule_16_who_holds_inbound_write = "inbound.write",
    rule_16_who_holds_orders_write = "orders.write",
    rule_16_who_holds_items_view = "items.view",
    rule_16_who_holds_items_write = "items.write",
    rule_16_who_holds_cycle_counts_request = "cycle_counts.request",
    rule_16_who_holds_reports_request = "reports.request",
    rule_16_who_holds_pricing_view = "pricing.view",
    rule_16_who_holds_scope_approve = "scope.approve",
}

#[test]
fn rule_16_each_row_of_the_matrix_has_a_test_of_its_own() {
    let rows: Vec<&str> = permissions().collect();
    assert_eq!(rows, ROWS);
    assert_eq!(rows.len(), 28);
}
