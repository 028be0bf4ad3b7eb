//! The tests' own tools, tried: what they cannot see or do, no test of the product could.

mod browser;
mod databases;
mod html;
mod mail;
mod portal;
