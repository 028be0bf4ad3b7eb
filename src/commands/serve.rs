//! `tenantry serve`: migrate, look at the installation, listen, work until told to stop.

use actix_web::HttpServer;
use std::io::Write;
use std::net::TcpListener;
use tokio::sync::watch;

use super::{Failed, config, open};
use crate::app::App;
use crate::config::{Config, Database, Transport};
use crate::{jobs, server, setup};

/// How long requests in flight may take after SIGTERM, in seconds.
const GRACE: u64 = 30;

/// Serves until SIGTERM or SIGINT.
pub fn run() -> Result<String, Failed> {
    let config = config()?;
    super::check_config::geoip(&config)?;
    let lock = alone(&config)?;
    // Before the database is touched: a port that is taken changes nothing.
    let listener = TcpListener::bind(config.listen).map_err(|cause| {
        Failed::Refused(vec![format!("cannot listen on {}: {cause}", config.listen)])
    })?;
    let app = open(config)?;
    // Read here, and not on the way to the first page that names a place.
    app.geoip()
        .load()
        .map_err(|why| Failed::Refused(vec![why]))?;
    let waiting = known_secret(&app)?;
    greet(&app, waiting)?;
    let served = actix_web::rt::System::new().block_on(serve(app, listener));
    drop(lock);
    served
}

async fn serve(app: App, listener: TcpListener) -> Result<String, Failed> {
    let (stop, stopped) = watch::channel(false);
    let jobs = jobs::start(&app, &stopped).map_err(|why| Failed::Refused(vec![why]))?;
    let limits = app.config().limits.clone();
    let workers = app.config().workers;
    let served = app.clone();
    let running = HttpServer::new(move || server::assemble(&served))
        .workers(workers)
        .keep_alive(limits.keep_alive)
        .client_request_timeout(limits.request_timeout)
        .shutdown_timeout(GRACE)
        .listen(listener)
        .map_err(|cause| Failed::Broke(cause.to_string()))?
        .run();
    let ended = running.await;
    let _ = stop.send(true);
    for job in jobs {
        let _ = job.await;
    }
    // What was written last is sealed before the door closes; whatever is left waits for the next start.
    if let Err(cause) = crate::jobs::seal_once(&app).await {
        tracing::warn!(%cause, "the last events are not sealed yet");
    }
    ended
        .map(|()| String::new())
        .map_err(|cause| Failed::Broke(cause.to_string()))
}

/// A second process on one SQLite file would be a second writer: it refuses to start.
pub(super) fn alone(config: &Config) -> Result<Option<std::fs::File>, Failed> {
    let Database::Sqlite(path) = &config.database else {
        return Ok(None);
    };
    config.make_data_dir()?;
    let refused = |why: String| Failed::Refused(vec![why]);
    let name = path.with_extension("lock");
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|cause| refused(format!("{} cannot be written: {cause}", name.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(_) => Err(refused(format!(
            "another tenantry serves {} already; several need PostgreSQL (DATABASE_URL)",
            path.display()
        ))),
    }
}

/// Whether the installation waits to be claimed; refuses where it was made with another secret.
pub(super) fn known_secret(app: &App) -> Result<bool, Failed> {
    match setup::found(app).map_err(|cause| Failed::Broke(cause.to_string()))? {
        setup::Found::Claimed => Ok(false),
        setup::Found::Waiting => Ok(true),
        setup::Found::OtherSecret => Err(Failed::Refused(vec![format!(
            "the database was made with another secret than {}: put the right file there (TENANTRY_SECRET_FILE)",
            app.config().secret_file.display()
        )])),
    }
}

/// What whoever started it needs to know, on standard output.
fn greet(app: &App, waiting: bool) -> Result<(), Failed> {
    let config = app.config();
    let mut text = format!("Tenantry listens on http://{}\n", config.listen);
    text.push_str(&format!("Address: {}\n", config.public_url.origin()));
    if let Transport::Directory(path) = &config.mail.transport {
        text.push_str(&format!(
            "Mail: no SMTP_URL, each mail becomes a file in {}\n",
            path.display()
        ));
    }
    if waiting
        && let Some(link) =
            setup::new_link(app).map_err(|cause| Failed::Broke(cause.to_string()))?
    {
        text.push_str(&format!("Set up: {link}\n        (works once, for 24 hours; `tenantry setup-link` prints a new one)\n"));
    }
    // A closed standard output is no reason not to serve.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let _ = std::io::stdout().flush();
    Ok(())
}
