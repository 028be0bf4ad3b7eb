//! The tree of an account's organizations, as pages show it: in memory, with a bound.

use diesel::prelude::*;
use std::collections::BTreeMap;

use crate::db::Conn;
use crate::db::schema::organizations;
use crate::db::types::{AccountId, OrganizationId};
use crate::error::Result;
use crate::organizations::{DEEPEST, parents};
use crate::web::field::fold;

/// How many organizations a page shows as a tree. Larger accounts are shown level by level, and searched.
pub const MOST: usize = 2_000;
/// How many a search shows.
pub const FOUND: usize = 50;

/// An organization in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Node {
    /// Its id.
    pub id: OrganizationId,
    /// Directly below which one; none: at the top.
    pub parent: Option<OrganizationId>,
    /// In URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// `active` or `archived`.
    pub status: String,
}

type Columns = (
    organizations::id,
    organizations::parent_id,
    organizations::slug,
    organizations::name,
    organizations::status,
);

const fn columns() -> Columns {
    (
        organizations::id,
        organizations::parent_id,
        organizations::slug,
        organizations::name,
        organizations::status,
    )
}

/// Organizations of an account, by name.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    by_id: BTreeMap<OrganizationId, usize>,
    children: BTreeMap<Option<OrganizationId>, Vec<usize>>,
    /// Whether there are more than are in it.
    pub is_cut: bool,
}

impl Tree {
    fn of(nodes: Vec<Node>, is_cut: bool) -> Self {
        let mut tree = Self {
            is_cut,
            ..Self::default()
        };
        for (at, node) in nodes.iter().enumerate() {
            tree.by_id.insert(node.id, at);
            tree.children.entry(node.parent).or_default().push(at);
        }
        tree.nodes = nodes;
        tree
    }

    /// Everything that is in it, by name.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The organization with this id.
    pub fn get(&self, id: OrganizationId) -> Option<&Node> {
        self.by_id.get(&id).and_then(|at| self.nodes.get(*at))
    }

    /// What stands directly below, by name; below none: at the top.
    pub fn below(&self, parent: Option<OrganizationId>) -> impl Iterator<Item = &Node> {
        let places = self.children.get(&parent).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|at| self.nodes.get(*at))
    }

    /// Who stands above, the parent first.
    pub fn above(&self, id: OrganizationId) -> Vec<OrganizationId> {
        let parent = |id: &OrganizationId| self.get(*id).and_then(|node| node.parent);
        std::iter::successors(parent(&id), parent)
            .take(DEEPEST)
            .collect()
    }

    /// "West › Depot": the names from the top down to it.
    pub fn path(&self, id: OrganizationId) -> String {
        let mut names: Vec<&str> = std::iter::once(id)
            .chain(self.above(id))
            .filter_map(|id| self.get(id).map(|node| node.name.as_str()))
            .collect();
        names.reverse();
        names.join(" › ")
    }

    /// How many stand below it, at any depth.
    pub fn count_below(&self, id: OrganizationId) -> usize {
        let (mut count, mut next) = (0_usize, vec![id]);
        while let Some(id) = next.pop() {
            for child in self.below(Some(id)) {
                count = count.saturating_add(1);
                next.push(child.id);
            }
        }
        count
    }

    /// Those whose name or slug holds the text, or whose id it is, at most [`FOUND`]; and whether there are more.
    pub fn search(&self, text: &str, below: Option<OrganizationId>) -> (Vec<&Node>, bool) {
        let key = fold(text);
        let is_here = |node: &Node| match below {
            None => true,
            Some(top) => node.id != top && self.above(node.id).contains(&top),
        };
        let matches = |node: &&Node| {
            fold(&node.name).contains(&key)
                || node.slug.contains(&key)
                || node.id.to_string() == key
        };
        let mut found: Vec<&Node> = self
            .nodes
            .iter()
            .filter(matches)
            .filter(|node| is_here(node))
            .take(FOUND.saturating_add(1))
            .collect();
        let more = found.len() > FOUND;
        found.truncate(FOUND);
        (found, more)
    }
}

/// The account's tree; none: it is too large to be shown whole. A large one is known by a few steps into an index,
/// before anything of it is read.
fn of_account(conn: &mut Conn, account: AccountId) -> Result<Option<Tree>> {
    let active: Option<OrganizationId> = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.eq("active"))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .offset(i64::try_from(MOST).unwrap_or(i64::MAX))
        .limit(1)
        .select(organizations::id)
        .first(conn)
        .optional()?;
    if active.is_some() {
        return Ok(None);
    }
    let nodes: Vec<Node> = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.ne("deleted"))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(limit(MOST))
        .select(columns())
        .load(conn)?;
    Ok((nodes.len() <= MOST).then(|| Tree::of(nodes, false)))
}

/// What a page shows of a tree: all of it, or where that is too much, the level below `top` or what begins like `q`.
/// The second says whether it was too much.
pub fn shown(
    conn: &mut Conn,
    account: AccountId,
    top: Option<OrganizationId>,
    q: &str,
) -> Result<(Tree, bool)> {
    Ok(match of_account(conn, account)? {
        Some(whole) => (whole, false),
        None if q.is_empty() => (level(conn, account, top)?, true),
        None => (beginning(conn, account, q)?, true),
    })
}

/// One level of a tree that is too large to be shown whole.
fn level(conn: &mut Conn, account: AccountId, parent: Option<OrganizationId>) -> Result<Tree> {
    let all = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.ne("deleted"))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(limit(MOST))
        .select(columns());
    let mut nodes: Vec<Node> = match parent {
        Some(parent) => all.filter(organizations::parent_id.eq(parent)).load(conn)?,
        None => all.filter(organizations::parent_id.is_null()).load(conn)?,
    };
    let is_cut = nodes.len() > MOST;
    nodes.truncate(MOST);
    Ok(Tree::of(nodes, is_cut))
}

/// Those whose name begins with the text, with all that stands above them: the search of a tree that is too large.
fn beginning(conn: &mut Conn, account: AccountId, text: &str) -> Result<Tree> {
    let key = fold(text);
    let end = format!("{key}\u{10ffff}");
    let all = organizations::table
        .filter(organizations::account_id.eq(account))
        .filter(organizations::status.ne("deleted"))
        .select(columns());
    let mut nodes: Vec<Node> = all
        .filter(organizations::name_key.between(key, end))
        .order((organizations::name_key.asc(), organizations::id.asc()))
        .limit(limit(FOUND))
        .load(conn)?;
    let ids: Vec<OrganizationId> = nodes.iter().map(|node| node.id).collect();
    let above: Vec<OrganizationId> = parents(conn, &ids)?.into_values().collect();
    let more: Vec<Node> = all.filter(organizations::id.eq_any(above)).load(conn)?;
    for node in more {
        if !nodes.iter().any(|known| known.id == node.id) {
            nodes.push(node);
        }
    }
    Ok(Tree::of(nodes, true))
}

fn limit(shown: usize) -> i64 {
    crate::web::page::Page::<Node>::fetch(shown)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn tree() -> (Tree, Vec<OrganizationId>) {
        let ids: Vec<OrganizationId> = (0..4).map(|_| OrganizationId::new()).collect();
        let node = |at: usize, parent: Option<usize>, name: &str| Node {
            id: *ids.get(at).unwrap(),
            parent: parent.map(|at| *ids.get(at).unwrap()),
            slug: fold(name),
            name: name.to_owned(),
            status: "active".into(),
        };
        let nodes = vec![
            node(2, Some(1), "Depot"),
            node(3, None, "East"),
            node(1, Some(0), "Süd"),
            node(0, None, "West"),
        ];
        (Tree::of(nodes, false), ids)
    }

    #[test]
    fn a_tree_knows_its_paths_and_what_is_below() {
        let (tree, ids) = tree();
        let [west, south, depot, east] = ids.try_into().unwrap();
        assert_eq!(tree.path(depot), "West › Süd › Depot");
        assert_eq!(tree.above(depot), [south, west]);
        assert_eq!((tree.count_below(west), tree.count_below(east)), (2, 0));
        let top: Vec<&str> = tree.below(None).map(|node| node.name.as_str()).collect();
        assert_eq!(top, ["East", "West"]);
    }

    #[test]
    fn a_search_finds_by_any_part_of_the_name_and_stays_below() {
        let (tree, ids) = tree();
        let names = |text: &str, below: Option<OrganizationId>| -> Vec<String> {
            let (found, _) = tree.search(text, below);
            found.iter().map(|node| node.name.clone()).collect()
        };
        assert_eq!(names("ÜD", None), ["Süd"]);
        assert_eq!(names("e", None), ["Depot", "East", "West"]);
        assert_eq!(names("e", ids.first().copied()), ["Depot"]);
        assert_eq!(names(&ids.get(3).unwrap().to_string(), None), ["East"]);
        assert!(names("nowhere", None).is_empty());
    }
}
