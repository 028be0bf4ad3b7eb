//! Changes of a group that are looked at first: which organizations are in it, and its end.

use super::*;
use crate::db::types::OrganizationId;

/// What a change of ticks came to.
enum Ticked {
    Again(Box<GroupPage>),
    Found(Box<GroupPage>),
    Review(Box<GroupReviewPage>),
    Done(String, String),
}

/// Ticks organizations in and out: first the review, then, agreed to, the change (S11).
pub async fn tick(
    gate: Gate<Whole, OrganizationsManage>,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let id = at.group()?;
    let posted = Posted {
        ticked: form.list("organization"),
        seen: form.list("seen"),
        fixed: form.list("fixed"),
        agreed: form.text("agreed")?,
    };
    let (find, q) = (form.has("find"), form.search("q")?);
    let inside = app.clone();
    let ticked = app
        .write(gate, move |conn, scope| {
            if find {
                let group = crate::groups::find(conn, scope.account().id, id)?;
                let whole = (&group, q.as_str(), Some(&posted));
                let page = group_page(conn, &inside, scope, whole, Errors::new())?;
                return Ok(Ticked::Found(Box::new(page)));
            }
            decide(conn, &inside, scope, id, &posted)
        })
        .await?;
    match ticked {
        Ticked::Again(page) => html::again(&app, &page.shell, &*page),
        Ticked::Found(page) => html::ok(&app, &page.shell, &*page),
        Ticked::Review(page) => html::ok(&app, &page.shell, &*page),
        Ticked::Done(to, text) => Redirect::to(to).success(text).respond(&app),
    }
}

pub(super) struct Posted {
    pub(super) ticked: Vec<String>,
    pub(super) seen: Vec<String>,
    /// Those in the group that had no box.
    fixed: Vec<String>,
    /// What the review showed.
    agreed: String,
}

impl Posted {
    /// The ticked ones, each once; what is no id names nothing.
    pub(super) fn wanted(&self) -> Result<Vec<OrganizationId>> {
        let mut all = Vec::new();
        for text in &self.ticked {
            let id = text.parse().map_err(|_| Error::NotFound)?;
            if !all.contains(&id) {
                all.push(id);
            }
        }
        Ok(all)
    }
}

fn decide(
    conn: &mut Conn,
    app: &App,
    scope: &Changing,
    id: GroupId,
    posted: &Posted,
) -> Result<Ticked> {
    let account = scope.account();
    let group = crate::groups::find(conn, account.id, id)?;
    let ins = crate::groups::organizations_in(conn, id)?;
    let again = |conn: &mut Conn, message: &str| {
        let mut errors = Errors::new();
        errors.add("organization", message);
        let page = group_page(conn, app, scope, (&group, "", None), errors)?;
        Ok(Ticked::Again(Box::new(page)))
    };
    let mut now: Vec<String> = ins.iter().map(|one| one.id.to_string()).collect();
    let mut seen = posted.seen.clone();
    now.sort_unstable();
    seen.sort_unstable();
    if now != seen {
        return again(
            conn,
            "Somebody changed this group meanwhile: this is how it stands now",
        );
    }
    let mut wanted = posted.wanted()?;
    wanted.retain(|id| !ins.iter().any(|one| one.id == *id));
    let put_in = crate::groups::changeable(conn, account.id, &wanted)?;
    if put_in.len() < wanted.len() {
        // What is no organization of this account is not there.
        return Err(Error::NotFound);
    }
    // What the form had no box of, like an organization that was archived then, stays as it is; so does what is archived
    // now.
    let unticked = |one: &&Tickable| {
        let id = one.id.to_string();
        !posted.ticked.contains(&id) && !posted.fixed.contains(&id)
    };
    let unticked: Vec<OrganizationId> = ins.iter().filter(unticked).map(|one| one.id).collect();
    let taken_out = crate::groups::changeable(conn, account.id, &unticked)?;
    if put_in.is_empty() && taken_out.is_empty() {
        return again(conn, "Tick or untick an organization first");
    }
    let ticks = (put_in.as_slice(), taken_out.as_slice());
    let (impact, refused) = crate::groups::preview(conn, app, scope, &group, ticks)?;
    let may = refused.is_empty();
    let mut page = review(scope, (&group, posted), ticks, (impact, refused));
    if !page.is_agreed(&posted.agreed) || !may {
        return Ok(Ticked::Review(Box::new(page)));
    }
    crate::groups::tick(conn, scope, &group, (&put_in, &taken_out))?;
    let to = urls::group(&account.slug, id);
    Ok(Ticked::Done(
        to,
        format!("The organizations of {} were changed.", group.name),
    ))
}

fn review(
    scope: &Changing,
    (group, posted): (&Listed, &Posted),
    (put_in, taken_out): (&[Tickable], &[Tickable]),
    (impact, refused): (Shown, Vec<String>),
) -> GroupReviewPage {
    let slug = &scope.account().slug;
    let name = &group.name;
    let ins = put_in
        .iter()
        .map(|one| format!("{} goes into {name}.", one.name));
    let outs = taken_out
        .iter()
        .map(|one| format!("{} leaves {name}.", one.name));
    let mut carried = Vec::new();
    carried.extend(posted.ticked.iter().map(|id| ("organization", id.clone())));
    carried.extend(posted.seen.iter().map(|id| ("seen", id.clone())));
    carried.extend(posted.fixed.iter().map(|id| ("fixed", id.clone())));
    GroupReviewPage {
        shell: scope
            .shell("Review")
            .named(format!("Change {name}?"))
            .crumb("Groups", urls::groups(slug))
            .crumb(name, urls::group(slug, group.id))
            .here(),
        action: urls::group_organizations(slug, group.id),
        heading: format!("Change {name}?"),
        overtaken: false,
        changes: ins.chain(outs).collect(),
        impact: Some(impact),
        refused,
        carried,
        button: "Submit",
        cancel: urls::group(slug, group.id),
    }
}

/// What deleting a group does.
pub async fn confirm(
    gate: Gate<Whole, OrganizationsManage>,
    at: web::Path<InUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.group()?;
    let page = app
        .read(gate, move |conn, scope| {
            let group = crate::groups::find(conn, scope.account().id, id)?;
            let mut page = deletion(conn, scope, &group)?;
            page.is_agreed("");
            Ok(page)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn deletion(conn: &mut Conn, scope: &Changing, group: &Listed) -> Result<GroupReviewPage> {
    let slug = &scope.account().slug;
    let ids = crate::groups::holders(conn, group.id, 100)?;
    let holders = users::names(conn, scope.account().id, ids)?;
    let ins = crate::groups::organizations_in(conn, group.id)?;
    let organizations: Vec<&str> = ins.iter().map(|one| one.name.as_str()).collect();
    let mut changes = vec![format!("{} is gone for good.", group.name)];
    if !organizations.is_empty() {
        changes.push(format!(
            "Its organizations stay: {}.",
            organizations.join(", ")
        ));
    }
    let waiting = members::waiting_on_group(conn, (scope.account().id, group.id), 100)?;
    let waits = users::names(conn, scope.account().id, waiting)?;
    changes.extend(waits.iter().map(|(_, name)| {
        format!("A role on it waits for {name}, until somebody confirms it: that ends.")
    }));
    let refused = holders.iter().map(|(_, name)| {
        format!("{name} holds a role on it: take that away first, so that each loss is seen.")
    });
    Ok(GroupReviewPage {
        shell: scope
            .shell("Delete group")
            .named(format!("Delete {}?", group.name))
            .crumb("Groups", urls::groups(slug))
            .here(),
        action: urls::delete_group(slug, group.id),
        heading: format!("Delete {}?", group.name),
        overtaken: false,
        changes,
        impact: None,
        refused: refused.collect(),
        carried: Vec::new(),
        button: "Delete group",
        cancel: urls::group(slug, group.id),
    })
}

/// Deletes a group on which nobody holds a role.
pub async fn delete(
    gate: Gate<Whole, OrganizationsManage>,
    at: web::Path<InUrl>,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let id = at.group()?;
    let agreed = form.text("agreed")?;
    let outcome = app
        .write(gate, move |conn, scope| {
            let group = crate::groups::find(conn, scope.account().id, id)?;
            let mut page = deletion(conn, scope, &group)?;
            if !page.is_agreed(&agreed) || !page.refused.is_empty() {
                return Ok(Outcome::Again(Box::new(page)));
            }
            crate::groups::delete(conn, scope, &group)?;
            Ok(Outcome::Done(
                urls::groups(&scope.account().slug),
                format!("Group {} was deleted.", group.name),
            ))
        })
        .await?;
    finish(outcome, &app, |page: &GroupReviewPage| {
        html::ok(&app, &page.shell, page)
    })
}
