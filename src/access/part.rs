//! An organization in another role: as one that rests in the archive, as a parent to create under.

use actix_web::HttpRequest;
use std::marker::PhantomData;

use super::grant::Grant;
use super::place::{Account, Organization, Place};
use super::resolve;
use crate::db::Conn;
use crate::db::types::Ts;
use crate::error::Result;

/// An organization in another role: all but how it is reached, and what goes on there, is the same.
pub trait Part: Send + 'static {
    /// As [`Place::KIND`].
    const KIND: &'static str;
    /// As [`Place::RESTING`].
    const RESTING: bool;
    /// As [`Place::chain`].
    fn chain(branch: resolve::Branch) -> resolve::Place;
}

/// For acts that concern the archive: they go on while the organization can only be read.
#[derive(Clone, Copy, Debug)]
pub struct Resting;

impl Part for Resting {
    const KIND: &'static str = "organization";
    const RESTING: bool = true;
    fn chain(branch: resolve::Branch) -> resolve::Place {
        resolve::Place::Organization(branch)
    }
}

/// With everything below it, as a parent to create under: reached by less than the organization is.
#[derive(Clone, Copy, Debug)]
pub struct Below;

impl Part for Below {
    const KIND: &'static str = "subtree";
    const RESTING: bool = false;
    fn chain(branch: resolve::Branch) -> resolve::Place {
        resolve::Place::Subtree(branch)
    }
}

/// An organization in the role `R`.
#[derive(Clone, Debug)]
pub struct As<R: Part> {
    /// The organization.
    pub organization: Organization,
    part: PhantomData<fn() -> R>,
}

impl<R: Part> Place for As<R> {
    type Path = String;
    const KIND: &'static str = R::KIND;
    const RESTING: bool = R::RESTING;

    fn path(request: &HttpRequest) -> Option<String> {
        Organization::path(request)
    }
    fn find(
        conn: &mut Conn,
        slug: &String,
        account: &Account,
        grants: &[Grant],
        now: Ts,
    ) -> Result<Self> {
        Ok(Self {
            organization: Organization::find(conn, slug, account, grants, now)?,
            part: PhantomData,
        })
    }
    fn renamed(conn: &mut Conn, slug: &String, account: &Account) -> Result<Option<String>> {
        Organization::renamed(conn, slug, account)
    }
    fn names(slug: &String) -> (Option<&str>, Option<&str>) {
        Organization::names(slug)
    }
    fn chain(&self) -> resolve::Place {
        R::chain(self.organization.branch())
    }
    fn name<'a>(&'a self, _: &'a Account) -> &'a str {
        &self.organization.name
    }
    fn organization(&self) -> Option<&Organization> {
        Some(&self.organization)
    }
}
