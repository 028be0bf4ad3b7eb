//! Every address that a page, a mail or a redirect leads to; no other place spells one out.

use super::html::Escaped;
use crate::db::types::{
    AccountId, ChangeId, DeviceId, GrantId, GroupId, ImportId, LinkId, OfferId, OrganizationId,
    RequestId, RoleId, UserId,
};

/// The pages of an account's people, for lists of them: written where they stand, and not put together for each row.
#[derive(Clone, Debug)]
pub struct People(Escaped);

impl People {
    /// Of this account.
    pub fn of(account: &str) -> Self {
        Self(Escaped::new(&format!("/accounts/{account}/users/")))
    }

    /// The page of one of them.
    pub const fn page<'a>(&'a self, user: &'a Escaped) -> Their<'a> {
        self.at(user, &Theirs::Page)
    }

    /// The page that asks before one of them is reactivated.
    pub const fn reactivate<'a>(&'a self, user: &'a Escaped) -> Their<'a> {
        self.at(user, &Theirs::Reactivate)
    }

    /// Another page of one of them.
    pub const fn at<'a>(&'a self, user: &'a Escaped, page: &Theirs) -> Their<'a> {
        Their(&self.0, user, *page)
    }
}

/// Which page of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theirs {
    /// Their own: [`user`].
    Page,
    /// Their roles on it.
    Roles,
    /// [`deactivate`].
    Deactivate,
    /// [`reactivate`].
    Reactivate,
    /// [`resend`].
    Resend,
    /// [`copy_link`].
    CopyLink,
    /// [`cancel_invitation`].
    Cancel,
    /// [`mail_unlock`].
    MailUnlock,
    /// [`unlock_user`].
    Unlock,
    /// [`vouch`].
    Vouch,
}

impl Theirs {
    /// What stands behind the address of their own page.
    const fn rest(self) -> &'static str {
        match self {
            Self::Page => "",
            Self::Roles => "#roles",
            Self::Deactivate => "/deactivate",
            Self::Reactivate => "/reactivate",
            Self::Resend => "/resend",
            Self::CopyLink => "/link",
            Self::Cancel => "/cancel",
            Self::MailUnlock => "/unlock-mail",
            Self::Unlock => "/unlock",
            Self::Vouch => "/vouch",
        }
    }
}

/// The address of a page of somebody.
#[derive(Clone, Copy, Debug)]
pub struct Their<'a>(&'a Escaped, &'a Escaped, Theirs);

impl std::fmt::Display for Their<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(start, user, page) = self;
        write!(f, "{start}{user}{}", page.rest())
    }
}

impl askama::FastWritable for Their<'_> {
    fn write_into(
        &self,
        page: &mut dyn std::fmt::Write,
        values: &dyn askama::Values,
    ) -> askama::Result<()> {
        self.0.write_into(page, values)?;
        self.1.write_into(page, values)?;
        Ok(page.write_str(self.2.rest())?)
    }
}

impl askama::filters::HtmlSafe for Their<'_> {}

/// The page of whatever has this typed id.
pub fn go(id: impl std::fmt::Display) -> String {
    format!("/go/{id}")
}

/// The help pages.
pub const HELP: &str = "/help";
/// Choosing an account.
pub const ACCOUNTS: &str = "/accounts";
/// One's own profile.
pub const MY_PROFILE: &str = "/me";
/// Another address to sign in with, for oneself.
pub const MY_EMAIL: &str = "/me/email";
/// Which notices are mailed to oneself.
pub const MY_NOTIFICATIONS: &str = "/me/notifications";
/// Whose logo and colours one sees.
pub const MY_BRANDING: &str = "/me/branding";
/// Where one is signed in.
pub const MY_SECURITY: &str = "/me/security";
/// Another password for oneself.
pub const MY_PASSWORD: &str = "/me/security/password";
/// The browsers that one is known in.
pub const MY_BROWSERS: &str = "/me/security/browsers";
/// One's own accounts, invitations and offers.
pub const MY_ACCOUNTS: &str = "/me/accounts";
/// The sign-in page.
pub const SIGN_IN: &str = "/sign-in";
/// Asking for a new link in place of an expired one.
pub const NEW_LINK: &str = "/links/new";
/// Which notices of an account are mailed to oneself.
pub fn my_notifications_in(account: &str) -> String {
    format!("{MY_NOTIFICATIONS}?account={account}")
}
/// Turns a kind of notice off, whoever has the mail with this key.
pub fn unsubscribe(key: &str) -> String {
    format!("/unsubscribe/{key}")
}
/// An account's front page.
pub fn account(account: &str) -> String {
    format!("/accounts/{account}")
}
/// Account Profile.
pub fn account_profile(account: &str) -> String {
    format!("/accounts/{account}/profile")
}
/// A change of account: lands on the page there that is the same as this one, or else on the last place.
pub fn switch_account(account: &str, return_to: &str) -> String {
    if return_to == "/" {
        format!("/?account={account}")
    } else {
        format!("/?account={account}&return={}", query(return_to))
    }
}
/// Laying down one's own roles in an account.
pub fn my_roles(account: AccountId) -> String {
    format!("/me/roles?account={account}")
}
/// Leaving an account as a guest.
pub fn leave(account: AccountId) -> String {
    format!("/me/leave?account={account}")
}
/// An offer of ownership, for the person to whom it is made.
pub fn my_offer(offer: OfferId) -> String {
    format!("/me/ownership?offer={offer}")
}
/// Who owns an account, and offers of ownership.
pub fn ownership(account: &str) -> String {
    format!("/accounts/{account}/ownership")
}
/// Taking an offer of ownership back.
pub fn withdraw_offer(account: &str) -> String {
    format!("/accounts/{account}/ownership/withdraw")
}
/// The account's rules for its people's logins.
pub fn account_security(account: &str) -> String {
    format!("/accounts/{account}/security")
}
/// An invitation that waits for the person who is signed in.
pub fn my_invitation(account: AccountId) -> String {
    format!("/me/invitation?account={account}")
}
/// Account Organizations.
pub fn organizations(account: &str) -> String {
    format!("/accounts/{account}/organizations")
}
/// An organization's dashboard.
pub fn organization(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}")
}
/// Sub-accounts: the tree of an account's organizations.
pub fn sub_accounts(account: &str) -> String {
    format!("/accounts/{account}/sub-accounts")
}
/// What stands below an organization.
pub fn sub_accounts_of(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/sub-accounts")
}
/// A form for a new organization below another.
pub fn new_sub_account(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/sub-accounts/new")
}
/// An organization's settings.
pub fn settings(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/settings")
}
/// Choosing where an organization moves.
pub fn move_organization(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/move")
}
/// What a move would bring about.
pub fn preview_move(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/move/preview")
}
/// Deleting an organization, with what that means.
pub fn delete_organization(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/delete")
}
/// Putting an organization into the archive.
pub fn archive_organization(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/archive")
}
/// Taking an organization out of the archive.
pub fn unarchive_organization(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/unarchive")
}
/// Bringing a deleted organization back.
pub fn restore_organization(account: &str) -> String {
    format!("/accounts/{account}/organizations/restore")
}
/// The deleted organizations of an account.
pub fn deleted_organizations(account: &str) -> String {
    format!("/accounts/{account}/organizations/deleted")
}
/// The archived organizations of an account.
pub fn archived_organizations(account: &str) -> String {
    format!("/accounts/{account}/organizations/archived")
}
/// The switcher's entries, for a page that is now shown.
pub fn switcher(account: &str) -> String {
    format!("/accounts/{account}/switcher")
}
/// The page that asks before a person is deactivated.
pub fn deactivate(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/deactivate")
}
/// Handing over what hangs on a leaver.
pub fn hand_over(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/handover")
}
/// The page that asks before a person comes back.
pub fn reactivate(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/reactivate")
}
/// The page that asks before a guest is removed.
pub fn remove_guest(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/remove")
}
/// Giving a waiting role back.
pub fn confirm_role(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/confirm-role")
}
/// Taking a waiting role off the list.
pub fn discard_role(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/discard-role")
}
/// A help page.
pub fn help(topic: &str) -> String {
    format!("/help/{topic}")
}
/// A form for a new organization.
pub fn new_organization(account: &str) -> String {
    format!("/accounts/{account}/organizations/new")
}
/// The projects of an organization, as a form for a new one posts them.
pub fn projects(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/projects")
}
/// A form for a new project.
pub fn new_project(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/projects/new")
}
/// Giving people who are in the account a role on a project.
pub fn add_to_project(account: &str, organization: &str, project: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/projects/{project}/users/add")
}
/// A form for a new person of the account.
pub fn new_user(account: &str) -> String {
    format!("/accounts/{account}/user-management/new")
}
/// The groups of an account.
pub fn groups(account: &str) -> String {
    format!("/accounts/{account}/groups")
}
/// A form for a new group.
pub fn new_group(account: &str) -> String {
    format!("/accounts/{account}/groups/new")
}
/// A group.
pub fn group(account: &str, group: GroupId) -> String {
    format!("/accounts/{account}/groups/{group}")
}
/// A form to rename a group.
pub fn edit_group(account: &str, group: GroupId) -> String {
    format!("/accounts/{account}/groups/{group}/edit")
}
/// Deleting a group.
pub fn delete_group(account: &str, group: GroupId) -> String {
    format!("/accounts/{account}/groups/{group}/delete")
}
/// Where the ticks of a group's organizations go.
pub fn group_organizations(account: &str, group: GroupId) -> String {
    format!("/accounts/{account}/groups/{group}/organizations")
}
/// Giving people who are in the account a role on a group.
pub fn group_access_add(account: &str, group: GroupId) -> String {
    format!("/accounts/{account}/groups/{group}/access/add")
}
/// The roles of one person on a group.
pub fn group_access(account: &str, group: GroupId, user: UserId) -> String {
    format!("/accounts/{account}/groups/{group}/access/{user}")
}
/// The people of an organization.
pub fn members(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/members")
}
/// Giving people who are in the account a role on an organization.
pub fn add_member(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/members/add")
}
/// The roles of one person on an organization.
pub fn member(account: &str, organization: &str, user: UserId) -> String {
    format!("/accounts/{account}/organizations/{organization}/members/{user}")
}
/// A form for a new person whose home is an organization.
pub fn new_user_at_home(account: &str, organization: OrganizationId) -> String {
    format!(
        "/accounts/{account}/user-management/new?organization={organization}&home={organization}"
    )
}
/// A project.
pub fn project(account: &str, organization: &str, project: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/projects/{project}")
}
/// The people of a project.
pub fn project_users(account: &str, organization: &str, project: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/projects/{project}/users")
}
/// Taking a change of the people's roles back.
pub fn undo_project_users(
    account: &str,
    organization: &str,
    project: &str,
    change: ChangeId,
) -> String {
    format!(
        "/accounts/{account}/organizations/{organization}/projects/{project}/users/undo?change={change}"
    )
}
/// Changing a project.
pub fn project_settings(account: &str, organization: &str, project: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/projects/{project}/settings")
}
/// User Management.
pub fn user_management(account: &str) -> String {
    format!("/accounts/{account}/user-management")
}
/// Who is invited: a part of User Management.
pub fn invited(account: &str) -> String {
    format!("{}?status=invited", user_management(account))
}
/// The projects of an account, each with its people and their roles: a part of User Management.
pub fn managed_projects(account: &str) -> String {
    format!("/accounts/{account}/user-management/projects")
}
/// An act on several people.
pub fn bulk(account: &str) -> String {
    format!("/accounts/{account}/user-management/bulk")
}
/// Taking back roles that were given to, or taken from, several people.
pub fn undo_bulk(account: &str) -> String {
    format!("/accounts/{account}/user-management/bulk/undo")
}
/// What came of an act for several people.
pub fn bulk_done(account: &str, change: ChangeId) -> String {
    format!("/accounts/{account}/user-management/bulk?of={change}")
}
/// Until when people hold a role.
pub fn role_ends(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/role-ends")
}
/// Until when somebody holds this role.
pub fn role_end(account: &str, user: UserId, grant: GrantId) -> String {
    format!("/accounts/{account}/users/{user}/role-ends?role={grant}")
}
/// Asking for more time with a role of one's own.
pub fn more_time(grant: GrantId) -> String {
    format!("/me/more-time?role={grant}")
}
/// One person in an account.
pub fn user(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}")
}
/// Add New User, second page.
pub fn new_user_roles(account: &str) -> String {
    format!("/accounts/{account}/user-management/new/roles")
}
/// Importing people from a file.
pub fn import_people(account: &str) -> String {
    format!("/accounts/{account}/user-management/import")
}
/// The file to fill in for an import of people.
pub fn import_template(account: &str) -> String {
    format!("/accounts/{account}/user-management/import/template.csv")
}
/// What an import of people would do, in words.
pub fn check_import(account: &str) -> String {
    format!("/accounts/{account}/user-management/import/check")
}
/// Ordering an import of people.
pub fn submit_import(account: &str) -> String {
    format!("/accounts/{account}/user-management/import/submit")
}
/// An import of people: how far it is, and what became of each row.
pub fn people_import(account: &str, import: ImportId) -> String {
    format!("/accounts/{account}/user-management/import/{import}")
}
/// What became of each row of an import, as CSV.
pub fn people_import_csv(account: &str, import: ImportId) -> String {
    format!("/accounts/{account}/user-management/import/{import}/rows.csv")
}
/// Taking an import of people back.
pub fn undo_import(account: &str, import: ImportId) -> String {
    format!("/accounts/{account}/user-management/import/{import}/undo")
}
/// Taking back what was done to somebody a moment ago.
pub fn undo_user(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/undo")
}
/// Sending an invitation again; as a page, confirming its roles.
pub fn resend(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/resend")
}
/// Withdrawing an invitation.
pub fn cancel_invitation(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/cancel")
}
/// The link of an invitation, to copy.
pub fn copy_link(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/link")
}
/// The roles of a person on the account itself.
pub fn user_roles(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/roles")
}
/// Changing what a person is called.
pub fn user_name(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/name")
}
/// Beginning a change of the address that a person signs in with.
pub fn user_email(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/email")
}
/// Ending sessions of a person.
pub fn user_sessions(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/sessions")
}
/// Mailing a person a link to choose a new password.
pub fn mail_reset(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/reset-mail")
}
/// Mailing a person a link that ends their lock.
pub fn mail_unlock(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/unlock-mail")
}
/// Ending a lock.
pub fn unlock_user(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/unlock")
}
/// Another address for somebody who is invited.
pub fn invited_address(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/invited-address")
}
/// Vouching for somebody whose sign-in is locked.
pub fn vouch(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/users/{user}/vouch")
}
/// Add Users to Reservation.
pub fn add_project_users(account: &str, organization: &str, project: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/projects/{project}/users/add")
}
/// About User Roles.
pub fn roles(account: &str) -> String {
    format!("/accounts/{account}/roles")
}
/// A role's row of that page.
pub fn about_role(account: &str, role: &str) -> String {
    format!("{}#{role}", roles(account))
}
/// The same of the roles that can be held on this kind of place.
pub fn roles_on(account: &str, scope: &str) -> String {
    format!("/accounts/{account}/roles?scope={scope}")
}
/// The matrix as a file: of all roles, or of those that can be held on this kind of place.
pub fn roles_csv(account: &str, scope: Option<&str>) -> String {
    let narrowed = scope.map(|scope| format!("?scope={scope}"));
    format!(
        "/accounts/{account}/roles.csv{}",
        narrowed.unwrap_or_default()
    )
}
/// Add role.
pub fn new_role(account: &str) -> String {
    format!("/accounts/{account}/roles/new")
}
/// Add role, beginning with a copy of this one.
pub fn copy_role(account: &str, role: &str) -> String {
    format!("/accounts/{account}/roles/new?from={role}")
}
/// A role that the account made.
pub fn role(account: &str, role: RoleId) -> String {
    format!("/accounts/{account}/roles/{role}")
}
/// Editing a role that the account made.
pub fn edit_role(account: &str, role: RoleId) -> String {
    format!("/accounts/{account}/roles/{role}/edit")
}
/// Deleting a role that the account made.
pub fn delete_role(account: &str, role: RoleId) -> String {
    format!("/accounts/{account}/roles/{role}/delete")
}
/// What one can do oneself, and why not more.
pub const MY_ACCESS: &str = "/me/access";
/// Can someone do something?
pub fn access(account: &str) -> String {
    format!("/accounts/{account}/access")
}
/// What can a person do?
pub fn access_person(account: &str) -> String {
    format!("/accounts/{account}/access/person")
}
/// Compare two people.
pub fn access_compare(account: &str) -> String {
    format!("/accounts/{account}/access/compare")
}
/// Who can do this here?
pub fn access_who(account: &str) -> String {
    format!("/accounts/{account}/access/who")
}
/// The same as a file.
pub fn access_who_csv(account: &str) -> String {
    format!("/accounts/{account}/access/who.csv")
}
/// Whoever holds a role anywhere in the account.
pub fn access_role(account: &str, role: &str) -> String {
    format!("/accounts/{account}/access/who?action=role-{role}&where=anywhere")
}
/// Can this person do this there?
pub fn access_why(account: &str, user: UserId, (action, place): (&str, &str)) -> String {
    format!("/accounts/{account}/access?person={user}&action={action}&where={place}")
}
/// What can this person do?
pub fn access_of(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/access/person?person={user}")
}
/// Why one may not do this here oneself.
pub fn why(account: &str, action: &str, place: &str) -> String {
    format!("{MY_ACCESS}?account={account}&action={action}&where={place}")
}
/// Requests of an account.
pub fn requests(account: &str) -> String {
    format!("/accounts/{account}/requests")
}
/// A form that asks for this role at a place.
pub fn new_request_role(account: &str, role: &str, place: &impl std::fmt::Display) -> String {
    format!("/accounts/{account}/requests/new?role={role}&place={place}")
}
/// A form that asks for this role; for none, for one that is chosen there.
pub fn new_request_for_role(account: &str, role: &str) -> String {
    format!("/accounts/{account}/requests/new?role={role}")
}
/// A form that asks for the role Admin.
pub fn new_request(account: &str) -> String {
    format!("/accounts/{account}/requests/new")
}
/// The same, for a place.
pub fn new_request_at(account: &str, place: &impl std::fmt::Display) -> String {
    format!("/accounts/{account}/requests/new?place={place}")
}
/// The same, for a person.
pub fn new_request_for(account: &str, user: UserId) -> String {
    format!("/accounts/{account}/requests/new?user={user}")
}
/// The same, for a person at a place, perhaps with everything below it.
pub fn new_request_of(
    account: &str,
    user: UserId,
    (place, below): (&impl std::fmt::Display, bool),
) -> String {
    let below = if below { "&below=yes" } else { "" };
    format!("/accounts/{account}/requests/new?user={user}&place={place}{below}")
}
/// One request.
pub fn request(account: &str, request: RequestId) -> String {
    format!("/accounts/{account}/requests/{request}")
}
/// Approving or refusing a request.
pub fn decide_request(account: &str, request: RequestId) -> String {
    format!("/accounts/{account}/requests/{request}/decision")
}
/// Withdrawing a request.
pub fn withdraw_request(account: &str, request: RequestId) -> String {
    format!("/accounts/{account}/requests/{request}/withdraw")
}
/// What one asked for oneself, in every account.
pub const MY_REQUESTS: &str = "/me/requests";
/// Requests that wait for an operator.
pub const OPERATOR_REQUESTS: &str = "/operator/requests";
/// One of them.
pub fn operator_request(request: RequestId) -> String {
    format!("/operator/requests/{request}")
}
/// Confirming or refusing one of them.
pub fn decide_operator_request(request: RequestId) -> String {
    format!("/operator/requests/{request}/decision")
}
/// The sign-in page that leads back to a page.
pub fn sign_in(return_to: &str) -> String {
    if return_to == "/" {
        "/sign-in".into()
    } else {
        format!("/sign-in?return_to={}", query(return_to))
    }
}
/// A mailed or copied link: welcome and invitation alike (S16).
pub fn welcome(token: &str) -> String {
    format!("/welcome/{token}")
}
/// Asking for a new link in place of this one.
pub fn new_link_for(link: LinkId) -> String {
    format!("{NEW_LINK}?link={link}")
}
/// The clean address of an opened welcome link.
pub fn welcome_of(link: LinkId) -> String {
    format!("/welcome?link={link}")
}
/// Asking for a link to set a new password, with the address filled in.
pub fn forgot_password_of(email: &str) -> String {
    format!("/forgot-password?email={}", query(email))
}
/// A mailed link to set a new password.
pub fn reset(token: &str) -> String {
    format!("/reset-password/{token}")
}
/// The clean address of an opened reset link.
pub fn reset_of(link: LinkId) -> String {
    format!("/reset-password?link={link}")
}
/// A mailed link to end a lock.
pub fn unlock(token: &str) -> String {
    format!("/unlock/{token}")
}
/// The clean address of an opened unlock link.
pub fn unlock_of(link: LinkId) -> String {
    format!("/unlock?link={link}")
}
/// The clean address of a link that confirms a new address.
pub fn confirm_email_of(link: LinkId) -> String {
    format!("/confirm-email?link={link}")
}
/// The clean address of a link that was mailed to an old address.
pub fn old_email_of(link: LinkId) -> String {
    format!("/old-email?link={link}")
}
/// The setup link.
pub fn setup(token: &str) -> String {
    format!("/setup/{token}")
}

/// The devices of an organization.
pub fn devices(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices")
}
/// A form for a new device.
pub fn new_device(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices/new")
}
/// A device.
pub fn device(account: &str, organization: &str, device: DeviceId) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices/{device}")
}
/// Changing a device.
pub fn edit_device(account: &str, organization: &str, device: DeviceId) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices/{device}/edit")
}
/// Deleting a device.
pub fn delete_device(account: &str, organization: &str, device: DeviceId) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices/{device}/delete")
}
/// Moving devices to another organization.
pub fn move_devices(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices/move")
}
/// Devices from a file.
pub fn import_devices(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices/import")
}
/// Writing the devices of a file that was looked at.
pub fn submit_devices(account: &str, organization: &str) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices/import/submit")
}
/// What each row of a file did.
pub fn imported_devices(account: &str, organization: &str, import: ImportId) -> String {
    format!("/accounts/{account}/organizations/{organization}/devices/imports/{import}")
}
/// The clean address of an opened sign-up link.
pub fn confirm_sign_up(link: LinkId) -> String {
    format!("/sign-up/confirm?link={link}")
}

/// The same path and query with the names of today (S8).
pub fn renamed(
    asked: &str,
    account: &str,
    organization: Option<&str>,
    project: Option<&str>,
) -> String {
    let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
    let mut before = "";
    let parts = path.split('/').map(|part| {
        let today = match before {
            "accounts" => Some(account),
            "organizations" => organization,
            "projects" => project,
            _ => None,
        };
        // A name is not a heading for what follows it, even if it is called so.
        before = if today.is_some() { "" } else { part };
        today.unwrap_or(part)
    });
    let path = parts.collect::<Vec<_>>().join("/");
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}

/// Text as it may stand in a query.
pub fn query(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::FastWritable;

    #[test]
    fn what_a_list_writes_are_the_addresses_of_the_pages() {
        let (people, id) = (People::of("acme"), UserId::new());
        let text = Escaped::id(id);
        for (page, address) in [
            (Theirs::Page, user("acme", id)),
            (Theirs::Roles, format!("{}#roles", user("acme", id))),
            (Theirs::Deactivate, deactivate("acme", id)),
            (Theirs::Reactivate, reactivate("acme", id)),
            (Theirs::Resend, resend("acme", id)),
            (Theirs::CopyLink, copy_link("acme", id)),
            (Theirs::Cancel, cancel_invitation("acme", id)),
            (Theirs::MailUnlock, mail_unlock("acme", id)),
            (Theirs::Unlock, unlock_user("acme", id)),
            (Theirs::Vouch, vouch("acme", id)),
        ] {
            let (their, mut written) = (people.at(&text, &page), String::new());
            assert_eq!(their.to_string(), address);
            assert!(their.write_into(&mut written, askama::NO_VALUES).is_ok());
            assert_eq!(written, address);
        }
        assert_eq!(People::of("<").page(&text).to_string(), user("&#60;", id));
    }

    #[test]
    fn an_old_address_leads_to_the_same_page_under_the_names_of_today() {
        let old = "/accounts/acme/organizations/north/projects/dock-4/users?q=a%20b";
        let (north, dock) = (Some("nord"), Some("kai"));
        assert_eq!(
            renamed(old, "acme-2", north, dock),
            "/accounts/acme-2/organizations/nord/projects/kai/users?q=a%20b"
        );
        assert_eq!(
            renamed("/accounts/acme/organizations/new", "a2", None, None),
            "/accounts/a2/organizations/new"
        );
        // Reserved words cannot be names; if one were, it would still be only that.
        assert_eq!(
            renamed(
                "/accounts/organizations/organizations/x/members",
                "a",
                north,
                None
            ),
            "/accounts/a/organizations/nord/members"
        );
    }
}
