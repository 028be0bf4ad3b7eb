//! Accounts: their profile, their word for a project, and who belongs to several of them.

mod elsewhere;
mod invitations;
mod journeys;
mod leaving;
mod ownership;
mod profile;
mod sign_up;
mod word;
