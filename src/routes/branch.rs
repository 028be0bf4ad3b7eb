//! How a request finds its row of the table.

use actix_web::http::Method;
use actix_web::{HttpRequest, web};
use std::future::ready;

use super::Row;
use crate::db::Cost;
use crate::web::refused;

/// Where the paths of the table part, segment by segment. A flat list would be tried from the top at each request, one
/// pattern with names in it after the other, which took longer than the page.
#[derive(Default)]
pub(super) struct Branch {
    /// What is asked for by the path so far.
    here: Vec<Row>,
    /// What follows it.
    below: Vec<(&'static str, Branch)>,
}

impl Branch {
    /// Puts a row in, by what is left of its path.
    pub(super) fn insert(&mut self, rest: &mut dyn Iterator<Item = &'static str>, row: Row) {
        let Some(segment) = rest.next() else {
            self.here.push(row);
            return;
        };
        let at = self.below.iter().position(|(known, _)| *known == segment);
        let at = at.unwrap_or_else(|| {
            self.below.push((segment, Self::default()));
            self.below.len() - 1
        });
        if let Some((_, branch)) = self.below.get_mut(at) {
            branch.insert(rest, row);
        }
    }

    /// Registers it and what is below: so many segments deep, and with the nearest page above it so deep. Words before
    /// names: no name is a word that stands in the table (S8).
    pub(super) fn register(self, config: &mut web::ServiceConfig, (deep, above): (usize, usize)) {
        if !self.here.is_empty() {
            config.service(resource("", &self.here, above));
        }
        let above = if page(&self.here).is_some() {
            deep
        } else {
            above
        };
        let deeper = (deep.saturating_add(1), above);
        let is_word = |(segment, _): &(&'static str, Self)| !segment.contains('{');
        let (words, names): (Vec<_>, Vec<_>) = self.below.into_iter().partition(is_word);
        for (segment, branch) in words.into_iter().chain(names) {
            let path = format!("/{segment}");
            if branch.below.is_empty() {
                config.service(resource(&path, &branch.here, above));
            } else {
                let scope = web::scope(&path).configure(|config| branch.register(config, deeper));
                config.service(scope.default_service(web::to(refused::nowhere)));
            }
        }
    }
}

fn page(rows: &[Row]) -> Option<&Row> {
    rows.iter().find(|row| row.method == Method::GET)
}

/// The methods of one path. One that only takes forms leads whoever types it to the page above it, so deep.
fn resource(path: &str, rows: &[Row], above: usize) -> actix_web::Resource {
    // Posts write, and writes do not ask for the cost; so the page's cost is the path's.
    let page = page(rows);
    let cost = page.map_or(Cost::Unbounded, |row| row.cost);
    let resource = rows
        .iter()
        .fold(web::resource(path).app_data(cost), |resource, row| {
            resource.route((row.route)())
        });
    if page.is_some() {
        return resource;
    }
    let only_posted = move |request: HttpRequest| ready(refused::only_posted(&request, above));
    resource.default_service(web::to(only_posted))
}
