//! Members: the people of an organization, as far as one may see.

use actix_web::HttpResponse;

use crate::access::gate::Gate;
use crate::access::grant::Scoped;
use crate::access::permission::{UsersManage, UsersView};
use crate::access::place::Organization;
use crate::access::resolve::Way;
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{Ts, UserId};
use crate::error::Result;
use crate::members::Held;
use crate::members::listing::{self, LIST, Member, Members};
use crate::members::pages::{MemberRow, MembersPage, SourceShown};
use crate::users::showing;
use crate::web::form::Query;
use crate::web::html;
use crate::web::list::csv::{self, Cell, Field, Style};
use crate::web::list::{Asked, Face};
use crate::web::shell::initials;
use crate::web::urls;
use crate::web::view::{Act, relative};

type Reader = Scope<Organization, UsersView>;

type Asking = Asked<UserId>;

/// Members.
pub async fn index(
    gate: Gate<Organization, UsersView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = Asked::read(&query, &LIST)?;
    // Last names and addresses are looked through in the whole account.
    let gate = if asked.q().is_empty() {
        gate
    } else {
        gate.unbounded()
    };
    let roles = app.roles().clone();
    let page = app
        .read(gate, move |conn, scope| page(conn, &roles, scope, &asked))
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page(conn: &mut Conn, roles: &RoleTable, scope: &Reader, asked: &Asking) -> Result<MembersPage> {
    let (account, organization) = (scope.account(), scope.organization());
    let members = listing::members(conn, scope, asked)?;
    let here = urls::members(&account.slug, &organization.slug);
    let manages = scope.offers(UsersManage);
    let rows = members.people.rows.iter();
    let rows = rows.map(|member| row(roles, scope, &members, member));
    let mut columns = vec![
        ("Name", "name"),
        ("Organization role", ""),
        (account.word_plural.as_str(), ""),
        ("Source", ""),
        ("Status", ""),
        ("Last signed in", ""),
    ];
    if manages {
        columns.push(("Actions", ""));
    }
    let csv = format!("{here}.csv");
    let face = Face {
        path: &here,
        noun: "members",
        find: "Find by name or email address",
        columns: &columns,
        csv: Some(&csv),
        options: Vec::new(),
    };
    let is_below = asked.filter("below").is_some();
    Ok(MembersPage {
        shell: scope.shell("Members").here(),
        rows: rows.collect(),
        include: (!is_below).then(|| asked.clone().with("below", "1").href(&here)),
        below: is_below,
        list: asked.frame(&members.people, face),
        add: manages.then(|| urls::add_member(&account.slug, &organization.slug)),
        new_user: manages.then(|| urls::new_user_at_home(&account.slug, organization.id)),
        word: account.word_singular.to_lowercase(),
        words: account.word_plural.clone(),
    })
}

/// The columns of the CSV.
const FIELDS: &[Field] = &[
    ("name", "Name"),
    ("email", "Email address"),
    ("roles", "Organization role"),
    ("projects", "Projects"),
    ("source", "Source"),
    ("status", "Status"),
    ("last_signed_in", "Last signed in"),
    ("id", "Id"),
];

/// Members as CSV.
pub async fn download(
    gate: Gate<Organization, UsersView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = (Asked::read(&query, &LIST)?, Style::read(&query)?);
    let roles = app.roles().clone();
    csv::export(app, gate, asked, FIELDS, move |conn, scope, asked| {
        let members = listing::members(conn, scope, asked)?;
        let line = |member: &Member| -> Vec<Cell> {
            let row = row(&roles, scope, &members, member);
            let sources: Vec<String> = row.sources.into_iter().map(|source| source.text).collect();
            let person = &member.person;
            let seen = person.last_sign_in_at.filter(|_| person.status == "active");
            vec![
                row.name.into(),
                person.email.clone().into(),
                row.role.into(),
                row.projects.into(),
                sources.join("; ").into(),
                row.status.label.into(),
                seen.into(),
                person.id.to_string().into(),
            ]
        };
        let rows = members.people.rows.iter().map(line).collect();
        Ok(members.people.with(rows))
    })
    .await
}

fn row(roles: &RoleTable, scope: &Reader, members: &Members, member: &Member) -> MemberRow {
    let (account, now) = (scope.account(), scope.now());
    let name = showing::name(&member.person);
    let you = member.person.id == scope.person().id;
    let opens = you || listing::may_open(roles, scope, &members.branch, member);
    let current = || {
        member
            .held
            .iter()
            .filter(|(held, _)| held.extent().is_current(now))
    };
    let mut labels: Vec<&str> = Vec::new();
    let mut projects: Vec<String> = Vec::new();
    for (held, way) in current() {
        if way.is_none() {
            once(&mut projects, held.place.clone().unwrap_or_default());
        } else if !labels.contains(&held.role.label()) {
            labels.push(held.role.label());
        }
    }
    let direct = member.held.iter().any(|(_, way)| *way == Some(Way::Direct));
    let manages = scope.offers(UsersManage) && !you;
    let act = if direct { "Change roles" } else { "Give roles" };
    MemberRow {
        initials: initials(&name),
        href: opens.then(|| urls::user(&account.slug, member.person.id)),
        you,
        admin: showing::is_admin(
            current()
                .filter(|(_, way)| way.is_some())
                .map(|(held, _)| (&held.role, held.extent())),
            now,
        ),
        role: labels.join(", "),
        projects: showing::listed(&projects),
        sources: sources(scope, members, member),
        status: showing::status(&member.person, now),
        seen: seen(member, now),
        // What lies below is looked at from here, and changed there (rule 5).
        acts: if manages && opens && !member.held.is_empty() {
            vec![Act::link(
                act,
                urls::member(&account.slug, &scope.organization().slug, member.person.id),
            )]
        } else {
            Vec::new()
        },
        name,
    }
}

fn once(all: &mut Vec<String>, one: String) {
    if !all.contains(&one) {
        all.push(one);
    }
}

/// When somebody last signed in. Of who has not come in yet nothing is told: their login may be another account's.
fn seen(member: &Member, now: Ts) -> Option<(String, String)> {
    let person = &member.person;
    let at = person
        .last_sign_in_at
        .filter(|_| person.status == "active")?;
    Some((at.text(), relative(at, now)))
}

/// Where what somebody holds comes from, each way once.
fn sources(scope: &Reader, members: &Members, member: &Member) -> Vec<SourceShown> {
    let account = scope.account();
    let mut all: Vec<SourceShown> = Vec::new();
    let mut add = |text: String, href: Option<String>| {
        if !all.iter().any(|known| known.text == text) {
            all.push(SourceShown { text, href });
        }
    };
    for (held, way) in &member.held {
        add(source(account, members, (held, way.as_ref())), None);
    }
    for below in &member.below {
        let href = |slug: &String| urls::members(&account.slug, slug);
        add(format!("In {}", below.name), below.slug.as_ref().map(href));
    }
    all
}

fn source(
    account: &crate::access::place::Account,
    members: &Members,
    (held, way): (&Held, Option<&Way>),
) -> String {
    match way {
        None => match held.scope {
            Scoped::Project { .. } => format!("{} only", account.word_plural),
            _ => "Direct".into(),
        },
        Some(Way::Direct) if held.is_below() => "Direct, with everything below it".into(),
        Some(Way::Direct | Way::Organization(_)) => "Direct".into(),
        Some(Way::Account) => format!("From {}", account.name),
        Some(Way::Group(_)) => {
            let group = held.place.as_deref().unwrap_or_default();
            format!("From group {group}")
        }
        Some(Way::Ancestor(id)) => {
            let mut path = vec![account.name.as_str()];
            for (above, name) in &members.above {
                path.push(name);
                if above == id {
                    break;
                }
            }
            format!("From {}", path.join(" › "))
        }
    }
}
