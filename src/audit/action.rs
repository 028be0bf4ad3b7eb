//! What can happen, by its dotted name (stored) and in a sentence (shown).

use std::fmt;

/// What happened. The dotted name is what the database keeps: a name, once written, keeps its meaning for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each has its sentence below")]
pub enum Action {
    SignInOk,
    SignInFail,
    SignInLocked,
    SignOut,
    SessionEnded,
    BrowserForgotten,
    ProofOk,
    ProofFailed,
    PasswordChanged,
    PasswordResetRequested,
    PasswordResetDone,
    EmailVerified,
    EmailChangeRequested,
    EmailChangeAgreed,
    EmailChangeStopped,
    EmailChangeRefused,
    EmailChanged,
    EmailChangeUndone,
    UserCreated,
    UserChanged,
    UserInvited,
    UserInviteResent,
    UserInviteRevoked,
    /// A withdrawal was taken back.
    UserInviteRestored,
    UserInviteAccepted,
    UserInviteDeclined,
    UserLeft,
    UserActivated,
    UserInvitedAgain,
    UserDeactivated,
    UserReactivated,
    UserHandedOver,
    UserRemoved,
    /// A removal was taken back.
    UserRestored,
    UserUnlocked,
    /// The home of a login is another account: it came to this one, or left it.
    UserHomeChanged,
    UserVouchedFor,
    LinkRequested,
    LinkWanted,
    LinkCopied,
    ListExported,
    RoleGranted,
    RoleRevoked,
    RolesChanged,
    RoleExpired,
    RoleTimeAsked,
    NoticesChosen,
    CustomRoleCreated,
    CustomRoleChanged,
    CustomRoleDeleted,
    RequestCreated,
    RequestApproved,
    RequestRefused,
    RequestWithdrawn,
    RequestReminded,
    RequestExpired,
    RequestReopened,
    RequestHandedOver,
    OwnershipOffered,
    OwnershipAccepted,
    OwnershipDeclined,
    OwnershipWithdrawn,
    AccountCreated,
    AccountChanged,
    OrganizationCreated,
    OrganizationChanged,
    OrganizationSelected,
    OrganizationMoved,
    OrganizationArchived,
    OrganizationUnarchived,
    OrganizationDeleted,
    OrganizationRestored,
    OrganizationPurged,
    GroupCreated,
    GroupChanged,
    ProjectCreated,
    ProjectChanged,
    ProjectArchived,
    ProjectRestored,
    DeviceCreated,
    DeviceChanged,
    DeviceMoved,
    DeviceDeleted,
    DevicesImported,
    PeopleImportStarted,
    PeopleImported,
    PeopleImportUndone,
    SettingsChanged,
    InstallationClaimed,
    SetupLinkMade,
    OperatorAccess,
    SystemStart,
    SystemStop,
    SystemMigrated,
    SystemRestored,
}

impl Action {
    /// Every action, in the order of the list above.
    pub const ALL: [Self; 95] = [
        Self::SignInOk,
        Self::SignInFail,
        Self::SignInLocked,
        Self::SignOut,
        Self::SessionEnded,
        Self::BrowserForgotten,
        Self::ProofOk,
        Self::ProofFailed,
        Self::PasswordChanged,
        Self::PasswordResetRequested,
        Self::PasswordResetDone,
        Self::EmailVerified,
        Self::EmailChangeRequested,
        Self::EmailChangeAgreed,
        Self::EmailChangeStopped,
        Self::EmailChangeRefused,
        Self::EmailChanged,
        Self::EmailChangeUndone,
        Self::UserCreated,
        Self::UserChanged,
        Self::UserInvited,
        Self::UserInviteResent,
        Self::UserInviteRevoked,
        Self::UserInviteRestored,
        Self::UserInviteAccepted,
        Self::UserInviteDeclined,
        Self::UserLeft,
        Self::UserActivated,
        Self::UserInvitedAgain,
        Self::UserDeactivated,
        Self::UserReactivated,
        Self::UserHandedOver,
        Self::UserRemoved,
        Self::UserRestored,
        Self::UserUnlocked,
        Self::UserHomeChanged,
        Self::UserVouchedFor,
        Self::LinkRequested,
        Self::LinkWanted,
        Self::LinkCopied,
        Self::ListExported,
        Self::RoleGranted,
        Self::RoleRevoked,
        Self::RolesChanged,
        Self::RoleExpired,
        Self::RoleTimeAsked,
        Self::NoticesChosen,
        Self::CustomRoleCreated,
        Self::CustomRoleChanged,
        Self::CustomRoleDeleted,
        Self::RequestCreated,
        Self::RequestApproved,
        Self::RequestRefused,
        Self::RequestWithdrawn,
        Self::RequestReminded,
        Self::RequestExpired,
        Self::RequestReopened,
        Self::RequestHandedOver,
        Self::OwnershipOffered,
        Self::OwnershipAccepted,
        Self::OwnershipDeclined,
        Self::OwnershipWithdrawn,
        Self::AccountCreated,
        Self::AccountChanged,
        Self::OrganizationCreated,
        Self::OrganizationChanged,
        Self::OrganizationSelected,
        Self::OrganizationMoved,
        Self::OrganizationArchived,
        Self::OrganizationUnarchived,
        Self::OrganizationDeleted,
        Self::OrganizationRestored,
        Self::OrganizationPurged,
        Self::GroupCreated,
        Self::GroupChanged,
        Self::ProjectCreated,
        Self::ProjectChanged,
        Self::ProjectArchived,
        Self::ProjectRestored,
        Self::DeviceCreated,
        Self::DeviceChanged,
        Self::DeviceMoved,
        Self::DeviceDeleted,
        Self::DevicesImported,
        Self::PeopleImportStarted,
        Self::PeopleImported,
        Self::PeopleImportUndone,
        Self::SettingsChanged,
        Self::InstallationClaimed,
        Self::SetupLinkMade,
        Self::OperatorAccess,
        Self::SystemStart,
        Self::SystemStop,
        Self::SystemMigrated,
        Self::SystemRestored,
    ];

    /// The name in the database, in exports and in filters.
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// What happened, for people: follows the actor's name ("Dana Ruiz *signed in*").
    pub const fn sentence(self) -> &'static str {
        self.words().1
    }

    /// The action of this name, if this version knows it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    #[expect(clippy::too_many_lines, reason = "one list, a line for each action")]
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SignInOk => ("sign_in.ok", "signed in"),
            Self::SignInFail => ("sign_in.fail", "tried to sign in and failed"),
            Self::SignInLocked => (
                "sign_in.locked",
                "was locked after too many failed sign-ins",
            ),
            Self::SignOut => ("sign_out", "signed out"),
            Self::SessionEnded => ("session.ended", "ended a session"),
            Self::BrowserForgotten => (
                "browser.forgotten",
                "forgot a browser in which they had signed in",
            ),
            Self::ProofOk => ("proof.ok", "proved again who they are"),
            Self::ProofFailed => (
                "proof.fail",
                "was asked for the password again and gave a wrong one",
            ),
            Self::PasswordChanged => ("password.changed", "changed their password"),
            Self::PasswordResetRequested => {
                ("password.reset_requested", "asked to reset their password")
            }
            Self::PasswordResetDone => (
                "password.reset_done",
                "set a new password through a mailed link",
            ),
            Self::EmailVerified => ("email.verified", "proved that the email address is theirs"),
            Self::EmailChangeRequested => (
                "email.change_requested",
                "asked for another email address to sign in with",
            ),
            Self::EmailChangeAgreed => (
                "email.change_agreed",
                "agreed, at the old address, to another email address",
            ),
            Self::EmailChangeStopped => (
                "email.change_stopped",
                "stopped a change of the email address",
            ),
            Self::EmailChangeRefused => (
                "email.change_refused",
                "did not make a change of the email address, since whoever began it might not begin it any more",
            ),
            Self::EmailChanged => ("email.changed", "confirmed a new email address"),
            Self::EmailChangeUndone => (
                "email.change_undone",
                "took a change of the email address back",
            ),
            Self::UserCreated => ("user.created", "added a person"),
            Self::UserChanged => ("user.changed", "changed a person's details"),
            Self::UserInvited => ("user.invited", "invited a person"),
            Self::UserInviteResent => ("user.invite_resent", "sent an invitation again"),
            Self::UserInviteRevoked => ("user.invite_revoked", "withdrew an invitation"),
            Self::UserInviteRestored => (
                "user.invite_restored",
                "took the withdrawal of an invitation back",
            ),
            Self::UserInviteAccepted => ("user.invite_accepted", "accepted an invitation"),
            Self::UserInviteDeclined => ("user.invite_declined", "declined an invitation"),
            Self::UserLeft => ("user.left", "left the account"),
            Self::UserActivated => (
                "user.activated",
                "became active by signing in for the first time",
            ),
            Self::UserInvitedAgain => (
                "user.invited_again",
                "asked somebody to accept again, since the address of their login changed or was proven elsewhere",
            ),
            Self::UserDeactivated => ("user.deactivated", "deactivated a person"),
            Self::UserReactivated => ("user.reactivated", "reactivated a person"),
            Self::UserHandedOver => ("user.handed_over", "handed over what hung on a leaver"),
            Self::UserRemoved => ("user.removed", "removed a guest from the account"),
            Self::UserRestored => ("user.restored", "took the removal of a guest back"),
            Self::UserUnlocked => ("user.unlocked", "unlocked a person"),
            Self::UserHomeChanged => ("user.home_changed", "changed the home of a login"),
            Self::UserVouchedFor => (
                "user.vouched_for",
                "vouched for a person whose sign-in was locked, which ended the lock",
            ),
            Self::LinkRequested => ("link.requested", "asked for a new link"),
            Self::LinkWanted => ("link.wanted", "asked a manager for a new link"),
            Self::LinkCopied => ("link.copied", "copied a person's link"),
            Self::ListExported => ("list.exported", "took a list along as a file"),
            Self::RoleGranted => ("role.granted", "gave a role"),
            Self::RoleRevoked => ("role.revoked", "took a role away"),
            Self::RolesChanged => ("role.changed", "changed a person's roles"),
            Self::RoleExpired => ("role.expired", "ended a role whose time was over"),
            Self::RoleTimeAsked => ("role.time_asked", "asked for more time with a role"),
            Self::NoticesChosen => ("notices.chosen", "chose which notices are mailed to them"),
            Self::CustomRoleCreated => ("custom_role.created", "made a role of the account"),
            Self::CustomRoleChanged => ("custom_role.changed", "changed a role of the account"),
            Self::CustomRoleDeleted => ("custom_role.deleted", "deleted a role of the account"),
            Self::RequestCreated => ("request.created", "asked for a role"),
            Self::RequestApproved => ("request.approved", "approved a request for a role"),
            Self::RequestRefused => ("request.refused", "refused a request for a role"),
            Self::RequestWithdrawn => ("request.withdrawn", "withdrew a request for a role"),
            Self::RequestReminded => ("request.reminded", "reminded of a request for a role"),
            Self::RequestExpired => ("request.expired", "ended a request that nobody decided"),
            Self::RequestReopened => (
                "request.reopened",
                "put a request back, since its approval no longer counts",
            ),
            Self::RequestHandedOver => (
                "request.handed_over",
                "put a request in another name, since who asked left",
            ),
            Self::OwnershipOffered => ("ownership.offered", "offered ownership of the account"),
            Self::OwnershipAccepted => ("ownership.accepted", "accepted ownership of the account"),
            Self::OwnershipDeclined => ("ownership.declined", "declined ownership of the account"),
            Self::OwnershipWithdrawn => ("ownership.withdrawn", "took an offer of ownership back"),
            Self::AccountCreated => ("account.created", "created an account"),
            Self::AccountChanged => ("account.changed", "changed the account"),
            Self::OrganizationCreated => ("organization.created", "created an organization"),
            Self::OrganizationChanged => ("organization.changed", "changed an organization"),
            Self::OrganizationSelected => ("organization.selected", "selected an organization"),
            Self::OrganizationMoved => ("organization.moved", "moved an organization"),
            Self::OrganizationArchived => ("organization.archived", "archived an organization"),
            Self::OrganizationUnarchived => (
                "organization.unarchived",
                "took an organization out of the archive",
            ),
            Self::OrganizationDeleted => ("organization.deleted", "deleted an organization"),
            Self::OrganizationRestored => (
                "organization.restored",
                "brought a deleted organization back",
            ),
            Self::OrganizationPurged => ("organization.purged", "purged a deleted organization"),
            Self::GroupCreated => ("group.created", "created a group of organizations"),
            Self::GroupChanged => ("group.changed", "changed a group of organizations"),
            Self::ProjectCreated => ("project.created", "created a project"),
            Self::ProjectChanged => ("project.changed", "changed a project"),
            Self::ProjectArchived => ("project.archived", "archived a project"),
            Self::ProjectRestored => ("project.restored", "opened an archived project again"),
            Self::DeviceCreated => ("device.created", "added a device"),
            Self::DeviceChanged => ("device.changed", "changed a device"),
            Self::DeviceMoved => ("device.moved", "moved a device to another organization"),
            Self::DeviceDeleted => ("device.deleted", "deleted a device"),
            Self::DevicesImported => ("device.imported", "imported devices from a file"),
            Self::PeopleImportStarted => (
                "people.import_started",
                "started to import people from a file",
            ),
            Self::PeopleImported => ("people.imported", "imported people from a file"),
            Self::PeopleImportUndone => (
                "people.import_undone",
                "withdrew the invitations of an import that were not accepted",
            ),
            Self::SettingsChanged => ("settings.changed", "changed settings"),
            Self::InstallationClaimed => ("installation.claimed", "set up this installation"),
            Self::SetupLinkMade => ("installation.setup_link_made", "made a setup link"),
            Self::OperatorAccess => ("operator.access", "looked at an account as operator"),
            Self::SystemStart => ("system.start", "started"),
            Self::SystemStop => ("system.stop", "stopped"),
            Self::SystemMigrated => ("system.migrated", "brought the database up to date"),
            Self::SystemRestored => ("system.restored", "was restored from a backup"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_has_a_name_of_its_own_and_is_found_by_it() {
        let names: HashSet<_> = Action::ALL.into_iter().map(Action::name).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.name()), Some(action));
            assert!(!action.sentence().is_empty());
            // What the column holds and a filter's address can carry.
            assert!(
                action
                    .name()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b"._".contains(&b))
            );
            assert!(action.name().len() <= 64);
        }
        assert_eq!(Action::from_name("sign_in"), None);
    }

    #[test]
    #[expect(clippy::as_conversions, reason = "the place of a variant in its enum")]
    fn the_list_of_actions_is_complete() {
        for (place, action) in Action::ALL.into_iter().enumerate() {
            assert_eq!(action as usize, place, "{action} is out of order");
        }
        assert_eq!(Action::SystemRestored as usize + 1, Action::ALL.len());
    }
}
