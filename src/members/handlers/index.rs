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
use crate::db::types::Ts;
use crate::error::Result;
use crate::members::Held;
use crate::members::listing::{self, Member, Members, Wanted};
use crate::members::pages::{MemberRow, MembersPage, SourceShown};
use crate::members::ranges::Standing;
use crate::users::showing;
use crate::web::form::Query;
use crate::web::html;
use crate::web::page::After;
use crate::web::shell::initials;
use crate::web::urls;
use crate::web::view::{Act, Column, Pager, relative};

type Reader = Scope<Organization, UsersView>;

/// Members.
pub async fn index(
    gate: Gate<Organization, UsersView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let wanted = Wanted {
        q: query.search("q")?,
        below: query.has("below"),
        standing: match query.text("status")?.as_str() {
            "inactive" => Standing::Inactive,
            "invited" => Standing::Invited,
            "active" => Standing::Active,
            _ => Standing::Current,
        },
        after: After::read(&query.text("after")?, &query.text("id")?),
    };
    let roles = app.roles().clone();
    let page = app
        .read(gate, move |conn, scope| page(conn, &roles, scope, wanted))
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn page(conn: &mut Conn, roles: &RoleTable, scope: &Reader, wanted: Wanted) -> Result<MembersPage> {
    let (account, organization) = (scope.account(), scope.organization());
    let members = listing::members(conn, scope, &wanted)?;
    let here = urls::members(&account.slug, &organization.slug);
    let manages = scope.also(UsersManage);
    let rows = members.people.rows.iter();
    let rows = rows.map(|member| row(roles, scope, &members, member));
    let columns = [
        "Name",
        "Organization role",
        &account.word_plural,
        "Source",
        "Status",
        "Last signed in",
    ];
    let mut columns: Vec<Column> = columns.map(Column::plain).into();
    if manages {
        columns.push(Column::plain("Actions"));
    }
    let view = |label, status: &'static str, standing| {
        (
            label,
            href(&here, &wanted, status),
            wanted.standing == standing,
        )
    };
    Ok(MembersPage {
        shell: scope.shell("Members").here(),
        rows: rows.collect(),
        columns,
        views: vec![
            view("All", "", Standing::Current),
            view("Active", "active", Standing::Active),
            view("Invited", "invited", Standing::Invited),
            view("Inactive", "inactive", Standing::Inactive),
        ],
        status: status_word(wanted.standing),
        pager: pager(&here, &wanted, &members),
        add: manages.then(|| urls::add_member(&account.slug, &organization.slug)),
        new_user: manages.then(|| urls::new_user_at_home(&account.slug, organization.id)),
        word: account.word_singular.to_lowercase(),
        clear: here,
        below: wanted.below,
        q: wanted.q,
    })
}

const fn status_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Current => "",
        Standing::Active => "active",
        Standing::Invited => "invited",
        Standing::Inactive => "inactive",
    }
}

/// The list with this status and everything else that was asked.
fn href(here: &str, wanted: &Wanted, status: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !wanted.q.is_empty() {
        query.append_pair("q", &wanted.q);
    }
    if wanted.below {
        query.append_pair("below", "1");
    }
    if !status.is_empty() {
        query.append_pair("status", status);
    }
    let query = query.finish();
    if query.is_empty() {
        here.to_owned()
    } else {
        format!("{here}?{query}")
    }
}

fn pager(here: &str, wanted: &Wanted, members: &Members) -> Option<Pager> {
    let (first, last) = (members.people.rows.first()?, members.people.rows.last()?);
    if !members.people.more && wanted.after.is_none() {
        return None;
    }
    let next = members.people.more.then(|| {
        let here = href(here, wanted, status_word(wanted.standing));
        let sign = if here.contains('?') { '&' } else { '?' };
        let key = urls::query(&last.person.sort_key);
        format!("{here}{sign}after={key}&id={}", last.person.id)
    });
    Some(Pager {
        text: format!(
            "{} to {}",
            showing::name(&first.person),
            showing::name(&last.person)
        ),
        previous: None,
        next,
    })
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
            .filter(|(held, _)| showing::is_current(held, now))
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
    let manages = scope.also(UsersManage) && !you;
    let act = if direct { "Change roles" } else { "Give roles" };
    MemberRow {
        initials: initials(&name),
        href: opens.then(|| urls::user(&account.slug, member.person.id)),
        you,
        admin: showing::is_admin(
            current()
                .filter(|(_, way)| way.is_some())
                .map(|(held, _)| held),
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
