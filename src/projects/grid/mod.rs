//! The people × roles grid of a project (rule 8, ux 7.10): ticks, *Save changes*, a page that says in words what changes,
//! *Submit*. All of it is stored or nothing; whoever was overtaken sees both versions; it can be taken back.

mod back;
mod handlers;
mod pages;
mod posted;
mod reading;
mod telling;
mod undoing;

pub use back::Back;
pub use handlers::submit;
pub use pages::{Cell, GridRow, RoleHead};
pub use reading::{Spot, rows};
pub use undoing::{ask_undo, undo};
