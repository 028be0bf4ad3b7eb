//! Connections to the database that somebody else ends: a server that starts again, an operator, a wall between the two.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use futures_util::future::join3;

use crate::support::app::TestApp;

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Ends every other connection to the test's database, and waits until they are gone.
fn end_connections(app: &TestApp) -> i64 {
    if !app.is_postgres() {
        return 0;
    }
    let ended: Ended = app.sql(|conn| {
        diesel::sql_query(
            "SELECT count(pg_terminate_backend(pid, 10000)) AS count FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .get_result(conn)
    });
    ended.count
}

#[actix_web::test]
async fn a_connection_that_was_cut_off_is_replaced_before_anybody_notices() {
    let app = TestApp::start().await;
    let ravi = app.signed_in("ravi@acme.example");
    let path = "/accounts/acme/user-management";
    // Several at once: the pool holds more than one.
    let three = join3(ravi.get(path), ravi.get(path), ravi.get(path)).await;
    assert_eq!([three.0.status, three.1.status, three.2.status], [200; 3]);
    let ended = end_connections(&app);
    assert!(ended > 0 || !app.is_postgres());
    assert_eq!(ravi.get(path).await.status, 200);
    end_connections(&app);
    assert_eq!(ravi.post("/sign-out", &[]).await.status, 303);
    assert_eq!(ravi.get(path).await.status, 303);
}
