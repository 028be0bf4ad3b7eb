//! Two people changed the same thing at the same time: neither is lost without having been seen.
//!
//! An edit form carries the version of the row that it showed ([`version`], a hidden field). The verb that saves it
//! reads the row in its transaction and compares: another version by then is a [`Clash`], which writes nothing and
//! says, field by field, what stands there now and what was typed, and who changed it when. The page ([`respond`],
//! 409) offers both ways on: to save over it knowingly, which posts the same form with the version that was shown,
//! and to leave it as the other one made it.
//!
//! ```text
//! let typed = Typed::read(&form)?;                       // with `version: clash::version(&form)?`
//! match app.write(gate, move |conn, scope| save(conn, scope, &typed)).await? {
//!     Saved::Done => Redirect::to(page).success("…"),
//!     Saved::Clash(shell, clash) => clash::respond(&app, &shell, clash, &form, &Ways { action, theirs }),
//! }
//! ```

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::form::Form;
use super::html;
use super::shell::Shell;
use super::view::{moment, relative};
use crate::app::App;
use crate::audit::{self, Action, Target};
use crate::db::Conn;
use crate::db::types::{AccountId, Ts};
use crate::error::Result;

/// The field that carries the version.
pub const FIELD: &str = "version";

/// The version that the form showed. One that is none was shown by no page of ours: it is never the row's, so that
/// whatever was typed meets the page of a clash and is not lost.
///
/// # Errors
/// A field that came twice.
pub fn version(form: &Form) -> Result<i64> {
    Ok(form.text(FIELD)?.parse().unwrap_or_default())
}

/// One field of the form in both versions, in the words of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub label: String,
    /// What stands there now.
    pub theirs: String,
    /// What was typed.
    pub yours: String,
}

/// A form that was overtaken.
#[derive(Clone, Debug)]
pub struct Clash {
    who: Option<String>,
    at: Option<Ts>,
    now: Ts,
    version: i64,
    fields: Vec<Field>,
}

impl Clash {
    /// What overtook the form: the newest change of the target that the account's audit chain tells of.
    pub fn read(
        conn: &mut Conn,
        (chain, target): (AccountId, Target),
        changes: &[Action],
        (version, now): (i64, Ts),
    ) -> Result<Self> {
        let last = audit::latest(conn, (chain, None), target, changes)?;
        Ok(Self::after(last, (version, now)))
    }

    /// The same, of a form about several things, by this event.
    pub fn after(last: Option<audit::Latest>, (version, now): (i64, Ts)) -> Self {
        let (who, at) = last.map_or((None, None), |last| (last.actor_name, Some(last.at)));
        Self {
            who,
            at,
            now,
            version,
            fields: Vec::new(),
        }
    }

    /// Adds a field in both versions; what is the same in both is left out.
    #[must_use]
    pub fn field(
        mut self,
        label: impl Into<String>,
        theirs: impl Into<String>,
        yours: impl Into<String>,
    ) -> Self {
        let (theirs, yours) = (theirs.into(), yours.into());
        if theirs != yours {
            self.fields.push(Field {
                label: label.into(),
                theirs,
                yours,
            });
        }
        self
    }
}

/// The two ways on.
#[derive(Clone, Debug)]
pub struct Ways {
    /// Where the form posts.
    pub action: String,
    /// The page that shows how it is now.
    pub theirs: String,
}

#[derive(Template)]
#[template(path = "shared/clash.html")]
struct ClashPage<'a> {
    shell: &'a Shell,
    who: String,
    when: Option<(String, String)>,
    fields: &'a [Field],
    hidden: Vec<(String, String)>,
    ways: &'a Ways,
}

/// The page of both versions. What was typed goes along in it, so that nothing has to be typed again.
///
/// # Errors
/// The page cannot be written.
pub fn respond(
    app: &App,
    shell: &Shell,
    clash: &Clash,
    form: &Form,
    ways: &Ways,
) -> Result<HttpResponse> {
    let mut hidden: Vec<(String, String)> = form
        .pairs()
        .filter(|(name, _)| *name != FIELD)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    hidden.push((FIELD.to_owned(), clash.version.to_string()));
    let page = ClashPage {
        shell,
        who: clash.who.clone().unwrap_or_else(|| "Somebody".to_owned()),
        when: clash.at.map(|at| (moment(at), relative(at, clash.now))),
        fields: &clash.fields,
        hidden,
        ways,
    };
    html::page(app, StatusCode::CONFLICT, shell, &page)
}
