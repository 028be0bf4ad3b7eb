//! The web side put together: the same for `serve` and for every test.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::web::{self, PayloadConfig};
use actix_web::{App as Web, Error as WebError};

use crate::app::App;
use crate::auth::origin::OriginRule;
use crate::auth::session;
use crate::web::headers::Headers;
use crate::web::{assets, health, refused};
use crate::{routes, setup};

/// The whole portal as an actix application. From the outside in: headers on every answer, the origin rule, then
/// static files and health without a session, and the table of routes behind it.
pub fn assemble(
    app: &App,
) -> Web<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = WebError,
        InitError = (),
    > + use<>,
> {
    let config = app.config();
    let pages = web::scope("")
        .wrap(session::middleware(app.secret(), &config.public_url))
        .configure(routes::register)
        .default_service(web::to(refused::nowhere));
    Web::new()
        .app_data(app.clone())
        .app_data(PayloadConfig::new(config.limits.form_bytes))
        .wrap(OriginRule::new(&config.public_url, routes::EXEMPT).refusing_with(refused::forged))
        .wrap(Headers::new(&config.public_url))
        .route("/healthz", web::get().to(health::healthz))
        .route("/readyz", web::get().to(setup::readyz))
        .route("/static/{tail:.*}", web::get().to(assets::serve))
        .service(pages)
}
