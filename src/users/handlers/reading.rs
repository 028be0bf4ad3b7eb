//! What is asked of User Management, and how far the reader's rights go.

use std::fmt::Display;
use std::str::FromStr;

use crate::access::custom::AccountRoles;
use crate::access::gate::Demand;
use crate::access::grant::Scoped;
use crate::access::permission::Key;
use crate::access::place::{Account, Whole};
use crate::access::role::{Role, RoleTable};
use crate::access::scope::Scope;
use crate::db::Conn;
use crate::db::types::{ProjectId, Ts, UserId};
use crate::error::Result;
use crate::members::Brief;
use crate::users::{EXPIRED, Holding, LIST, Listed, People, Reach, Source, Which, reach_of};
use crate::web::field::fold;
use crate::web::form::Form;
use crate::web::list::{Asked, Found};
use crate::web::view::Choice;
use crate::web::zones;
use crate::{organizations, projects};

/// Places that can be chosen from.
const PLACES: usize = 200;

/// Organizations that can be chosen from on a page that is about something else: each weighs on every look at it.
const FEW_PLACES: usize = 30;

/// What is asked for, and how far the reader's rights go.
pub(super) struct Reading {
    pub(super) see: Reach,
    pub(super) manage: Reach,
    pub(super) list: Asked<UserId>,
    pub(super) which: Which,
    pub(super) holding: Holding,
    /// The roles of the account.
    pub(super) known: AccountRoles,
    /// Filters by name, with what may be chosen.
    pub(super) options: Vec<(&'static str, String, Vec<Choice>)>,
    /// Whether more filters than that of roles are offered.
    pub(super) offers: bool,
    /// What is searched for among their places, where not all are listed, and what to know of that.
    pub(super) places: Option<(String, &'static str)>,
    /// Whether the rows come ticked.
    pub(super) pick: bool,
    /// Whether mail leaves the machine at all.
    pub(super) mails: bool,
}

/// From the query, in an order that an index carries.
pub(super) fn read(query: &Form) -> Result<Asked<UserId>> {
    Ok(ordered(Asked::read(query, &LIST)?))
}

/// Other orders than by name are carried by indexes of the whole account, of who is invited and of who is shut out; who
/// else is found is put in order here.
pub(super) fn ordered(asked: Asked<UserId>) -> Asked<UserId> {
    let mut asked = asked.anew();
    let status = asked.filter("status").map(str::to_owned);
    let (link, expired) = EXPIRED;
    let is_expired = status.as_deref() == Some("invited") && asked.filter(link) == Some(expired);
    if !is_expired {
        asked.ignore(link);
    }
    let alone = asked.is_only("status");
    match status.as_deref() {
        None if asked.is_whole() => asked.by_one_of(&["email", "joined", "seen"]),
        Some("active") if alone => asked.by_one_of(&["email", "joined", "seen"]),
        Some("invited") if alone => asked.by_one_of(&["email", "ends"]),
        Some("inactive") if alone => asked.by_one_of(&["email", "deactivated"]),
        _ if is_expired && asked.clone().without(link).is_only("status") => {
            asked.usually_by("ends").sorted_here()
        }
        _ if asked.is_only("seen_before") => asked.usually_by("seen").sorted_here(),
        _ => asked.sorted_here(),
    }
}

/// Whether an index serves the view page by page, so that it may be read on the worker's own thread.
pub(super) fn bounded(asked: &Asked<UserId>) -> bool {
    asked.is_whole() || asked.is_only("status")
}

/// The first moment of a day, as the account counts days.
fn began(day: &str, account: &Account) -> Option<Ts> {
    let day = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    zones::begin(day, &account.time_zone)
}

impl Reading {
    /// `more` wants the filters by place to choose from, of which those are listed that begin so.
    pub(super) fn new<A: Demand>(
        conn: &mut Conn,
        roles: &RoleTable,
        scope: &Scope<Whole, A>,
        mut list: Asked<UserId>,
        (more, place_q): (bool, &str),
    ) -> Result<Self> {
        let see = reach_of(conn, roles, scope, Key::UsersView)?;
        let manage = reach_of(conn, roles, scope, Key::UsersManage)?;
        let known = AccountRoles::load(conn, scope.account().id)?;
        let role = list.filter("role");
        let role = role.filter(|name| known.parse(name).is_some());
        let mut holding = Holding {
            role: role.map(str::to_owned),
            ..Holding::default()
        };
        if holding.role.is_none() {
            list.ignore("role");
        }
        let role = |role: Role| {
            let chosen = holding.role.as_deref() == Some(role.as_str());
            Choice::new(role.as_str(), role.label(), chosen)
        };
        let choices = known.all().map(role).collect();
        let mut options = vec![("role", "Role".to_owned(), choices)];
        let which = Which::parse(list.filter("status").unwrap_or_default());
        holding.expired = list.filter(EXPIRED.0).is_some();
        if which == Which::Invited {
            let choice = Choice::new(EXPIRED.1, "Link expired", holding.expired);
            options.push((EXPIRED.0, "Link".to_owned(), vec![choice]));
        }
        let organization = organization(conn, scope, &mut list)?;
        let project = project(conn, scope, &see, &mut list)?;
        holding.by = list.filter("source").and_then(Source::parse);
        if holding.by.is_none() {
            list.ignore("source");
        }
        let day = list.filter("seen_before").map(str::to_owned);
        holding.seen_before = day.and_then(|day| began(&day, scope.account()));
        let narrowed = holding.by.is_some() || holding.seen_before.is_some();
        let chosen = organization.is_some() || project.is_some();
        let offers = more || narrowed || chosen || !place_q.is_empty();
        let mut places = None;
        if offers {
            let source = |source: Source| {
                let is_chosen = holding.by == Some(source);
                Choice::new(source.as_str(), source.label(), is_chosen)
            };
            let sources = Source::ALL.into_iter().map(source).collect();
            options.push(("source", "Source".to_owned(), sources));
            let (choices, some) = organizations_of(conn, scope, (organization.as_ref(), place_q))?;
            options.push(choices);
            let (choices, more) = projects_of(conn, scope, &see, (project.as_ref(), place_q))?;
            options.push(choices);
            places = search(place_q, some || more);
        }
        // What names nothing narrows nothing.
        let list = ordered(list);
        holding.organization = organization.map(|found| found.id);
        holding.project = project.map(|found| found.id);
        Ok(Self {
            see,
            manage,
            which,
            list,
            holding,
            known,
            options,
            offers,
            places,
            pick: false,
            mails: true,
        })
    }

    /// The people of a view, whatever else is asked for.
    pub(super) fn of<A: Demand>(&self, scope: &Scope<Whole, A>, which: Which) -> People<'_> {
        People {
            account: scope.account().id,
            reach: &self.see,
            which,
            holding: self.holding.clone(),
            now: scope.now(),
        }
    }

    /// The page of people that is asked for.
    pub(super) fn people<A: Demand>(
        &self,
        conn: &mut Conn,
        scope: &Scope<Whole, A>,
    ) -> Result<Found<Listed, UserId>> {
        self.of(scope, self.which).page(conn, &self.list)
    }

    /// The same with the roles of these people inside the reader's reach (S6).
    pub(super) fn people_with_roles<A: Demand>(
        &self,
        conn: &mut Conn,
        scope: &Scope<Whole, A>,
    ) -> Result<(Found<Listed, UserId>, Vec<Brief>)> {
        let people = self.of(scope, self.which);
        let (found, mut held) = people.page_with_roles(conn, &self.known, &self.list)?;
        held.retain(|held| self.see.holds(&held.scope));
        Ok((found, held))
    }

    /// The roles of these people inside the reader's reach (S6).
    pub(super) fn held<A: Demand>(
        &self,
        conn: &mut Conn,
        scope: &Scope<Whole, A>,
        people: Vec<UserId>,
    ) -> Result<Vec<Brief>> {
        let mut held = self.of(scope, self.which).held_by(conn, people)?;
        held.retain(|held| self.see.holds(&held.scope));
        Ok(held)
    }
}

/// The organization that the list is narrowed to; one that is not there is as if it had not been asked for.
pub(super) fn organization<A: Demand, I: FromStr + Display + Clone>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    list: &mut Asked<I>,
) -> Result<Option<organizations::Listed>> {
    let Some(slug) = list.filter("organization").map(str::to_owned) else {
        return Ok(None);
    };
    let found = organizations::visible_named(conn, scope.standing(), &slug, scope.now())?;
    if found.is_none() {
        list.ignore("organization");
    }
    Ok(found)
}

/// The same of the project.
fn project<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    see: &Reach,
    list: &mut Asked<UserId>,
) -> Result<Option<projects::Listed>> {
    let Some(id) = list.filter("project").map(str::to_owned) else {
        return Ok(None);
    };
    let found = match id.parse::<ProjectId>() {
        Ok(id) => projects::one_in_places(conn, scope.account().id, see, id)?,
        Err(_) => None,
    };
    if found.is_none() {
        list.ignore("project");
    }
    Ok(found)
}

/// A filter by names: the filter, its label, what may be chosen.
pub(super) type Options = (&'static str, String, Vec<Choice>);

/// What is searched for among the places of filters, where not all are listed or there has been a search.
pub(super) fn search(q: &str, more: bool) -> Option<(String, &'static str)> {
    let hint = match (q.is_empty(), more) {
        (true, false) => return None,
        (true, true) => {
            "Not all places are listed: type how the name of the one that you need begins, and select Filter."
        }
        (false, true) => "Not all that begin with this are listed: type more of the name.",
        (false, false) => "Those places are listed whose names begin with this.",
    };
    Some((q.to_owned(), hint))
}

/// The organizations that begin so, and whether there are more of them.
pub(super) fn organizations_of<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    (chosen, q): (Option<&organizations::Listed>, &str),
) -> Result<(Options, bool)> {
    let first = Asked::front(&organizations::LIST, PLACES).searching(q);
    let found = organizations::page(conn, scope, &first)?;
    let (mut rows, more) = (found.rows, found.next.is_some());
    if let Some(chosen) = chosen.filter(|chosen| !rows.iter().any(|row| row.id == chosen.id)) {
        rows.insert(0, chosen.clone());
    }
    let choice = |row: organizations::Listed| {
        let is_chosen = chosen.is_some_and(|chosen| chosen.id == row.id);
        Choice::new(row.slug, row.name, is_chosen)
    };
    let choices = rows.into_iter().map(choice).collect();
    Ok((("organization", "Organization".into(), choices), more))
}

/// The same where they are few, and more than one; else that choice has a page of its own. Those in which the reader
/// sees users: one statement, however deep the tree.
pub(super) fn few_organizations<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    see: &Reach,
) -> Result<Option<Options>> {
    let seen = match see {
        Reach::Account => organizations::Seen::All,
        Reach::Places {
            organizations: these,
            projects,
            ..
        } => {
            let within = scope.grants().iter().filter_map(|grant| match grant.scope {
                Scoped::Project { id, organization } if projects.contains(&id) => {
                    Some(organization)
                }
                _ => None,
            });
            organizations::Seen::These(these.iter().copied().chain(within).collect())
        }
    };
    let first = Asked::front(&organizations::LIST, FEW_PLACES);
    let of = (&seen, "active");
    let found = organizations::page_of(conn, scope.account().id, of, &first)?;
    if found.next.is_some() || found.rows.len() < 2 {
        return Ok(None);
    }
    let choice = |row: organizations::Listed| Choice::new(row.slug, row.name, false);
    let choices = found.rows.into_iter().map(choice).collect();
    Ok(Some(("organization", "Organization".into(), choices)))
}

fn projects_of<A: Demand>(
    conn: &mut Conn,
    scope: &Scope<Whole, A>,
    see: &Reach,
    (chosen, q): (Option<&projects::Listed>, &str),
) -> Result<(Options, bool)> {
    let most = i64::try_from(PLACES).unwrap_or(i64::MAX);
    let one_more = most.saturating_add(1);
    let (account, key) = (scope.account().id, fold(q));
    let mut rows = if key.is_empty() {
        projects::in_places(conn, account, see, one_more)?
    } else {
        let named = Some(projects::Only::Named(key));
        projects::some_in_places(conn, account, see, (named, one_more))?
    };
    let more = rows.len() > PLACES;
    rows.truncate(PLACES);
    if let Some(chosen) = chosen.filter(|chosen| !rows.iter().any(|row| row.id == chosen.id)) {
        rows.insert(0, chosen.clone());
    }
    let choice = |row: projects::Listed| {
        let is_chosen = chosen.is_some_and(|chosen| chosen.id == row.id);
        let label = format!("{} ({})", row.name, row.organization);
        Choice::new(row.id.to_string(), label, is_chosen)
    };
    let choices = rows.into_iter().map(choice).collect();
    let label = scope.account().word_singular.clone();
    Ok((("project", label, choices), more))
}
