//! People from a file (ux 7.13): the file is read and its columns are guessed, each row is shown with what it would do,
//! and after *Submit* a job does it row by row through the same acts that *Add New User* and *Add Users to Reservation*
//! use, in the name of whoever ordered it and with what they may do at that very moment.
//!
//! Any instance may do the work: an import has a lease, and a row says in the transaction of its act that it was done. A
//! process that is killed loses nothing and does nothing twice; the next one goes on where the lease ends.

mod bringing;
pub mod handlers;
mod keeping;
mod known;
mod listing;
mod pages;
mod planning;
mod reading;
mod spots;
mod storing;
mod withdrawing;
mod working;

pub use keeping::purge;
pub use working::{is_any_open, work};
