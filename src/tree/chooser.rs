//! The pages of a move: where to, what comes of it, *Submit*.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::moving::{self, Moved, Plan};
use super::nodes::{self, FOUND, Node, Tree};
use crate::access::gate::Gate;
use crate::access::grant::Scoped;
use crate::access::impact::shown::{self, Shown};
use crate::access::permission::OrganizationsManage;
use crate::access::place::Organization;
use crate::access::resolve::{self, Branch, Place};
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::OrganizationId;
use crate::error::Result;
use crate::organizations;
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::shell::Shell;
use crate::web::urls;
use crate::web::view::Choice;

type Moving = Scope<Organization, OrganizationsManage>;

/// The value of the top of the account in the form.
const TOP: &str = "top";

/// Choosing where an organization moves.
#[derive(Template)]
#[template(path = "tree/move.html")]
pub struct MovePage {
    shell: Shell,
    errors: Errors,
    name: String,
    /// Where it stands now: "West › Depot".
    path: String,
    q: String,
    choices: Vec<Choice>,
    more: bool,
    preview: String,
    cancel: String,
}

/// What a move would bring about.
#[derive(Template)]
#[template(path = "tree/move_preview.html")]
pub struct PreviewPage {
    shell: Shell,
    name: String,
    from: String,
    to: String,
    below: usize,
    impact: Shown,
    refused: Vec<String>,
    /// Whether this differs from what the person had seen when they submitted.
    overtaken: bool,
    parent: String,
    seen: String,
    action: String,
    cancel: String,
}

/// The new parent that the form names.
fn parent(text: &str) -> std::result::Result<Option<OrganizationId>, Errors> {
    if text == TOP {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        let mut errors = Errors::new();
        errors.add("parent", "Choose where it moves");
        errors
    })
}

/// Where to?
pub async fn choose(
    gate: Gate<Organization, OrganizationsManage>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let q = query.search("q")?;
    let inner = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            choices(conn, &inner, scope, q, Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn choices(
    conn: &mut Conn,
    app: &App,
    scope: &Moving,
    q: String,
    errors: Errors,
) -> Result<MovePage> {
    let (account, moving) = (scope.account(), scope.organization());
    let (tree, _) = nodes::shown(conn, account.id, None, &q)?;
    let manageable = manageable(conn, app, scope, &tree)?;
    let wanted: Vec<&Node> = if q.is_empty() {
        tree.nodes().iter().collect()
    } else {
        tree.search(&q, None).0
    };
    let now = tree.get(moving.id).and_then(|node| node.parent);
    let fits = |node: &&Node| {
        node.id != moving.id
            && node.status == "active"
            && Some(node.id) != now
            && !tree.above(node.id).contains(&moving.id)
            && manageable.contains(&node.id)
    };
    let mut fitting = wanted.into_iter().filter(fits);
    let mut choices: Vec<Choice> = Vec::new();
    if now.is_some() && q.is_empty() && manages_account(app, scope) {
        let label = format!("The top of {}", account.name);
        choices.push(Choice::new(TOP, label, false));
    }
    for node in fitting.by_ref().take(FOUND) {
        choices.push(Choice::new(node.id.to_string(), tree.path(node.id), false));
    }
    let front = urls::organization(&account.slug, &moving.slug);
    Ok(MovePage {
        shell: scope.shell("Move").here().with_errors(&errors),
        errors,
        name: moving.name.clone(),
        path: format!("{} › {}", account.name, tree.path(moving.id)),
        q,
        choices,
        more: fitting.next().is_some() || tree.is_cut,
        preview: urls::preview_move(&account.slug, &moving.slug),
        cancel: front,
    })
}

fn manages_account(app: &App, scope: &Moving) -> bool {
    resolve::permissions(app.roles(), scope.grants(), &Place::Account, scope.now())
        .allows::<OrganizationsManage>()
}

/// Where the actor may put something below: one statement more for whoever holds roles on groups.
fn manageable(
    conn: &mut Conn,
    app: &App,
    scope: &Moving,
    tree: &Tree,
) -> Result<Vec<OrganizationId>> {
    let ids: Vec<OrganizationId> = tree.nodes().iter().map(|node| node.id).collect();
    let by_groups = scope
        .grants()
        .iter()
        .any(|grant| matches!(grant.scope, Scoped::Group(_)));
    let groups = if by_groups {
        organizations::groups(conn, &ids)?
    } else {
        std::collections::BTreeMap::new()
    };
    let may = |id: &OrganizationId| {
        let place = Place::Organization(Branch {
            organization: *id,
            ancestors: tree.above(*id),
            groups: groups.get(id).cloned().unwrap_or_default(),
        });
        resolve::permissions(app.roles(), scope.grants(), &place, scope.now())
            .allows::<OrganizationsManage>()
    };
    Ok(ids.into_iter().filter(may).collect())
}

/// What became of the choice.
enum Shows {
    Choice(Box<MovePage>),
    Preview(Box<PreviewPage>),
    Moved(String),
}

/// What would come of it.
pub async fn preview(
    gate: Gate<Organization, OrganizationsManage>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let wanted = query.text("parent")?;
    if wanted.is_empty() {
        // Whoever comes here without a place, by switching say, chooses one first.
        return choose(gate, query, app).await;
    }
    let inner = app.clone();
    let shows = app
        .read(gate, move |conn, scope| {
            let to = match parent(&wanted) {
                Ok(to) => to,
                Err(errors) => return again(conn, &inner, scope, errors),
            };
            match moving::plan(conn, &inner, scope, to)? {
                Ok(plan) => show(conn, &inner, scope, &plan, false),
                Err(senseless) => again(conn, &inner, scope, beside(&senseless)),
            }
        })
        .await?;
    respond(&app, shows, StatusCode::OK, "")
}

/// *Submit*.
pub async fn submit(
    gate: Gate<Organization, OrganizationsManage>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (wanted, seen) = (form.text("parent")?, form.text("seen")?);
    let account = gate.account_slug().to_owned();
    let inner = app.clone();
    let (slug, shows) = app
        .write(gate, move |conn, scope| {
            let slug = scope.organization().slug.clone();
            let to = match parent(&wanted) {
                Ok(to) => to,
                Err(errors) => return Ok((slug, again(conn, &inner, scope, errors)?)),
            };
            let name = scope.organization().name.clone();
            let shows = match moving::submit(conn, &inner, scope, to, &seen)? {
                Moved::Done(Some(parent)) => {
                    Shows::Moved(format!("{name} stands below {parent} now."))
                }
                Moved::Done(None) => Shows::Moved(format!("{name} stands at the top now.")),
                Moved::Again(plan) => show(conn, &inner, scope, &plan, plan.seen != seen)?,
                Moved::Senseless(senseless) => again(conn, &inner, scope, beside(&senseless))?,
            };
            Ok((slug, shows))
        })
        .await?;
    let to = urls::organization(&account, &slug);
    respond(&app, shows, StatusCode::CONFLICT, &to)
}

fn respond(app: &App, shows: Shows, preview: StatusCode, to: &str) -> Result<HttpResponse> {
    match shows {
        Shows::Choice(page) => html::again(app, &page.shell, &*page),
        Shows::Preview(page) => html::page(app, preview, &page.shell, &*page),
        Shows::Moved(sentence) => Redirect::to(to).success(sentence).respond(app),
    }
}

fn beside(senseless: &moving::Senseless) -> Errors {
    let mut errors = Errors::new();
    errors.add("parent", senseless.to_string());
    errors
}

fn again(conn: &mut Conn, app: &App, scope: &Moving, errors: Errors) -> Result<Shows> {
    let page = choices(conn, app, scope, String::new(), errors)?;
    Ok(Shows::Choice(Box::new(page)))
}

fn show(conn: &mut Conn, app: &App, scope: &Moving, plan: &Plan, overtaken: bool) -> Result<Shows> {
    let (account, moving) = (scope.account(), scope.organization());
    let about = (account.id, account.name.as_str());
    let impact = shown::words(conn, about, app.catalogue(), &plan.impact)?;
    let refused = moving::refusals(conn, scope, plan)?;
    let place = |place: &Option<(OrganizationId, String)>| {
        place.as_ref().map_or_else(
            || format!("the top of {}", account.name),
            |(_, name)| name.clone(),
        )
    };
    let choose = urls::move_organization(&account.slug, &moving.slug);
    let parent = plan
        .to
        .as_ref()
        .map_or_else(|| TOP.to_owned(), |(id, _)| id.to_string());
    Ok(Shows::Preview(Box::new(PreviewPage {
        shell: scope
            .shell("Move: what changes")
            .crumb("Move", &choose)
            .here(),
        name: moving.name.clone(),
        from: place(&plan.from),
        to: place(&plan.to),
        below: plan.below,
        impact,
        refused,
        overtaken,
        parent,
        seen: plan.seen.clone(),
        action: choose.clone(),
        cancel: choose,
    })))
}
