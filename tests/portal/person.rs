//! One person: what they are called, the address they sign in with, where they are signed in, and what their page says.

mod addresses;
mod branding;
mod invited;
mod names;
mod page;
mod rehomed;
mod security;
mod sessions;
mod vouching;
