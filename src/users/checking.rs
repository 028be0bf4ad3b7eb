//! What is shown in words before it is given: roles for several people at once, and roles that let their holder do much
//! (ux 7.9). Who adds one person with everyday roles is not asked twice.

use super::model::{among, reach_of};
use super::pages::{CheckAddingPage, CheckedLine};
use super::showing;
use crate::access::gate::Demand;
use crate::access::give::is_powerful;
use crate::access::grant::Scoped;
use crate::access::permission::Key;
use crate::access::place::Place;
use crate::access::refusal::Refusal;
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::UserId;
use crate::error::{Error, Result};
use crate::members::{self, During, Found, during};
use crate::web::form::Errors;

/// The field that says that the page was seen.
pub const SEEN: &str = "seen";
/// The field of the button that leads back to the form.
pub const CHANGE: &str = "change";

/// What is to be given to whom.
#[derive(Clone, Copy, Debug)]
pub struct Giving<'a> {
    /// Where.
    pub found: &'a Found,
    /// To whom.
    pub people: &'a [UserId],
    /// What.
    pub roles: &'a [Role],
    /// From when on, and until when.
    pub during: During,
}

impl Giving<'_> {
    /// Whether it is looked at once more.
    pub fn is_checked(&self, app: &App) -> bool {
        self.people.len() > 1 || self.powerful(app).next().is_some()
    }

    fn powerful<'a>(&'a self, app: &'a App) -> impl Iterator<Item = &'a Role> {
        let level = self.found.scope.level();
        let all = self.roles.iter();
        all.filter(move |role| is_powerful(app.roles(), role, level))
    }
}

/// Words and ways of the page.
#[derive(Clone, Debug)]
pub struct Around {
    /// What the page before is called.
    pub title: String,
    /// The list that the people will be in, and where it is.
    pub crumb: Option<(String, String)>,
    /// The button's words.
    pub button: String,
    /// Where it posts.
    pub action: String,
    /// The way out.
    pub cancel: String,
    /// What was chosen, to be sent again.
    pub carried: Vec<(&'static str, String)>,
}

/// The page, with the refusals that the act would end in.
///
/// # Errors
/// Whoever is outside of the acting person's reach, or alone and shut out, is not found; a role that may not be given
/// is refused.
pub fn check<P: Place, A: Demand>(
    conn: &mut Conn,
    app: &App,
    scope: &Scope<P, A>,
    giving: Giving<'_>,
    around: Around,
) -> Result<CheckAddingPage> {
    let (account, found) = (scope.account(), giving.found);
    let reach = reach_of(conn, app.roles(), scope, Key::UsersManage)?;
    let rows = among(conn, account.id, &reach, giving.people)?;
    let out = |status: &str| status == "deactivated";
    let one_out = giving.people.len() == 1 && rows.iter().any(|row| out(&row.status));
    if rows.len() < giving.people.len() || one_out {
        return Err(Error::NotFound);
    }
    for row in rows.iter().filter(|row| !out(&row.status)) {
        for role in giving.roles {
            members::may_give(app, scope, found, role, row.id)?;
        }
    }
    let powerful: Vec<&Role> = giving.powerful(app).collect();
    for role in &powerful {
        let given = (*role, &found.scope, giving.people);
        let unproven = members::unproven(conn, app, account.id, given, scope.now())?;
        if let Some((_, why)) = unproven.into_iter().next() {
            return Err(Refusal::new("role", why).to(scope));
        }
    }
    let roles = giving.roles.iter();
    let roles: Vec<(String, bool)> = roles
        .map(|role| (role.label().to_owned(), powerful.contains(&role)))
        .collect();
    let line = |row: &super::Listed| CheckedLine {
        name: showing::name(row),
        email: row.email.clone(),
        out: out(&row.status),
    };
    let is_project = matches!(found.scope, Scoped::Project { .. });
    let shell = scope.shell("Check");
    Ok(CheckAddingPage {
        shell: match &around.crumb {
            Some((label, href)) => shell.crumb(label.clone(), href.clone()).here(),
            None => shell,
        }
        .named(around.title.clone()),
        errors: Errors::new(),
        heading: around.title,
        place: match found.scope {
            Scoped::Organization { below: true, .. } => {
                format!("{} and everything below it", found.name)
            }
            _ => found.name.clone(),
        },
        lines: rows.iter().map(line).collect(),
        roles,
        powerful: powerful
            .iter()
            .map(|role| {
                (
                    role.label().to_owned(),
                    account.says_of(scope.role_table(), role),
                )
            })
            .collect(),
        days: during::in_words(giving.during, &account.time_zone),
        told: is_project,
        button: around.button,
        action: around.action,
        cancel: around.cancel,
        carried: around.carried,
    })
}
