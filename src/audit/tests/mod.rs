//! The chain on both databases: SQLite always, PostgreSQL where `TEST_DATABASE_URL` names a server.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod chain;
mod tampering;

use super::*;
use crate::db::types::InstanceId;
use diesel::connection::SimpleConnection;
use diesel::{PgConnection, SqliteConnection};
use serde_json::json;

const KEY: [u8; 32] = [42; 32];

/// A moment of no importance, so many seconds on.
fn at(seconds: i64) -> Ts {
    Ts::new(chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 123_456_000).unwrap())
}

fn sqlite() -> Conn {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute(include_str!(
        "../../../migrations/sqlite/2026-11-21-000000_foundation/up.sql"
    ))
    .unwrap();
    Conn::Sqlite(conn)
}

/// A database of its own on the server, gone when this is dropped.
struct OnServer {
    admin: String,
    name: String,
}

impl OnServer {
    fn new() -> Option<Self> {
        let admin = std::env::var("TEST_DATABASE_URL").ok()?;
        let name = format!("tenantry_audit_{}", uuid::Uuid::new_v4().simple());
        let mut conn = PgConnection::establish(&admin).unwrap();
        conn.batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        let server = Self { admin, name };
        server
            .connect()
            .batch_execute(include_str!(
                "../../../migrations/postgres/2026-11-21-000000_foundation/up.sql"
            ))
            .unwrap();
        Some(server)
    }

    fn connect(&self) -> Conn {
        let mut url = url::Url::parse(&self.admin).unwrap();
        url.set_path(&self.name);
        Conn::Postgres(PgConnection::establish(url.as_str()).unwrap())
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        let dropped = PgConnection::establish(&self.admin).map(|mut conn| {
            conn.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name))
        });
        assert!(matches!(dropped, Ok(Ok(()))) || std::thread::panicking());
    }
}

fn on_both(check: impl Fn(&mut Conn)) {
    check(&mut sqlite());
    if let Some(server) = OnServer::new() {
        check(&mut server.connect());
    }
}

/// An event with something in every field.
fn full(chain: AccountId, seconds: i64) -> Event {
    let person = UserId::new();
    Event::new(chain, Action::UserInvited, at(seconds))
        .by(Actor::User(UserId::new()))
        .on(Target::user(person))
        .in_organization(OrganizationId::new())
        .in_project(ProjectId::new())
        .changed(json!({ "roles": [] }), json!({ "roles": ["viewer"] }))
        .personal(Personal {
            actor_name: Some("Dana Ruiz".into()),
            target_name: Some("Ида \u{0}".into()),
            email: Some("ida@example.com".into()),
            ..Personal::default()
        })
        .from_visit(Some("192.0.2.7"), Some("Mozilla/5.0"), EventId::new())
}

fn record_some(conn: &mut Conn, chain: AccountId, count: i64) {
    for seconds in 0..count {
        record(conn, &full(chain, seconds)).unwrap();
    }
}

fn seal_all(conn: &mut Conn) -> Sealed {
    conn.transaction(|conn| seal_some(conn, &KEY, InstanceId::nil(), at(100), 10_000))
        .unwrap()
}
