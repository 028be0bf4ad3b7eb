//! Every URL of the product on one page, each with the gate it passes. The gate is read from the handler's own
//! signature, so this table cannot say one thing and the handler do another; the test `access.rs` walks it and tries
//! every route as every kind of visitor.

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder, web};

use std::sync::OnceLock;

use self::branch::Branch;
use crate::access::place::{Group, Organization, Whole};
use crate::auth::origin::Exempt;
use crate::db::Cost;
use crate::{
    accounts, devices, email_change, explain, go, groups, handover, help, me, members,
    notifications, organizations, ownership, passwords, projects, requests, sessions, setup,
    sign_up, tree, users, welcome,
};

mod branch;
mod gated;
mod of_roles;

pub use gated::{Described, Gated, Who};

/// Routes that the origin rule does not bind (S20): the one-click button of a mailbox provider comes from no page of ours,
/// and the token of the mail is proof enough for what it does.
pub const EXEMPT: &[Exempt] = &[Exempt::Always("/unsubscribe/{token}")];

/// One row of the table.
pub struct Row {
    /// How it is asked.
    pub method: Method,
    /// Where.
    pub path: &'static str,
    /// Whom it lets through.
    pub who: Who,
    /// What its reads cost.
    pub cost: Cost,
    route: Box<dyn Fn() -> actix_web::Route>,
}

/// A page of the product, as far as others need to know it: what its addresses look like, and who may open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where.
    pub path: &'static str,
    /// Whom it lets through.
    pub who: Who,
}

/// Every page of the [`table`], in its order.
pub fn pages() -> &'static [Page] {
    static PAGES: OnceLock<Vec<Page>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let rows = table().into_iter();
        let pages = rows.filter(|row| row.method == Method::GET);
        pages
            .map(|Row { path, who, .. }| Page { path, who })
            .collect()
    })
}

fn row<F, Args>(method: Method, path: &'static str, cost: Cost, handler: F) -> Row
where
    F: Handler<Args>,
    Args: FromRequest + Gated + 'static,
    F::Output: Responder + 'static,
{
    let how = method.clone();
    let route = move || web::method(how.clone()).to(handler.clone());
    Row {
        method,
        path,
        who: Args::WHO,
        cost,
        route: Box::new(route),
    }
}

/// A page whose every statement is bounded: it may read on the worker's own thread.
fn page<F, Args>(path: &'static str, handler: F) -> Row
where
    F: Handler<Args>,
    Args: FromRequest + Gated + 'static,
    F::Output: Responder + 'static,
{
    row(Method::GET, path, Cost::Bounded, handler)
}

/// A list as a file: read portion by portion on the bounded pool.
fn download<F, Args>(path: &'static str, handler: F) -> Row
where
    F: Handler<Args>,
    Args: FromRequest + Gated + 'static,
    F::Output: Responder + 'static,
{
    row(Method::GET, path, Cost::Unbounded, handler)
}

/// A page that looks through much: it reads on a thread of its own.
fn wide<F, Args>(path: &'static str, handler: F) -> Row
where
    F: Handler<Args>,
    Args: FromRequest + Gated + 'static,
    F::Output: Responder + 'static,
{
    row(Method::GET, path, Cost::Unbounded, handler)
}

/// A form sent in.
fn post<F, Args>(path: &'static str, handler: F) -> Row
where
    F: Handler<Args>,
    Args: FromRequest + Gated + 'static,
    F::Output: Responder + 'static,
{
    row(Method::POST, path, Cost::Unbounded, handler)
}

/// The table.
#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "one list, a line for each address")]
pub fn table() -> Vec<Row> {
    let mut all = vec![
        // First run.
        page("/setup",                  setup::handlers::new),
        post("/setup",                  setup::handlers::create),
        page("/setup/{token}",          setup::handlers::open),

        // Signing in and out.
        page("/sign-in",                sessions::handlers::new),
        post("/sign-in",                sessions::handlers::create),
        page("/sign-out",               sessions::handlers::leave),
        post("/sign-out",               sessions::handlers::delete),

        // A company makes an account, where the operator allows it.
        page("/sign-up",                sign_up::handlers::new),
        post("/sign-up",                sign_up::handlers::create),
        page("/sign-up/confirm",        sign_up::handlers::review),
        post("/sign-up/confirm",        sign_up::handlers::confirm),
        page("/sign-up/{token}",        sign_up::handlers::open),

        // Ways back in.
        page("/forgot-password",        passwords::handlers::forgot),
        post("/forgot-password",        passwords::handlers::request),
        page("/reset-password",         passwords::handlers::new),
        post("/reset-password",         passwords::handlers::create),
        page("/reset-password/{token}", passwords::handlers::open),
        page("/unlock",                 passwords::handlers::unlock),
        post("/unlock",                 passwords::handlers::end_lock),
        page("/unlock/{token}",         passwords::handlers::open_unlock),

        // Mailed and copied links.
        page("/links/new",              welcome::new_link::ask),
        post("/links/new",              welcome::new_link::request),
        page("/welcome",                welcome::handlers::show),
        post("/welcome",                welcome::handlers::create),
        page("/welcome/{token}",        welcome::handlers::open),
        post("/welcome/{token}",        welcome::handlers::answer),
        post("/welcome/{token}/switch", welcome::handlers::switch),

        // Another address to sign in with: the link to the new one, and that to the old one.
        page("/confirm-email",          email_change::handlers::look),
        post("/confirm-email",          email_change::handlers::confirm),
        page("/confirm-email/{token}",  email_change::handlers::open_new),
        page("/old-email",              email_change::handlers::look_old),
        post("/old-email",              email_change::handlers::answer),
        page("/old-email/{token}",      email_change::handlers::open_old),

        // The link at the end of a notice, and the one-click button that mailbox providers make of it.
        page("/unsubscribe/{token}",    notifications::handlers::ask),
        post("/unsubscribe/{token}",    notifications::handlers::stop),

        // People.
        page("/accounts/{account}/user-management",           users::handlers::index),
        download("/accounts/{account}/user-management.csv",   users::handlers::download),
        page("/accounts/{account}/user-management/bulk",      users::handlers::bulk_done),
        post("/accounts/{account}/user-management/bulk",      users::handlers::bulk),
        post("/accounts/{account}/user-management/bulk/undo", users::handlers::undo_bulk),
        page("/accounts/{account}/user-management/new",       users::handlers::new),
        post("/accounts/{account}/user-management/new",       users::handlers::add),
        post("/accounts/{account}/user-management/new/roles", users::handlers::submit),
        page("/accounts/{account}/user-management/projects",  users::handlers::projects),
        download("/accounts/{account}/user-management/projects.csv", users::handlers::projects_download),
        page("/accounts/{account}/user-management/invitations", users::handlers::invitations),
        page("/accounts/{account}/user-management/import",                     users::importing::handlers::new),
        post("/accounts/{account}/user-management/import",                     users::importing::handlers::preview),
        page("/accounts/{account}/user-management/import/template.csv",        users::importing::handlers::template),
        post("/accounts/{account}/user-management/import/check",               users::importing::handlers::check),
        post("/accounts/{account}/user-management/import/submit",              users::importing::handlers::submit),
        page("/accounts/{account}/user-management/import/{import}",            users::importing::handlers::show),
        download("/accounts/{account}/user-management/import/{import}/rows.csv", users::importing::handlers::download),
        page("/accounts/{account}/user-management/import/{import}/undo",       users::importing::handlers::ask_undo),
        post("/accounts/{account}/user-management/import/{import}/undo",       users::importing::handlers::undo),
        page("/accounts/{account}/users/{user}",              users::handlers::show),
        page("/accounts/{account}/users/{user}/access",       users::handlers::access),
        post("/accounts/{account}/users/{user}/cancel",       users::handlers::cancel),
        post("/accounts/{account}/users/{user}/undo",         users::handlers::undo),
        page("/accounts/{account}/users/{user}/link",         users::handlers::ask_link),
        post("/accounts/{account}/users/{user}/link",         users::handlers::link),
        post("/accounts/{account}/users/{user}/confirm-role", users::handlers::confirm_role),
        post("/accounts/{account}/users/{user}/discard-role", users::handlers::discard_role),
        page("/accounts/{account}/users/{user}/deactivate",   users::handlers::ask_deactivate),
        post("/accounts/{account}/users/{user}/deactivate",   users::handlers::deactivate),
        wide("/accounts/{account}/users/{user}/handover",     handover::handlers::show),
        post("/accounts/{account}/users/{user}/handover",     handover::handlers::submit),
        page("/accounts/{account}/users/{user}/reactivate",   users::handlers::ask_reactivate),
        post("/accounts/{account}/users/{user}/reactivate",   users::handlers::reactivate),
        page("/accounts/{account}/users/{user}/remove",       users::handlers::ask_remove),
        post("/accounts/{account}/users/{user}/remove",       users::handlers::remove),
        page("/accounts/{account}/users/{user}/roles",        members::handlers::edit::<Whole>),
        post("/accounts/{account}/users/{user}/roles",        members::handlers::change::<Whole>),
        page("/accounts/{account}/users/{user}/role-ends",    users::handlers::ask_until),
        post("/accounts/{account}/users/{user}/role-ends",    users::handlers::until),
        page("/accounts/{account}/users/{user}/resend",       users::handlers::confirm),
        post("/accounts/{account}/users/{user}/resend",       users::handlers::resend),
        page("/accounts/{account}/users/{user}/invited-address", users::handlers::ask_address),
        post("/accounts/{account}/users/{user}/invited-address", users::handlers::readdress),
        post("/accounts/{account}/users/{user}/unlock",       users::handlers::unlock),
        page("/accounts/{account}/users/{user}/vouch",        users::handlers::ask_vouch),
        post("/accounts/{account}/users/{user}/vouch",        users::handlers::vouch),
        page("/accounts/{account}/users/{user}/name",         users::handlers::edit_name),
        post("/accounts/{account}/users/{user}/name",         users::handlers::rename),
        page("/accounts/{account}/users/{user}/email",        email_change::handlers::edit),
        post("/accounts/{account}/users/{user}/email",        email_change::handlers::change),
        post("/accounts/{account}/users/{user}/sessions",     users::handlers::sign_out),
        post("/accounts/{account}/users/{user}/reset-mail",   users::handlers::mail_reset),
        post("/accounts/{account}/users/{user}/unlock-mail",  users::handlers::mail_unlock),

        // Why somebody may, and why not.
        page("/accounts/{account}/access",        explain::handlers::check),
        page("/accounts/{account}/access/person", explain::handlers::person),
        page("/accounts/{account}/access/who",    explain::handlers::who),
        download("/accounts/{account}/access/who.csv", explain::handlers::download),
        page("/accounts/{account}/access/compare", explain::handlers::compare),
        page("/me/access",                        explain::handlers::mine),

        // Roles that somebody has to approve.
        page("/accounts/{account}/requests",                      requests::handlers::index),
        download("/accounts/{account}/requests.csv",              requests::handlers::download),
        post("/accounts/{account}/requests",                      requests::handlers::create),
        page("/accounts/{account}/requests/new",                  requests::handlers::new),
        post("/accounts/{account}/requests/new",                  requests::handlers::check),
        page("/accounts/{account}/requests/{request}",            requests::handlers::show),
        post("/accounts/{account}/requests/{request}/decision",   requests::handlers::decide),
        post("/accounts/{account}/requests/{request}/withdraw",   requests::handlers::withdraw),
        page("/me/requests",                                      requests::handlers::mine),
        page("/operator/requests",                                requests::handlers::waiting),
        page("/operator/requests/{request}",                      requests::handlers::operator_request),
        post("/operator/requests/{request}/decision",             requests::handlers::confirm),

        // The start, and accounts.
        page("/", accounts::handlers::start),
        page("/accounts", accounts::handlers::choose),
        page("/accounts/{account}", accounts::handlers::overview),
        post("/appearance", accounts::handlers::appearance),
        page("/accounts/{account}/profile", accounts::profile::handlers::show),
        post("/accounts/{account}/profile", accounts::profile::handlers::update),
        page("/account/profile", accounts::handlers::to_profile),
        page("/account/organizations", accounts::handlers::to_organizations),
        page("/reservation-users", accounts::handlers::to_reservation_users),
        page("/organization/members", accounts::handlers::to_members),
        page("/roles", accounts::handlers::to_roles),
        page("/user-management", accounts::handlers::to_user_management),

        // Oneself.
        page("/me", me::profile::show),
        post("/me", me::profile::update),
        page("/me/branding", me::branding::show),
        post("/me/branding", me::branding::update),
        page("/me/security", me::security::show),
        post("/me/security", me::security::sign_out),
        post("/me/security/password", me::password::change),
        post("/me/security/browsers", me::security::forget),
        page("/me/email", email_change::handlers::edit_own),
        post("/me/email", email_change::handlers::change_own),
        page("/me/notifications", notifications::mine::show),
        post("/me/notifications", notifications::mine::update),

        // Belonging to accounts.
        page("/me/accounts", accounts::mine::show),
        page("/me/invitation", welcome::pending::show),
        post("/me/invitation", welcome::pending::answer),
        page("/me/roles", members::mine::roles),
        post("/me/roles", members::mine::lay),
        page("/me/more-time", members::more_time::ask),
        post("/me/more-time", members::more_time::send),
        page("/me/leave", members::mine::leaving),
        post("/me/leave", members::mine::leave),
        page("/me/ownership", ownership::handlers::review),
        post("/me/ownership", ownership::handlers::answer),

        // Who owns an account, and the rules for its people's logins.
        page("/accounts/{account}/ownership", ownership::handlers::index),
        post("/accounts/{account}/ownership", ownership::handlers::offer),
        post("/accounts/{account}/ownership/withdraw", ownership::handlers::withdraw),
        page("/accounts/{account}/security", accounts::security::show),
        post("/accounts/{account}/security", accounts::security::update),

        // Help.
        page("/help", help::handlers::index),
        page("/help/{topic}", help::handlers::topic),
        page("/robots.txt", help::handlers::robots),

        // Organizations.
        page("/accounts/{account}/switcher", organizations::handlers::switcher),
        page("/accounts/{account}/organizations", organizations::handlers::index),
        post("/accounts/{account}/organizations", organizations::handlers::create),
        download("/accounts/{account}/organizations.csv", organizations::handlers::download),
        page("/accounts/{account}/organizations/new", organizations::handlers::new),
        post("/accounts/{account}/organizations/selected", organizations::handlers::set),
        page("/accounts/{account}/organizations/archived", tree::shelved::archived),
        download("/accounts/{account}/organizations/archived.csv", tree::shelved::archived_download),
        wide("/accounts/{account}/organizations/deleted", tree::shelved::deleted),
        download("/accounts/{account}/organizations/deleted.csv", tree::shelved::deleted_download),
        post("/accounts/{account}/organizations/restore", tree::shelf::restore),
        page("/accounts/{account}/organizations/{organization}", organizations::handlers::show),

        page("/accounts/{account}/organizations/{organization}/settings", organizations::settings::handlers::show),
        post("/accounts/{account}/organizations/{organization}/settings", organizations::settings::handlers::update),

        // The tree of organizations.
        page("/accounts/{account}/sub-accounts", tree::sub_accounts::of_account),
        page("/accounts/{account}/organizations/{organization}/sub-accounts", tree::sub_accounts::of_organization),
        post("/accounts/{account}/organizations/{organization}/sub-accounts", tree::sub_accounts::create),
        page("/accounts/{account}/organizations/{organization}/sub-accounts/new", tree::sub_accounts::new),
        page("/accounts/{account}/organizations/{organization}/move", tree::chooser::choose),
        post("/accounts/{account}/organizations/{organization}/move", tree::chooser::submit),
        wide("/accounts/{account}/organizations/{organization}/move/preview", tree::chooser::preview),
        post("/accounts/{account}/organizations/{organization}/archive", tree::shelf::archive),
        post("/accounts/{account}/organizations/{organization}/unarchive", tree::shelf::unarchive),
        page("/accounts/{account}/organizations/{organization}/delete", tree::shelf::confirm),
        post("/accounts/{account}/organizations/{organization}/delete", tree::shelf::delete),

        // Addresses that stay.
        page("/go/{id}", go::to),

        // Projects, under the account's word for them.
        post("/accounts/{account}/organizations/{organization}/projects", projects::handlers::create),
        download("/accounts/{account}/organizations/{organization}/projects.csv", projects::handlers::download),
        page("/accounts/{account}/organizations/{organization}/projects/new", projects::handlers::new),
        page("/accounts/{account}/organizations/{organization}/projects/{project}", projects::handlers::show),
        page("/accounts/{account}/organizations/{organization}/projects/{project}/users/add", projects::adding::new),
        post("/accounts/{account}/organizations/{organization}/projects/{project}/users/add", projects::adding::create),
        page("/accounts/{account}/organizations/{organization}/projects/{project}/users", projects::handlers::users),
        post("/accounts/{account}/organizations/{organization}/projects/{project}/users", projects::grid::submit),
        page("/accounts/{account}/organizations/{organization}/projects/{project}/users/undo", projects::grid::ask_undo),
        post("/accounts/{account}/organizations/{organization}/projects/{project}/users/undo", projects::grid::undo),
        download("/accounts/{account}/organizations/{organization}/projects/{project}/users.csv", projects::handlers::users_download),
        page("/accounts/{account}/organizations/{organization}/projects/{project}/settings", projects::settings::edit),
        post("/accounts/{account}/organizations/{organization}/projects/{project}/settings", projects::settings::update),
        post("/accounts/{account}/organizations/{organization}/projects/{project}/archive", projects::settings::archive),
        post("/accounts/{account}/organizations/{organization}/projects/{project}/restore", projects::settings::restore),

        // Devices.
        page("/accounts/{account}/organizations/{organization}/devices", devices::handlers::index),
        download("/accounts/{account}/organizations/{organization}/devices.csv", devices::handlers::download),
        page("/accounts/{account}/organizations/{organization}/devices/new", devices::handlers::new),
        post("/accounts/{account}/organizations/{organization}/devices/new", devices::handlers::create),
        page("/accounts/{account}/organizations/{organization}/devices/import", devices::handlers::import),
        post("/accounts/{account}/organizations/{organization}/devices/import", devices::handlers::preview),
        post("/accounts/{account}/organizations/{organization}/devices/import/submit", devices::handlers::submit),
        page("/accounts/{account}/organizations/{organization}/devices/imports/{import}", devices::handlers::imported),
        page("/accounts/{account}/organizations/{organization}/devices/move", devices::handlers::choose),
        post("/accounts/{account}/organizations/{organization}/devices/move", devices::handlers::relocate),
        page("/accounts/{account}/organizations/{organization}/devices/{device}", devices::handlers::show),
        page("/accounts/{account}/organizations/{organization}/devices/{device}/edit", devices::handlers::edit),
        post("/accounts/{account}/organizations/{organization}/devices/{device}/edit", devices::handlers::update),
        page("/accounts/{account}/organizations/{organization}/devices/{device}/delete", devices::handlers::confirm),
        post("/accounts/{account}/organizations/{organization}/devices/{device}/delete", devices::handlers::delete),

        // People of an organization.
        page("/accounts/{account}/organizations/{organization}/members", members::handlers::index),
        download("/accounts/{account}/organizations/{organization}/members.csv", members::handlers::download),
        page("/accounts/{account}/organizations/{organization}/members/add", members::handlers::new::<Organization>),
        post("/accounts/{account}/organizations/{organization}/members/add", members::handlers::create::<Organization>),
        page("/accounts/{account}/organizations/{organization}/members/{user}", members::handlers::edit::<Organization>),
        post("/accounts/{account}/organizations/{organization}/members/{user}", members::handlers::change::<Organization>),

        // Groups.
        page("/accounts/{account}/groups", groups::handlers::index),
        post("/accounts/{account}/groups", groups::handlers::create),
        download("/accounts/{account}/groups.csv", groups::handlers::download),
        page("/accounts/{account}/groups/new", groups::handlers::new),
        page("/accounts/{account}/groups/{group}", groups::handlers::show),
        page("/accounts/{account}/groups/{group}/edit", groups::handlers::edit),
        post("/accounts/{account}/groups/{group}/edit", groups::handlers::change),
        page("/accounts/{account}/groups/{group}/delete", groups::handlers::confirm),
        post("/accounts/{account}/groups/{group}/delete", groups::handlers::delete),
        post("/accounts/{account}/groups/{group}/organizations", groups::handlers::tick),
        page("/accounts/{account}/groups/{group}/access/add", members::handlers::new::<Group>),
        post("/accounts/{account}/groups/{group}/access/add", members::handlers::create::<Group>),
        page("/accounts/{account}/groups/{group}/access/{user}", members::handlers::edit::<Group>),
        post("/accounts/{account}/groups/{group}/access/{user}", members::handlers::change::<Group>),
    ];
    all.extend(of_roles::rows());
    all
}

/// Registers the table: one resource a path, its methods behind it (any other method answers 405, and a path that only
/// takes forms leads to the page above it).
pub fn register(config: &mut web::ServiceConfig) {
    let mut root = Branch::default();
    for row in table() {
        root.insert(&mut row.path.split('/').skip(1), row);
    }
    root.register(config, (0, 0));
}
