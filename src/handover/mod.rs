//! Leaving (rule 15): what hangs on somebody who leaves, on one page; handed over to somebody else, and the leaver
//! deactivated, in one transaction and through the acts that do each of it alone.

pub mod handlers;
mod model;
pub mod pages;
