//! The roles on a person's page: by place, each project under its organization, with what they are held by and who gave
//! them when (ux 6.12).

use super::about::Slugs;
use crate::access::grant::Scoped;
use crate::access::place::Account;
use crate::db::Conn;
use crate::db::types::{OrganizationId, UserId};
use crate::error::Result;
use crate::members::{Held, during, more_time};
use crate::users::pages::{RoleGroup, RoleLine};
use crate::users::{Source, names, showing};
use crate::web::urls;
use crate::web::view::moment;

/// Where a place stands: the account, groups by name, organizations by name and each one's projects behind it.
type Stand = (u8, String, Option<OrganizationId>, u8, String);

/// The roles by place, and where each can be given another end.
pub(super) fn groups(
    conn: &mut Conn,
    account: &Account,
    (held, slugs, user): (&[Held], &Slugs, UserId),
    end: &dyn Fn(&Held) -> Option<String>,
) -> Result<Vec<RoleGroup>> {
    let mut givers: Vec<UserId> = held.iter().filter_map(|held| held.given_by).collect();
    givers.sort_unstable();
    givers.dedup();
    let givers = names(conn, account.id, givers)?;
    // Whoever can give a role longer sees that it was asked for, also where no mail came.
    let asked = if held
        .iter()
        .any(|held| held.ends_at.is_some() && end(held).is_some())
    {
        more_time::asked_for(conn, account.id, user)?
    } else {
        Vec::new()
    };
    let mut groups: Vec<(Scoped, Stand, RoleGroup)> = Vec::new();
    for held in held {
        let giver = givers.iter().find(|(id, _)| Some(*id) == held.given_by);
        let about = urls::about_role(&account.slug, held.role.as_str());
        let by = giver.map(|(_, name)| name.clone());
        let mut line = line(held, &account.time_zone, about, by, end(held));
        let asked = asked.iter().find(|(grant, _)| *grant == held.grant);
        if let Some((_, at)) = asked.filter(|_| line.end.is_some()) {
            let words = format!("; asked for more time on {}", moment(*at));
            line.lasts.push_str(&words);
        }
        match groups.iter_mut().find(|(scope, ..)| *scope == held.scope) {
            Some((.., group)) => group.roles.push(line),
            None => {
                let group = RoleGroup {
                    place: showing::place(held, account),
                    kind: showing::kind_of_place(held, account),
                    change: slugs.change(&account.slug, user, &held.scope),
                    under: matches!(held.scope, Scoped::Project { .. }),
                    roles: vec![line],
                };
                groups.push((held.scope, stand(held, account), group));
            }
        }
    }
    groups.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
    Ok(with_heads(groups))
}

fn stand(held: &Held, account: &Account) -> Stand {
    let place = showing::place(held, account);
    match held.scope {
        Scoped::Account => (0, place, None, 0, String::new()),
        Scoped::Group(_) => (1, place, None, 0, String::new()),
        Scoped::Organization { id, below } => (2, place, Some(id), u8::from(!below), String::new()),
        Scoped::Project { organization, .. } => {
            let within = held.within.clone().unwrap_or_default();
            (2, within, Some(organization), 2, place)
        }
    }
}

/// Puts the name of the organization above projects of one on which itself no role is held.
fn with_heads(groups: Vec<(Scoped, Stand, RoleGroup)>) -> Vec<RoleGroup> {
    let mut all = Vec::new();
    let mut last = None;
    for (_, (_, name, organization, ..), group) in groups {
        if group.under && organization != last {
            all.push(RoleGroup {
                place: name,
                kind: "Organization".to_owned(),
                change: None,
                under: false,
                roles: Vec::new(),
            });
        }
        last = organization;
        all.push(group);
    }
    all
}

fn line(
    held: &Held,
    zone: &str,
    about: String,
    by: Option<String>,
    end: Option<String>,
) -> RoleLine {
    let mut lasts = String::new();
    if let Some(at) = held.starts_at {
        lasts.push_str(&format!(", from {}", during::start_in_words(at, zone)));
    }
    if let Some(at) = held.ends_at {
        lasts.push_str(&format!(", until {}", during::end_in_words(at, zone)));
    }
    RoleLine {
        label: held.role.label().to_owned(),
        about,
        source: match Source::of(&held.scope) {
            Source::Group => format!("From group {}", held.place.as_deref().unwrap_or_default()),
            other => other.label().to_owned(),
        },
        by,
        given: (held.given_at.text(), moment(held.given_at)),
        lasts,
        end: end.map(|href| {
            let words = if held.ends_at.is_some() {
                "Change the end"
            } else {
                "Set an end"
            };
            (words, href)
        }),
    }
}
