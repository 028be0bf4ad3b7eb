//! Where the role that comes in the place of a deleted one is held already: what both come to, in words.

use crate::access::extent::Extent;
use crate::access::role::Role;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::Result;
use crate::members::{Comes, Held, Holding, Step};
use crate::roles::model::Composing;
use crate::users::{self, Listed, showing};
use crate::web::view::moment;

/// How many are told one by one.
const MOST: usize = 20;

/// Where both roles are held by the same person, and one of them does not cover the other.
#[derive(Clone, Debug, Default)]
pub struct Meeting {
    /// The role that stays reaches further or lasts longer: a sentence each.
    pub grown: Vec<String>,
    /// No one role says both, and the deletion is refused: a sentence each.
    pub torn: Vec<String>,
}

impl Meeting {
    /// Looks for them: one statement for the names.
    pub fn of(conn: &mut Conn, scope: &Composing, holding: &Holding, new: &Role) -> Result<Self> {
        let now = scope.now();
        let steps = holding.steps(new, now);
        let both = |step: &&Step<'_>| {
            step.there.is_some() && matches!(step.comes, Comes::Given(_) | Comes::Torn)
        };
        let steps: Vec<&Step<'_>> = steps.iter().filter(both).collect();
        if steps.is_empty() {
            return Ok(Self::default());
        }
        let ids: Vec<_> = steps.iter().map(|step| step.held.user).collect();
        let people = users::these(conn, scope.account().id, &ids)?;
        let (mut grown, mut torn) = (Vec::new(), Vec::new());
        for step in steps {
            let Some(there) = step.there else { continue };
            let name = name(&people, step.held);
            let place = showing::place(step.held, scope.account());
            let had = said(&there.extent(), now);
            match step.comes {
                Comes::Given(extent) => {
                    let gets = said(&extent, now);
                    grown.push(format!(
                        "{name} holds {new} on {place} already, {had}: from now on {gets}."
                    ));
                }
                _ => {
                    let own = said(&step.held.extent(), now);
                    torn.push(format!(
                        "{name} holds {new} on {place} already, {had}, and {} {own}. No one role says both: take one of them away there first, or choose another role.",
                        step.held.role
                    ));
                }
            }
        }
        Ok(Self {
            grown: cut(grown),
            torn: cut(torn),
        })
    }
}

fn name(people: &[Listed], held: &Held) -> String {
    let person = people.iter().find(|row| row.id == held.user);
    person.map_or_else(|| "Somebody".to_owned(), showing::name)
}

fn cut(mut all: Vec<String>) -> Vec<String> {
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    if more > 0 {
        all.push(format!("And {more} more like these."));
    }
    all
}

/// "with everything below, until 1 June 2026, 00:00 UTC".
fn said(extent: &Extent, now: Ts) -> String {
    let mut parts = Vec::new();
    if extent.below {
        parts.push("with everything below".to_owned());
    }
    if let Some(start) = extent.starts_at.filter(|start| *start > now) {
        parts.push(format!("from {}", moment(start)));
    }
    parts.push(match extent.ends_at {
        Some(end) => format!("until {}", moment(end)),
        None => "without end".to_owned(),
    });
    parts.join(", ")
}
