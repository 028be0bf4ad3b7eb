//! User Management: the people of an account, adding them, one person (rules 7, 8, 9, 11; S6, S16, S18).

mod adding;
mod branding;
pub mod bulk;
mod candidates;
pub(crate) mod checking;
pub mod counting;
mod ending;
mod filter;
pub mod forms;
pub mod handlers;
mod history;
pub mod importing;
mod inviting;
mod listing;
mod logins;
mod model;
mod named;
mod naming;
pub mod pages;
mod places;
mod placing;
pub(crate) mod rank;
mod readdressing;
mod rehoming;
mod returning;
mod sending;
pub(crate) mod showing;
mod taking_over;
mod telling;
mod unlocking;

pub use adding::{Added, Existing, NewPerson, Submit, add, existing};
pub use branding::{brand_by, brand_of};
pub use candidates::{CANDIDATES, askable, candidate, candidates, one_of, rest};
pub use ending::{
    Ending, Lacks, at_home_in, deactivate, ending, is_lacked, lacking_in, only_by, removable,
    remove_guest,
};
pub use filter::{EXPIRED, LIST, OF_PROJECT, Source, Which};
pub use history::{Line, history};
pub use inviting::{
    Again, Copied, Copying, Pending, Reinvited, Resent, cancel, copy_link, copying, pending,
    reinvite, resend,
};
pub use listing::{Holding, People};
pub use logins::{managed_here, readdressable};
pub use model::{
    Ended, LISTED, Listed, ListedSql, Reach, Shown, added_by, among, ended, find, manageable,
    reach, reach_by, reach_of, these,
};
pub use named::{Called, names, names_in};
pub use naming::{Names, Renamed, nameable, own, password_set_at, rename, rename_oneself};
pub use places::{NoProjects, Places, best, creatable, givable, places, places_in};
pub use placing::{Placed, place};
pub use readdressing::{Readdress, Readdressed, movable, readdress};
pub use rehoming::{Rehomed, move_home};
pub use returning::{
    Chosen, Returned, Returning, confirm_waiting, discard_waiting, reactivate, returning, waiting,
};
pub use taking_over::{TakenOver, stood_behind, take_over};
pub use telling::tell;
pub use unlocking::{Unlocked, Vouched, unlock, unlock_address, vouch, vouchable, vouches};
