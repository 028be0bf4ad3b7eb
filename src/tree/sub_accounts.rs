//! Sub-accounts: the tree of an account's organizations, what stands below one of them, and making another there.

use actix_web::HttpResponse;
use askama::Template;

use super::nodes::{self, Node, Tree};
use crate::access::gate::{Demand, Gate};
use crate::access::part::{As, Below};
use crate::access::permission::{OrganizationsManage, OrganizationsView, UsersView};
use crate::access::place::{Organization, Place, Whole};
use crate::access::resolve;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::OrganizationId;
use crate::error::Result;
use crate::members::{counts, managing};
use crate::organizations::pages::NewOrganizationPage;
use crate::organizations::{self, DEEPEST, NewOrganization, Seen, SlugTaken, seen};
use crate::web::form::{Errors, Form, Query};
use crate::web::html::{self, Redirect};
use crate::web::naming::Typed;
use crate::web::shell::Shell;
use crate::web::{urls, view};

/// Trees of more organizations than this are folded when the page opens.
const OPEN_UP_TO: usize = 40;

/// A line of the tree; the lists around it are opened and closed by its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its front page; none: it is only known to be there (S5).
    pub href: Option<String>,
    /// Its own page of sub-accounts, where the tree is not shown whole.
    pub more: Option<String>,
    /// Whether it can only be read.
    pub archived: bool,
    /// How many stand below it, at any depth: then a list of them begins here.
    pub below: usize,
    /// How many lists end behind it.
    pub ends: usize,
    /// How many people have a role on it or in it; none: one may not see who.
    pub people: Option<String>,
    /// Who manages it, by name; empty: nobody on just this one, or one may not see who.
    pub managers: String,
}

/// An organization that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLine {
    /// "West › Depot".
    pub path: String,
    /// Its front page, if one may open it.
    pub href: Option<String>,
    /// In addresses.
    pub slug: String,
    /// Whether it can only be read.
    pub archived: bool,
}

/// Sub-accounts of an account, or of an organization.
#[derive(Template)]
#[template(path = "tree/sub_accounts.html")]
pub struct SubAccountsPage {
    /// The frame.
    pub shell: Shell,
    /// Of whom.
    pub of: String,
    /// The account's name.
    pub account: String,
    /// What is searched for.
    pub q: String,
    /// The tree, line by line.
    pub lines: Vec<Line>,
    /// What was found, when something is searched for.
    pub found: Vec<FoundLine>,
    /// Whether there are more than are shown.
    pub is_cut: bool,
    /// Whether lists are open when the page is.
    pub open: bool,
    /// How many there are.
    pub count: usize,
    /// Where one is made; none: one may not.
    pub create: Option<String>,
}

/// The tree of the account.
pub async fn of_account(
    gate: Gate<Whole, OrganizationsView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let q = query.search("q")?;
    let page = app
        .read(gate, move |conn, scope| {
            let slug = &scope.account().slug;
            let create = scope
                .also(OrganizationsManage)
                .then(|| urls::new_organization(slug));
            show(conn, scope, None, q, create)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// What stands below an organization: names for whoever sees the list here, links where they may open it.
pub async fn of_organization(
    gate: Gate<Organization, OrganizationsView>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let q = query.search("q")?;
    let inner = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            let here = scope.organization();
            let below = resolve::Place::Subtree(here.branch());
            let held = resolve::permissions(inner.roles(), scope.grants(), &below, scope.now());
            let may = held.allows::<OrganizationsManage>() && !here.archived;
            let create = may.then(|| urls::new_sub_account(&scope.account().slug, &here.slug));
            show(conn, scope, Some(here.id), q, create)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn show<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    top: Option<OrganizationId>,
    q: String,
    create: Option<String>,
) -> Result<SubAccountsPage> {
    let account = scope.account();
    let (tree, is_cut) = nodes::shown(conn, account.id, top, &q)?;
    let view = View {
        account: &account.slug,
        seen: seen(conn, scope.grants(), scope.now())?,
        tree: &tree,
        is_cut,
    };
    let (mut lines, mut found, mut more) = (Vec::new(), Vec::new(), tree.is_cut);
    if q.is_empty() {
        view.lines(top, 0, &mut lines);
        if scope.also(UsersView) {
            say_who(conn, scope, &mut lines)?;
        }
    } else {
        let (nodes, cut) = tree.search(&q, top);
        found = nodes.into_iter().map(|node| view.found(node)).collect();
        more = cut;
    }
    let of = scope.place().name(account).to_owned();
    Ok(SubAccountsPage {
        shell: scope.shell("Sub-accounts").here(),
        of,
        account: account.name.clone(),
        q,
        count: lines.len(),
        open: lines.len() <= OPEN_UP_TO,
        lines,
        found,
        is_cut: more,
        create,
    })
}

/// Says of each how many people it has and who manages it: three statements, for whoever may see the people of
/// everything here (rule 5).
fn say_who<P: Place, A: Demand>(
    conn: &mut Conn,
    scope: &Scope<P, A>,
    lines: &mut [Line],
) -> Result<()> {
    let ids: Vec<OrganizationId> = lines.iter().map(|line| line.id).collect();
    let people = counts::people_in(conn, &ids)?;
    let managers = managing::managers_of(conn, scope.account().id, &ids, scope.now())?;
    for line in lines {
        line.people = people.get(&line.id).copied().map(view::people);
        line.managers = managers
            .get(&line.id)
            .map(ToString::to_string)
            .unwrap_or_default();
    }
    Ok(())
}

/// What a tree looks like to one person.
struct View<'a> {
    account: &'a str,
    seen: Seen,
    tree: &'a Tree,
    is_cut: bool,
}

impl View<'_> {
    fn href(&self, node: &Node) -> Option<String> {
        let visible = match &self.seen {
            Seen::All => true,
            Seen::These(these) => these.contains(&node.id),
        };
        visible.then(|| urls::organization(self.account, &node.slug))
    }

    fn found(&self, node: &Node) -> FoundLine {
        FoundLine {
            path: self.tree.path(node.id),
            href: self.href(node),
            slug: node.slug.clone(),
            archived: node.status == "archived",
        }
    }

    /// The lines of everything below, in order; `ends` lists end behind the last of them.
    fn lines(&self, parent: Option<OrganizationId>, ends: usize, into: &mut Vec<Line>) {
        let mut children = self.tree.below(parent).peekable();
        while let Some(node) = children.next() {
            let ends = if children.peek().is_none() { ends } else { 0 };
            let below = self.tree.count_below(node.id);
            let href = self.href(node);
            let more = (self.is_cut && href.is_some())
                .then(|| urls::sub_accounts_of(self.account, &node.slug));
            into.push(Line {
                id: node.id,
                name: node.name.clone(),
                href,
                more,
                archived: node.status == "archived",
                below,
                ends: if below == 0 { ends } else { 0 },
                people: None,
                managers: String::new(),
            });
            self.lines(Some(node.id), ends.saturating_add(1), into);
        }
    }
}

/// New organization below another.
pub async fn new(gate: Gate<As<Below>, OrganizationsManage>, app: App) -> Result<HttpResponse> {
    let page = app
        .read(gate, |_, scope| {
            Ok(form_page(scope, Typed::default(), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn form_page(
    scope: &Scope<As<Below>, OrganizationsManage>,
    typed: Typed,
    errors: Errors,
) -> NewOrganizationPage {
    let list = urls::sub_accounts_of(&scope.account().slug, &scope.organization().slug);
    NewOrganizationPage {
        shell: scope
            .shell("Add sub-account")
            .crumb("Sub-accounts", &list)
            .here()
            .with_errors(&errors),
        errors,
        typed,
        below: Some(scope.organization().name.clone()),
        action: list.clone(),
        cancel: list,
    }
}

/// What became of the form.
enum Made {
    Organization(String),
    Refused(Box<NewOrganizationPage>),
}

/// Makes an organization below another (S11: by whoever manages organizations in everything below that one).
pub async fn create(
    gate: Gate<As<Below>, OrganizationsManage>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let typed = Typed::read(&form)?;
    let account = gate.account_slug().to_owned();
    let id = OrganizationId::new();
    let name = typed.name.trim().to_owned();
    let made = app
        .write(gate, move |conn, scope| make(conn, scope, id, &typed))
        .await?;
    match made {
        Made::Refused(page) => html::again(&app, &page.shell, &*page),
        Made::Organization(slug) => Redirect::to(urls::organization(&account, &slug))
            .success(format!("Organization {name} was created."))
            .respond(&app),
    }
}

fn make(
    conn: &mut Conn,
    scope: &Scope<As<Below>, OrganizationsManage>,
    id: OrganizationId,
    typed: &Typed,
) -> Result<Made> {
    let again = |errors| Made::Refused(Box::new(form_page(scope, typed.clone(), errors)));
    let checked = match typed.check("organization") {
        Ok(checked) => checked,
        Err(errors) => return Ok(again(errors)),
    };
    let parent = scope.organization();
    if organizations::depth(conn, parent.id)? >= DEEPEST {
        let mut errors = Errors::new();
        errors.add(
            "name",
            format!(
                "{} stands at the deepest level of the tree already",
                parent.name
            ),
        );
        return Ok(again(errors));
    }
    let free = organizations::free_slug(conn, scope.account().id, id, &checked.slug)?;
    if !checked.made && free != checked.slug {
        return Ok(again(Typed::taken(&checked.slug, &free)));
    }
    let new = NewOrganization {
        id,
        name: checked.name,
        slug: free,
        description: String::new(),
        parent: Some(parent.id),
    };
    Ok(match organizations::create(conn, scope, &new)? {
        Ok(()) => Made::Organization(new.slug),
        Err(SlugTaken) => again(Typed::taken(&new.slug, &new.slug)),
    })
}
