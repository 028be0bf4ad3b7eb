//! What a row does: it invites somebody, with every further place that other rows name for them, or gives roles to whoever
//! is here.

use diesel::prelude::*;

use super::storing::{Import, Stage, cut};
use super::working::{Manager, Outcome, Row, Task, is_pending, mark, pending};
use crate::access::behalf::OnBehalf;
use crate::access::custom::AccountRoles;
use crate::access::role::Role;
use crate::app::App;
use crate::db::Conn;
use crate::db::Cost;
use crate::db::schema::{memberships, people_import_rows as rows};
use crate::db::types::{GrantId, ImportId, SubmissionId, UserId};
use crate::error::{Error, Result};
use crate::members::during::last;
use crate::members::{self, Status, Target};
use crate::on_each;
use crate::users::forms::PersonForm;
use crate::users::{Added, Existing, Submit, add, place};
use crate::welcome::Fresh;

/// Invites whom the row names, or gives them the roles if they are here. Where a further place of somebody new is what is
/// refused, they are invited without it, and the row that names it says so.
pub(super) async fn bring_in(app: &App, import: &Import, task: Task) -> Result<()> {
    let (id, line) = (import.id, task.line);
    let done = attempt(app, import, &task, true).await;
    let refused = matches!(
        done,
        Err(Error::Forbidden(_) | Error::NotFound | Error::Conflict(_) | Error::BadRequest(_))
    );
    if !refused {
        return done;
    }
    let further = app.db().read(Cost::Bounded, move |conn| {
        Ok(!further(conn, id, line)?.is_empty())
    });
    if further.await? {
        attempt(app, import, &task, false).await
    } else {
        done
    }
}

async fn attempt(app: &App, import: &Import, task: &Task, together: bool) -> Result<()> {
    let broken = || Error::internal(format!("row {} of an import cannot be read", task.line));
    let typed = PersonForm {
        first_name: task.first_name.clone(),
        last_name: task.last_name.clone(),
        email: task.email.clone(),
        note: String::new(),
    };
    let person = typed.check().map_err(|_| broken())?;
    let bringing = Bringing {
        import: import.id,
        line: task.line,
        submit: Submit {
            submission: task.id,
            person,
            home: None,
            user: UserId::new(),
            places: Vec::new(),
            during: (None, None),
            fresh: Fresh::mailed_and_copied(app.sealer()),
            life: crate::sessions::span(app.config().limits.welcome_link),
            mailed: import.mailed,
            note: String::new(),
        },
        place: Further::of(task.line, &task.target, &task.roles).ok_or_else(broken)?,
        ends_on: task.ends_on.clone(),
        tells: import.mailed,
        together,
    };
    let (row, first): (Row, _) = (
        (import.id, task.line, pending(Stage::Working)),
        task.with_line,
    );
    let door = OnBehalf::of(import.imported_by, import.account, import.asked_in);
    let inside = app.clone();
    app.write(door, move |conn, scope: &Manager| {
        if !is_pending(conn, row)? {
            return Ok(());
        }
        // Whoever is new is invited by the first of their rows: it is that one's turn.
        if let Some(first) = first
            && is_pending(conn, (row.0, first, row.2))?
        {
            return Ok(());
        }
        let outcome = bringing.act(conn, &inside, scope)?;
        mark(conn, row, &outcome)
    })
    .await
}

/// A place of a row and its roles, each with the id of its grant.
#[derive(Clone, Debug)]
struct Further {
    line: i64,
    target: Target,
    roles: Vec<(String, GrantId)>,
}

impl Further {
    fn of(line: i64, target: &str, roles: &str) -> Option<Self> {
        let roles = roles.split(',');
        Some(Self {
            line,
            target: Target::parse(target)?,
            roles: roles.map(|key| (key.to_owned(), GrantId::new())).collect(),
        })
    }

    /// The roles as they are now.
    fn roles(&self, conn: &mut Conn, scope: &Manager) -> Result<Vec<(Role, GrantId)>> {
        let names = self.roles.iter().map(|(name, _)| name.as_str());
        let known = AccountRoles::load_for(conn, scope.account().id, names)?;
        let role = |(name, grant): &(String, GrantId)| Some((known.parse(name)?, *grant));
        let roles: Option<Vec<(Role, GrantId)>> = self.roles.iter().map(role).collect();
        roles.ok_or_else(|| Error::Conflict("A role of this row is not there any more".into()))
    }
}

/// The line, the place, the roles and the last day of a row, as stored.
type Stored = (i64, String, String, String);

/// The rows that wait for this one, with a further place of the person whom it invites. Nearly every row has none, and only
/// their lines are read off the index of them: for more of their columns SQLite rather walks the whole file.
fn further(conn: &mut Conn, import: ImportId, line: i64) -> Result<Vec<Stored>> {
    let query = rows::table
        .filter(rows::import_id.eq(import))
        .filter(rows::with_line.eq(Some(line)))
        .select(rows::line);
    let lines: Vec<i64> = on_each!(conn, |c| query.load(c))?;
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let query = rows::table
        .filter(rows::import_id.eq(import))
        .filter(rows::line.eq_any(lines))
        .filter(rows::state.eq(pending(Stage::Working)))
        .order(rows::line.asc())
        .select((rows::line, rows::target, rows::roles, rows::ends_on));
    Ok(on_each!(conn, |c| query.load(c))?)
}

/// Whether a row of this import invited the person.
fn invited_by(
    conn: &mut Conn,
    scope: &Manager,
    (import, user): (ImportId, UserId),
) -> Result<bool> {
    let submission: Option<SubmissionId> = memberships::table
        .filter(memberships::account_id.eq(scope.account().id))
        .filter(memberships::user_id.eq(user))
        .select(memberships::submission_id)
        .first(conn)?;
    let Some(submission) = submission else {
        return Ok(false);
    };
    let theirs = rows::table
        .filter(rows::import_id.eq(import))
        .filter(rows::user_id.eq(Some(user)))
        .filter(rows::state.eq("invited"))
        .filter(rows::id.eq(submission));
    Ok(diesel::select(diesel::dsl::exists(theirs)).get_result(conn)?)
}

/// What a row does, made before the transaction: a re-run does the same again.
struct Bringing {
    import: ImportId,
    line: i64,
    /// All but where and as what.
    submit: Submit,
    place: Further,
    /// The last day: its end depends on the account's time zone of the moment.
    ends_on: String,
    /// Whether whoever is here already is told.
    tells: bool,
    /// Whether the further places of other rows go along.
    together: bool,
}

impl Bringing {
    /// The further places of the person, as far as they are held for the same time.
    fn further(&self, conn: &mut Conn) -> Result<Vec<Further>> {
        if !self.together {
            return Ok(Vec::new());
        }
        // Made inside: a re-run makes others, and nothing outside has seen them.
        let rows = further(conn, self.import, self.line)?.into_iter();
        let same = rows.filter(|(.., ends_on)| *ends_on == self.ends_on);
        Ok(same
            .filter_map(|(line, target, roles, _)| Further::of(line, &target, &roles))
            .collect())
    }

    fn act(&self, conn: &mut Conn, app: &App, scope: &Manager) -> Result<Outcome> {
        let ends_at = match last(&self.ends_on, scope.account(), scope.now()) {
            Ok(ends_at) => ends_at,
            Err(why) => return Ok(Outcome::new("failed", format!("Access ends on: {why}"))),
        };
        let further = self.further(conn)?;
        let mut places = Vec::new();
        for one in [&self.place].into_iter().chain(&further) {
            places.push((one.target, one.roles(conn, scope)?));
        }
        let submit = Submit {
            during: (None, ends_at),
            places,
            ..self.submit.clone()
        };
        let here = match add(conn, app, scope, &submit)? {
            Added::Done(user) => {
                self.mark_further(conn, &further, (&submit, user))?;
                return Ok(Outcome {
                    user: Some(user),
                    ..Outcome::new("invited", "")
                });
            }
            Added::Before(user) => {
                return Ok(Outcome {
                    user: Some(user),
                    ..Outcome::new("invited", "")
                });
            }
            Added::Here(here) => here,
        };
        let outcome = match here.status {
            Status::Active => self.place(conn, app, scope, (&submit, &here))?,
            // Whom the file itself invited gets every place that it names.
            Status::Invited if invited_by(conn, scope, (self.import, here.user))? => {
                self.place(conn, app, scope, (&submit, &here))?
            }
            Status::Invited => Outcome::new("skipped", "Is invited already"),
            Status::Deactivated => {
                Outcome::new("skipped", "Is inactive. Reactivate them on their page")
            }
        };
        Ok(Outcome {
            user: Some(here.user),
            ..outcome
        })
    }

    /// Roles for whoever is here, at the place of this row alone.
    fn place(
        &self,
        conn: &mut Conn,
        app: &App,
        scope: &Manager,
        (submit, here): (&Submit, &Existing),
    ) -> Result<Outcome> {
        let account = scope.account();
        let (mut given, mut kept) = (Vec::new(), String::new());
        for (target, roles) in submit.places.iter().take(1) {
            let found = members::place_of(conn, account.id, &account.name, *target)?;
            let who = (here.user, self.tells);
            let what = (roles.as_slice(), submit.during);
            let placed = place(conn, app, scope, &found, who, what)?;
            given.extend(placed.given);
            for (role, stays) in &placed.stays {
                kept.push_str("; ");
                kept.push_str(&stays.words(role, &account.time_zone));
            }
        }
        let (state, done) = if given.is_empty() {
            (
                "skipped",
                "Is here already, and holds these roles".to_owned(),
            )
        } else {
            ("changed", given.join(", "))
        };
        Ok(Outcome::new(state, cut(&format!("{done}{kept}"))))
    }

    /// The rows whose places went along are done with this one.
    fn mark_further(
        &self,
        conn: &mut Conn,
        further: &[Further],
        (submit, user): (&Submit, UserId),
    ) -> Result<()> {
        for (one, (_, roles)) in further.iter().zip(submit.places.iter().skip(1)) {
            let labels: Vec<&str> = roles.iter().map(|(role, _)| role.label()).collect();
            let outcome = Outcome {
                user: Some(user),
                ..Outcome::new("changed", cut(&labels.join(", ")))
            };
            let row: Row = (self.import, one.line, pending(Stage::Working));
            mark(conn, row, &outcome)?;
        }
        Ok(())
    }
}
