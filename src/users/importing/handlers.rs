//! The pages of an import: the file, what each row would do, what will be done in words, how far it is, and taking it back.

mod looking;
mod result;

use actix_web::{HttpResponse, web};

use self::looking::{Looked, Posted, Ready, look};
use super::pages::{CheckPage, button, means};
use super::reading::TEMPLATE;
use super::storing::{self, Order, numbers};
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersManage;
use crate::access::place::Whole;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::types::ImportId;
use crate::error::{Error, Result};
use crate::web::form::Errors;
use crate::web::html::{self, Redirect};
use crate::web::upload::Upload;
use crate::web::urls;

pub use result::{ask_undo, download, show, undo};

type Manager = Gate<Whole, Somewhere<UsersManage>>;
type Managing = Scope<Whole, Somewhere<UsersManage>>;

/// The import that the address names.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct InUrl {
    import: String,
}

impl InUrl {
    /// Its id; what is none names nothing.
    fn import(&self) -> Result<ImportId> {
        self.import.parse().map_err(|_| Error::NotFound)
    }
}

/// Import users: choosing a file.
pub async fn new(gate: Manager, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let page = app
        .read(gate, move |conn, scope| {
            looking::form(conn, &inside, scope, &Posted::nothing(), Errors::new())
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The file to fill in.
pub async fn template(gate: Manager, app: App) -> Result<HttpResponse> {
    app.read(gate, |_, _| Ok(())).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("content-type", "text/csv; charset=utf-8; header=present"))
        .insert_header(("content-disposition", "attachment; filename=\"people.csv\""))
        .insert_header(("cache-control", "no-store"))
        .body(TEMPLATE))
}

/// Shows what each row would do, and writes nothing.
pub async fn preview(gate: Manager, upload: Upload, app: App) -> Result<HttpResponse> {
    // A search for a place is the first page once more, too.
    let edit = upload.form.has("edit") || upload.form.has("find");
    let inside = app.clone();
    let looked = app
        .read(gate.heavy(), move |conn, scope| {
            let posted = Posted::read(&upload, inside.config())?;
            if edit {
                posted.usual(conn, &inside, scope)?.ok();
                let page = looking::form(conn, &inside, scope, &posted, Errors::new())?;
                return Ok(Looked::Form(Box::new(page)));
            }
            look(conn, &inside, scope, &posted, |ready| {
                Box::new(ready.preview(scope, Errors::new()))
            })
        })
        .await?;
    match looked {
        Looked::Form(page) if edit => html::ok(&app, &page.shell, &*page),
        Looked::Form(page) => html::again(&app, &page.shell, &*page),
        Looked::Preview(page) if page.errors.is_empty() => html::ok(&app, &page.shell, &*page),
        Looked::Preview(page) => html::again(&app, &page.shell, &*page),
        Looked::Then(page) => html::ok(&app, &page.shell, &*page),
    }
}

/// Says in words what will be done, and writes nothing.
pub async fn check(gate: Manager, upload: Upload, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let looked = app
        .read(gate.heavy(), move |conn, scope| {
            let posted = Posted::read(&upload, inside.config())?;
            look(conn, &inside, scope, &posted, |ready| {
                if ready.plan.counts().doing() > 0 {
                    return Ok(Box::new(ready.check_page(scope)));
                }
                let mut errors = Errors::new();
                errors.add(
                    "",
                    "There is nothing to do: no row invites anybody or adds a role",
                );
                Err(Box::new(ready.preview(scope, errors)))
            })
        })
        .await?;
    match looked {
        Looked::Then(Ok(page)) => html::ok(&app, &page.shell, &*page),
        Looked::Then(Err(page)) => html::again(&app, &page.shell, &*page),
        Looked::Form(page) => html::again(&app, &page.shell, &*page),
        Looked::Preview(page) => html::again(&app, &page.shell, &*page),
    }
}

impl Ready<'_> {
    fn check_page(&self, scope: &Managing) -> CheckPage {
        let slug = &scope.account().slug;
        let counts = self.plan.counts();
        CheckPage {
            shell: scope
                .shell("Check the import")
                .crumb("User Management", urls::user_management(slug))
                .crumb("Import users", urls::import_people(slug)),
            carried: self.posted.carried(self.values()),
            mail: if self.mailed() { "now" } else { "later" },
            seen: self.plan.seen(),
            means: means(&counts, self.mailed()),
            powerful: self.powerful(scope),
            button: button(&counts, self.mailed()),
            action: urls::submit_import(slug),
            back: urls::import_people(slug),
            cancel: urls::user_management(slug),
        }
    }
}

/// Orders the import: a job carries it out.
pub async fn submit(gate: Manager, upload: Upload, app: App) -> Result<HttpResponse> {
    let account = gate.account_slug().to_owned();
    let inside = app.clone();
    let looked = app
        .read(gate.clone().heavy(), move |conn, scope| {
            let posted = Posted::read(&upload, inside.config())?;
            let seen = upload.form.text("seen")?;
            look(conn, &inside, scope, &posted, |ready| {
                if ready.plan.seen() == seen && ready.plan.counts().doing() > 0 {
                    return Ok(Order {
                        id: ImportId::new(),
                        digest: ready.digest(),
                        mailed: ready.mailed(),
                        ids: numbers(&ready.plan),
                        rows: std::mem::take(&mut ready.plan.rows),
                    });
                }
                let mut errors = Errors::new();
                errors.add(
                    "",
                    "The people have changed since you looked. Look at the rows again",
                );
                Err(Box::new(ready.preview(scope, errors)))
            })
        })
        .await?;
    let order = match looked {
        Looked::Then(Ok(order)) => order,
        Looked::Then(Err(page)) => return html::again(&app, &page.shell, &*page),
        Looked::Form(page) => return html::again(&app, &page.shell, &*page),
        Looked::Preview(page) => return html::again(&app, &page.shell, &*page),
    };
    // What each row does is decided when it is carried out: between the look and this, nothing is taken for granted.
    let id = app
        .write(gate, move |conn, scope| storing::store(conn, scope, &order))
        .await?;
    app.import_bell().notify_one();
    Redirect::to(urls::people_import(&account, id))
        .success("The import has started. You can leave this page: it goes on without you.")
        .respond(&app)
}

type AtImport = web::Path<InUrl>;
