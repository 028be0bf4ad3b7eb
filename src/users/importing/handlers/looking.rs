//! What was posted, and what the file in it would do: the same for every page before *Submit*.

use sha2::{Digest, Sha256};

use super::Managing;
use crate::access::custom::AccountRoles;
use crate::access::role::{Builtin, Role};
use crate::app::App;
use crate::config::Config;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::members::Target;
use crate::members::during::last;
use crate::users::importing::pages::{self, Carried, NewImportPage, PreviewPage};
use crate::users::importing::planning::{Plan, Usual, plan};
use crate::users::importing::reading::{MOST_COLUMNS, Mapping};
use crate::users::importing::spots::known;
use crate::users::importing::storing;
use crate::users::{self, forms};
use crate::web::form::Errors;
use crate::web::import::{Sent, Wrong, sent};
use crate::web::upload::Upload;
use crate::web::urls;
use crate::web::view::{Choice, count, moment};

/// What came with a form of any of the pages.
pub(super) struct Posted {
    sent: std::result::Result<Sent, Wrong>,
    pasted: String,
    columns: Vec<String>,
    place: String,
    place_q: String,
    roles: Vec<String>,
    ends_on: String,
    mailed: bool,
}

impl Posted {
    /// Nothing yet.
    pub(super) fn nothing() -> Self {
        Self {
            sent: Err(("file", String::new())),
            pasted: String::new(),
            columns: Vec::new(),
            place: String::new(),
            place_q: String::new(),
            roles: Vec::new(),
            ends_on: String::new(),
            mailed: true,
        }
    }

    pub(super) fn read(upload: &Upload, config: &Config) -> Result<Self> {
        let form = &upload.form;
        Ok(Self {
            sent: sent(upload, &config.limits)?,
            pasted: form.text("rows")?,
            columns: form.list("column"),
            place: form.text("place")?,
            place_q: form.search("place_q")?,
            roles: form.list("role"),
            ends_on: form.text("ends_on")?,
            mailed: form.text("mail")? != "later",
        })
    }

    /// What a file said, or else what was pasted: so that a file need not be chosen again.
    fn text(&self) -> &str {
        match &self.sent {
            Ok(sent) => &sent.text.text,
            Err(_) => &self.pasted,
        }
    }

    /// Where and as what rows are meant that do not say. A place that no list of ours names does not exist, and neither
    /// does one that the acting person does not see.
    pub(super) fn usual(
        &self,
        conn: &mut Conn,
        app: &App,
        scope: &Managing,
    ) -> Result<std::result::Result<Usual, Errors>> {
        let mut errors = Errors::new();
        let spot = match self.place.as_str() {
            "" => None,
            place => {
                let target = Target::parse(place).ok_or(Error::NotFound)?;
                Some(known(conn, app, scope, target)?)
            }
        };
        let roles = if self.roles.is_empty() {
            Some(Vec::new())
        } else {
            let known = AccountRoles::load(conn, scope.account().id)?;
            errors.take("role", forms::roles(&known, &self.roles)?)
        };
        let ends_on = last(&self.ends_on, scope.account(), scope.now());
        let ends_on = errors.take("ends_on", ends_on);
        Ok(match (roles, ends_on) {
            (Some(roles), Some(_)) => Ok(Usual {
                spot,
                roles,
                ends_on: self.ends_on.clone(),
            }),
            _ => Err(errors),
        })
    }

    pub(super) fn carried(&self, columns: Vec<&'static str>) -> Carried {
        Carried {
            text: self.text().to_owned(),
            columns,
            place: self.place.clone(),
            roles: self.roles.clone(),
            ends_on: self.ends_on.clone(),
        }
    }
}

/// A file that can be read, and what it would do.
pub(super) struct Ready<'a> {
    pub(super) posted: &'a Posted,
    sent: &'a Sent,
    mapping: Mapping,
    pub(super) plan: Plan,
}

/// What became of looking.
pub(super) enum Looked<T> {
    /// The first page again.
    Form(Box<NewImportPage>),
    /// The columns are to be chosen.
    Preview(Box<PreviewPage>),
    /// It can be read.
    Then(T),
}

/// Reads and plans; `then` says what comes of a file that can be read. Writes nothing.
pub(super) fn look<T>(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    posted: &Posted,
    then: impl FnOnce(&mut Ready<'_>) -> T,
) -> Result<Looked<T>> {
    let mut errors = Errors::new();
    let sent = match &posted.sent {
        Ok(sent) if sent.sheet.head.len() > MOST_COLUMNS => {
            let words = format!(
                "It has more than {MOST_COLUMNS} columns. Leave only those that are needed"
            );
            errors.add(sent.field, words);
            None
        }
        Ok(sent) => Some(sent),
        Err((field, message)) => {
            errors.add(field, message.clone());
            None
        }
    };
    let usual = posted.usual(conn, app, scope)?;
    let (Some(sent), Ok(usual)) = (sent, &usual) else {
        if let Err(more) = &usual {
            for (field, message) in more.iter() {
                errors.add(field, message);
            }
        }
        return Ok(Looked::Form(Box::new(form(
            conn, app, scope, posted, errors,
        )?)));
    };
    let head = &sent.sheet.head;
    let mapping = if posted.columns.len() == head.len() {
        Mapping::chosen(head, &posted.columns)
    } else {
        Mapping::guess(head, scope.account())
    };
    let wrong = mapping.check();
    if !wrong.is_empty() {
        let ready = Ready {
            posted,
            sent,
            mapping,
            plan: Plan::default(),
        };
        return Ok(Looked::Preview(Box::new(ready.preview(scope, wrong))));
    }
    match plan(conn, app, scope, (&sent.sheet, &mapping), usual)? {
        Ok(plan) => Ok(Looked::Then(then(&mut Ready {
            posted,
            sent,
            mapping,
            plan,
        }))),
        Err(message) => {
            errors.add(sent.field, message);
            Ok(Looked::Form(Box::new(form(
                conn, app, scope, posted, errors,
            )?)))
        }
    }
}

impl Ready<'_> {
    pub(super) const fn mailed(&self) -> bool {
        self.posted.mailed
    }

    pub(super) fn values(&self) -> Vec<&'static str> {
        self.mapping.values()
    }

    /// A powerful role that every row gives, in words.
    pub(super) fn powerful(&self, scope: &Managing) -> Option<String> {
        let powerful = self.plan.powerful(scope.role_table());
        let labels: Vec<&str> = powerful.iter().map(Role::label).collect();
        let all = self.plan.people(|verdict| verdict.wanted().is_some());
        (!labels.is_empty() && all > 1).then(|| {
            format!(
                "Every one of the {all} people gets the role {}. It lets them do much: make sure that all of them should.",
                labels.join(" and ")
            )
        })
    }

    /// Tells the same order given twice.
    pub(super) fn digest(&self) -> Vec<u8> {
        let mut digest = Sha256::new();
        let (place, roles) = (&self.posted.place, self.posted.roles.join(","));
        let mailed = self.mailed();
        digest.update(format!(
            "{}\n{place}\n{roles}\n{}\n{mailed}\n",
            self.values().join(","),
            self.posted.ends_on
        ));
        digest.update(&self.sent.text.text);
        digest.finalize().to_vec()
    }

    /// The page that shows what each row would do.
    pub(super) fn preview(&self, scope: &Managing, errors: Errors) -> PreviewPage {
        let slug = &scope.account().slug;
        let counts = self.plan.counts();
        let (rows, more) = pages::rows(&self.plan, scope.account());
        let sheet = &self.sent.sheet;
        let (fixes, more_fixes) = pages::fixes(&self.plan, sheet, &self.mapping);
        let choice = |value, label, hint: &str, chosen| Choice {
            hint: hint.to_owned(),
            ..Choice::new(value, label, chosen)
        };
        PreviewPage {
            shell: scope
                .shell("Check the rows")
                .crumb("User Management", urls::user_management(slug))
                .crumb("Import users", urls::import_people(slug))
                .with_errors(&errors),
            known: !self.plan.rows.is_empty(),
            note: self.sent.text.note,
            carried: self.posted.carried(self.values()),
            columns: self.mapping.choices(&sheet.head),
            summary: pages::summary(&counts),
            fixes,
            more_fixes,
            rows,
            more,
            powerful: self.powerful(scope),
            doing: counts.doing() > 0,
            mails: vec![
                choice(
                    "now",
                    "Send now",
                    "Each of them gets a mail with a link.",
                    self.mailed(),
                ),
                choice(
                    "later",
                    "Create without mail",
                    "Their links are there to be copied or sent from their pages.",
                    !self.mailed(),
                ),
            ],
            again: urls::import_people(slug),
            check: urls::check_import(slug),
            cancel: urls::import_people(slug),
            errors,
        }
    }
}

/// The first page, with what was posted before.
pub(super) fn form(
    conn: &mut Conn,
    app: &App,
    scope: &Managing,
    posted: &Posted,
    errors: Errors,
) -> Result<NewImportPage> {
    let slug = &scope.account().slug;
    let sought = (posted.place_q.as_str(), [posted.place.as_str()]);
    let places = users::places(conn, app.roles(), scope, (sought.0, &sought.1))?;
    let here = users::best(app.roles(), scope.grants(), scope.now());
    let known = AccountRoles::load(conn, scope.account().id)?;
    let mut roles = users::givable(scope, (&known, &here, None), &posted.roles);
    // Ownership is offered and accepted, never imported.
    roles.retain(|role| role.value != Builtin::Owner.key());
    let recent = storing::recent(conn, app, scope)?;
    let recent = recent.into_iter().map(|import| {
        (
            moment(import.created_at),
            count(import.rows, "row"),
            import.stage.label(),
            urls::people_import(slug, import.id),
        )
    });
    Ok(NewImportPage {
        shell: scope
            .shell("Import users")
            .crumb("User Management", urls::user_management(slug))
            .with_errors(&errors),
        errors,
        rows: posted.text().to_owned(),
        most: app.config().limits.import_rows,
        places: places.choosing(&posted.place),
        place_q: places.search(),
        places_hint: places.hint("May be left open when every row names its place."),
        roles,
        about_roles: urls::roles(slug),
        ends_on: posted.ends_on.clone(),
        zone: scope.account().time_zone.replace('_', " "),
        template: urls::import_template(slug),
        action: urls::import_people(slug),
        cancel: urls::user_management(slug),
        recent: recent.collect(),
    })
}
