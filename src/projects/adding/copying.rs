//! Roles of somebody else, ticked to begin with: of somebody who works on the project, or on another one whose people the
//! acting person sees. What they may not give stays unticked.

use super::{Asked, Managing};
use crate::access::permission::Key;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ProjectId, UserId};
use crate::error::{Error, Result};
use crate::projects::model::{self, Worker};
use crate::projects::roster;
use crate::users::{self, Reach};
use crate::web::view::Choice;

/// So many roles of others are looked at to copy them.
const MODELS: i64 = 200;
/// So many other projects can be chosen from.
const SOURCES: usize = 200;

/// The project whose people's roles are copied, and the others there are.
pub(super) struct Source {
    pub(super) id: ProjectId,
    pub(super) name: String,
    pub(super) others: Vec<Choice>,
    pub(super) hint: &'static str,
}

fn reach(conn: &mut Conn, app: &App, scope: &Managing) -> Result<Reach> {
    users::reach_of(conn, app.roles(), scope, Key::UsersView)
}

/// The other project of this id: one whose people the acting person does not see is not found.
fn proven(
    conn: &mut Conn,
    scope: &Managing,
    (reach, id): (&Reach, ProjectId),
) -> Result<model::Listed> {
    model::one_in_places(conn, scope.account().id, reach, id)?.ok_or(Error::NotFound)
}

impl Source {
    pub(super) fn load(
        conn: &mut Conn,
        app: &App,
        scope: &Managing,
        from: Option<ProjectId>,
    ) -> Result<Self> {
        let (here, reach) = (scope.place(), reach(conn, app, scope)?);
        let from = from.filter(|id| *id != here.id);
        let other = match from {
            Some(id) => Some(proven(conn, scope, (&reach, id))?),
            None => None,
        };
        let most = i64::try_from(SOURCES).unwrap_or(i64::MAX).saturating_add(2);
        let mut rows = model::in_places(conn, scope.account().id, &reach, most)?;
        rows.retain(|row| row.id != here.id);
        let more = rows.len() > SOURCES;
        rows.truncate(SOURCES);
        if let Some(other) = other.as_ref()
            && !rows.iter().any(|row| row.id == other.id)
        {
            rows.insert(0, other.clone());
        }
        let choice = |row: &model::Listed| {
            let label = format!("{} ({})", row.name, row.organization);
            Choice::new(row.id.to_string(), label, from == Some(row.id))
        };
        Ok(Self {
            others: rows.iter().map(choice).collect(),
            id: other.as_ref().map_or(here.id, |other| other.id),
            name: other.map_or_else(|| here.name.clone(), |other| other.name),
            hint: if more {
                "The first 200 are listed."
            } else {
                ""
            },
        })
    }
}

/// The roles of the person whose roles are to be copied, by their names in forms; who has none there has none to copy.
pub(super) fn copied(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    asked: &Asked,
) -> Result<Vec<String>> {
    let Some(model) = asked.copy else {
        return Ok(Vec::new());
    };
    let on = match asked.from {
        Some(id) if id != scope.place().id => {
            let reach = reach(conn, app, scope)?;
            proven(conn, scope, (&reach, id))?.id
        }
        _ => scope.place().id,
    };
    let roles = roster::roles_of(conn, scope, (on, &[model]))?;
    Ok(roles
        .iter()
        .map(|(_, role)| role.as_str().to_owned())
        .collect())
}

/// Everybody whose roles on that project can be copied, by name.
pub(super) fn models(
    conn: &mut Conn,
    scope: &Managing,
    (on, copy): (ProjectId, Option<UserId>),
) -> Result<Vec<Choice>> {
    let mut rows = roster::people(conn, scope, (on, MODELS))?;
    rows.dedup_by_key(|row| row.id);
    let choice = |row: &Worker| {
        let name = format!("{} {}", row.first_name, row.last_name);
        Choice::new(row.id.to_string(), name, copy == Some(row.id))
    };
    Ok(rows.iter().map(choice).collect())
}
