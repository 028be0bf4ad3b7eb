//! Memberships and grants: who belongs to an account, and with which roles (rules 4, 7, 8, 16, 17; S1, S14).

pub mod brief;
mod changing;
pub mod counts;
mod dormant;
pub mod during;
mod ending;
mod expiring;
mod former;
mod giving;
mod giving_back;
mod guard;
mod handed;
pub mod handlers;
mod held;
mod homes;
mod kept;
mod landing;
mod lasting;
mod laying_down;
pub mod listing;
pub mod managing;
mod minding;
pub mod mine;
mod model;
pub mod more_time;
mod naming;
pub mod pages;
pub mod people;
mod places;
pub mod ranges;
pub mod rebuilding;
mod replacing;
mod restoring;
mod searching;
mod since;
mod stays;
mod storing;
mod taking;
mod telling;
mod there;
mod whole;

pub use brief::{Brief, Briefs};
pub use changing::{Change, Got, Undoing, change, keep_given, undo, undoing};
pub use dormant::{
    Dormant, Sleeping, discard, discard_all, dormant_of, gone_with_group, held_and_waiting,
    set_aside, sleeping, waiting_on_group, wake,
};
pub use ending::{
    deactivate, home_organization, invite_again, is_home, is_nowhere, reactivate, remove,
};
pub use expiring::{AT_ONCE, due, tend};
pub use former::{Added, Former, former, keep_added, keep_former, kept_added};
pub use giving::{
    During, Given, New, act, could_give, give, give_approved, give_during, may_give, still_allowed,
};
pub use guard::keep_an_owner;
pub use handed::{handed_by, refused_by, unproven, unproven_holders, why_unproven};
pub use homes::{home_of, move_home, settle_home, status_of};
pub use landing::lands_on;
pub use lasting::{lasts_until, may_last};
pub use laying_down::{Belonging, belonging, lay_down};
pub(crate) use laying_down::{end_ownership, make_owner};
pub use minding::manages;
pub use model::{
    Condition, Held, Joining, Status, activate, by_grants, counting_of, held_by, insert_membership,
    is_at_home, is_exclusive, join, signed_in, sort_key,
};
pub use naming::name_own;
pub use places::{Found, Target, place_of, standing_of};
pub use replacing::{Comes, Holding, MOST_REPLACED, Step};
pub use restoring::{Restored, restore};
pub use stays::{Kept, Stays, Told};
pub use storing::renamed;
pub(crate) use storing::{Row, called, insert, leave};
pub use taking::{lacks, matches, may, may_confirm, revoke};
pub use telling::{foretold, held_at, tell};
pub use there::{HeldRow, held_on, held_there};
pub use whole::{holders, who_can_help, who_decides, who_else_can_help, who_hold};
