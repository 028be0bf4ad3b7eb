//! The gate of each route, written down beside the code: who may is read by [`walk`](super::walk) from the handlers'
//! signatures, and so could not tell that a handler asks for the wrong permission.

use tenantry::routes::{Row, Who, table};

/// A line a route: the gate, the method, the address. Held against `docs/rules.md` by whoever changes it.
const WRITTEN: &str = include_str!("gates.txt");

fn gate(row: &Row) -> String {
    match row.who {
        Who::Anybody(_) => "anybody".to_owned(),
        Who::SignedIn => "signed in".to_owned(),
        Who::Operator => "operator".to_owned(),
        Who::Holder {
            place,
            key,
            anywhere,
        } => {
            let key = key.map_or("sees it", |key| key.as_str());
            let place = if anywhere { "anywhere" } else { place };
            format!("{key}, {place}")
        }
    }
}

#[test]
fn each_route_asks_for_the_permission_that_is_written_down_for_it() {
    let line = |row: Row| format!("{:34} {:4} {}", gate(&row), row.method, row.path);
    let mut now: Vec<String> = table().into_iter().map(line).collect();
    now.sort();
    let written: Vec<&str> = WRITTEN.lines().collect();
    let new: Vec<&String> = now
        .iter()
        .filter(|line| !written.contains(&line.as_str()))
        .collect();
    let gone: Vec<&&str> = written
        .iter()
        .filter(|line| !now.iter().any(|one| one == *line))
        .collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "not written down: {new:#?}\nwritten, and not so: {gone:#?}"
    );
}
