//! `/me/security/password`: another password while one is signed in (ux 6.29).

use actix_web::{HttpRequest, HttpResponse};

use super::security;
use crate::access::gate::SignedIn;
use crate::app::App;
use crate::auth::strength;
use crate::db::types::MailId;
use crate::error::Result;
use crate::passwords::{self, Changed};
use crate::sessions::proving::{self, MISSING};
use crate::users;
use crate::web::form::{Errors, Form};
use crate::web::html::{self, Redirect};
use crate::web::urls;
use crate::web::view::count;

/// The field of the password that is wanted.
const NEW: &str = "new_password";

/// *Change password*.
pub async fn change(
    gate: SignedIn,
    request: HttpRequest,
    form: Form,
    app: App,
) -> Result<HttpResponse> {
    let (now, new) = (form.text(proving::FIELD)?, form.text(NEW)?);
    let about = app
        .read(gate.clone(), |conn, scope| {
            let (names, _) = users::own(conn, scope.person().id)?;
            Ok([scope.person().email.clone(), names.first])
        })
        .await?;
    let mut errors = Errors::new();
    if now.is_empty() {
        errors.add(proving::FIELD, MISSING);
    }
    let [email, first_name] = &about;
    let limits = &app.config().limits;
    let about = [email.as_str(), first_name, &app.config().portal_name];
    let strong = strength::check(&new, &about, limits.password_min_length);
    errors.take(NEW, strong);
    if errors.is_empty() && now == new {
        errors.add(NEW, "Choose another password than the one you have");
    }
    if !errors.is_empty() {
        let inside = app.clone();
        let page = app
            .read(gate, move |conn, scope| {
                security::page(conn, &inside, scope, errors)
            })
            .await?;
        return html::again(&app, &page.shell, &page);
    }
    let brought = proving::bring(&app, gate.clone(), &form).await?;
    let presented = brought.presented();
    // A wrong one costs no second hash.
    let hash = if presented.is_right() {
        Some(app.hasher().hash(new).await?)
    } else {
        None
    };
    let (inside, mail) = (app.clone(), MailId::new());
    let (outcome, proof) = app
        .write(gate, move |conn, scope| {
            let wish = (&presented, hash.as_deref(), mail);
            let (changed, proof) = passwords::change(conn, &inside, scope, wish)?;
            let why = match changed {
                Changed::Done(ended) => return Ok((Ok(ended), proof)),
                Changed::Ask(why) => why,
            };
            let mut errors = Errors::new();
            errors.add(proving::FIELD, why);
            let page = security::page(conn, &inside, scope, errors)?;
            Ok((Err(Box::new(page)), proof))
        })
        .await?;
    brought.keep(&request, proof.as_ref())?;
    match outcome {
        Ok(ended) => {
            let ended = count(i64::try_from(ended).unwrap_or(i64::MAX), "other session");
            Redirect::to(urls::MY_SECURITY)
                .success(format!("Your password was changed. {ended} ended."))
                .respond(&app)
        }
        Err(page) => html::again(&app, &page.shell, &*page),
    }
}
