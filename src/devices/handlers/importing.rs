//! Devices from a file: choose it, see what each row would do, *Submit*, see what each row did.

use actix_web::{HttpResponse, web};

use super::{Managing, RecordInUrl, list_of};
use crate::access::gate::Gate;
use crate::access::permission::{DevicesManage, DevicesView};
use crate::access::place::Organization;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{DeviceId, ImportId};
use crate::devices::importing::{self, Plan};
use crate::devices::pages::{ImportPage, ImportedPage, PreviewPage, planned, recorded, summary};
use crate::error::Result;
use crate::web::csv::{self, Text};
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::import::sent;
use crate::web::upload::Upload;
use crate::web::urls;
use crate::web::view::{count, moment};

/// Import devices.
pub async fn import(gate: Gate<Organization, DevicesManage>, app: App) -> Result<HttpResponse> {
    let inside = app.clone();
    let page = app
        .read(gate, move |_, scope| {
            Ok(form_page(&inside, scope, String::new(), Errors::new()))
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

fn form_page(app: &App, scope: &Managing, rows: String, errors: Errors) -> ImportPage {
    let list = list_of(scope);
    ImportPage {
        shell: scope
            .shell("Import devices")
            .crumb("Devices", &list)
            .here()
            .with_errors(&errors),
        errors,
        rows,
        most: app.config().limits.import_rows,
        action: urls::import_devices(&scope.account().slug, &scope.organization().slug),
        cancel: list,
    }
}

/// What became of a file.
enum Looked {
    Preview(Box<PreviewPage>),
    Form(Box<ImportPage>),
}

/// Shows what each row would do, and writes nothing.
pub async fn preview(
    gate: Gate<Organization, DevicesManage>,
    upload: Upload,
    app: App,
) -> Result<HttpResponse> {
    let inside = app.clone();
    let looked = app
        .read(gate.heavy(), move |conn, scope| {
            let pasted = upload.form.text("rows")?;
            let read = sent(&upload, &inside.config().limits)?;
            let refuse = |field, message: String| {
                let mut errors = Errors::new();
                errors.add(field, message);
                Looked::Form(Box::new(form_page(&inside, scope, pasted.clone(), errors)))
            };
            let sent = match read {
                Ok(read) => read,
                Err((field, message)) => return Ok(refuse(field, message)),
            };
            let plan = match importing::plan(conn, inside.roles(), scope, &sent.sheet)? {
                Ok(plan) => plan,
                Err(message) => return Ok(refuse(sent.field, message)),
            };
            let page = preview_page(scope, &plan, sent.text, Errors::new());
            Ok(Looked::Preview(Box::new(page)))
        })
        .await?;
    match looked {
        Looked::Preview(page) => html::ok(&app, &page.shell, &*page),
        Looked::Form(page) => html::again(&app, &page.shell, &*page),
    }
}

fn preview_page(scope: &Managing, plan: &Plan, text: Text, errors: Errors) -> PreviewPage {
    let list = list_of(scope);
    let (account, organization) = (&scope.account().slug, scope.organization());
    let again = urls::import_devices(account, &organization.slug);
    let rows = planned(plan);
    let [new, change, _, problems] = plan.counts();
    let ready = new.saturating_add(change);
    let number = i64::try_from(ready).unwrap_or(i64::MAX);
    PreviewPage {
        shell: scope
            .shell("Check the devices")
            .crumb("Devices", &list)
            .crumb("Import devices", &again)
            .here()
            .with_errors(&errors),
        errors,
        summary: summary(&rows),
        rows,
        note: text.note,
        text: text.text,
        seen: plan.seen(),
        problems,
        ready,
        button: format!(
            "Submit {} to {}",
            count(number, "device"),
            organization.name
        ),
        action: urls::submit_devices(account, &organization.slug),
        again,
    }
}

/// What became of *Submit*.
enum Done {
    Imported(String, String),
    Again(Box<PreviewPage>),
    Form(Box<ImportPage>),
}

/// *Submit*.
pub async fn submit(
    gate: Gate<Organization, DevicesManage>,
    upload: Upload,
    app: App,
) -> Result<HttpResponse> {
    let limits = &app.config().limits;
    let rows = upload.form.text("rows")?;
    let agreed = Agreed::read(&upload.form)?;
    let sheet = csv::decode(rows.as_bytes())
        .map_err(str::to_owned)
        .and_then(|text| Ok((csv::read(&text.text, limits.import_rows)?, text)));
    let ids: Vec<DeviceId> = match &sheet {
        Ok((sheet, _)) => sheet.rows.iter().map(|_| DeviceId::new()).collect(),
        Err(_) => Vec::new(),
    };
    let (import, inside) = (ImportId::new(), app.clone());
    let done = app
        .write(gate, move |conn, scope| {
            let refuse = |message: String| {
                let mut errors = Errors::new();
                errors.add("rows", message);
                Done::Form(Box::new(form_page(&inside, scope, rows.clone(), errors)))
            };
            match &sheet {
                Err(message) => Ok(refuse(message.clone())),
                Ok((sheet, text)) => {
                    let planned = importing::plan(conn, inside.roles(), scope, sheet)?;
                    match planned {
                        Err(message) => Ok(refuse(message)),
                        Ok(plan) => apply(conn, scope, (import, &ids), (&plan, text, &agreed)),
                    }
                }
            }
        })
        .await?;
    match done {
        Done::Imported(page, words) => Redirect::to(page).success(words).respond(&app),
        Done::Again(page) => html::again(&app, &page.shell, &*page),
        Done::Form(page) => html::again(&app, &page.shell, &*page),
    }
}

/// What the person agreed to.
struct Agreed {
    seen: String,
    leave_out: bool,
}

impl Agreed {
    fn read(form: &Form) -> Result<Self> {
        Ok(Self {
            seen: form.text("seen")?,
            leave_out: form.text("leave_out")? == "yes",
        })
    }
}

fn apply(
    conn: &mut Conn,
    scope: &Managing,
    (import, ids): (ImportId, &[DeviceId]),
    (plan, text, agreed): (&Plan, &Text, &Agreed),
) -> Result<Done> {
    let [new, change, _, problems] = plan.counts();
    let mut errors = Errors::new();
    if plan.seen() != agreed.seen {
        errors.add(
            "",
            "The devices have changed since you looked. Look at the rows again",
        );
    } else if problems > 0 && !agreed.leave_out {
        errors.add(
            "leave_out",
            "Correct the rows with a problem in your file, or tick the box to leave them out",
        );
    } else if new.saturating_add(change) == 0 {
        errors.add("", "There is nothing to add or to change");
    }
    if !errors.is_empty() {
        let page = preview_page(scope, plan, text.clone(), errors);
        return Ok(Done::Again(Box::new(page)));
    }
    importing::apply(conn, scope, (import, ids), plan)?;
    let page = urls::imported_devices(&scope.account().slug, &scope.organization().slug, import);
    let number = i64::try_from(new.saturating_add(change)).unwrap_or(i64::MAX);
    let words = format!(
        "{} imported to {}.",
        count(number, "device"),
        scope.organization().name
    );
    Ok(Done::Imported(page, words))
}

/// What each row of an imported file did.
pub async fn imported(
    gate: Gate<Organization, DevicesView>,
    at: web::Path<RecordInUrl>,
    app: App,
) -> Result<HttpResponse> {
    let id = at.import()?;
    let page = app
        .read(gate, move |conn, scope| {
            let (time, outcomes) = importing::record(conn, scope, id)?;
            let rows = recorded(outcomes);
            let list = list_of(scope);
            let (account, organization) = (&scope.account().slug, &scope.organization().slug);
            Ok(ImportedPage {
                shell: scope
                    .shell("Imported devices")
                    .crumb("Devices", &list)
                    .here(),
                at: moment(time),
                summary: summary(&rows),
                rows,
                devices: list,
                again: urls::import_devices(account, organization),
            })
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}
