//! Explain access: can somebody do something somewhere and why, what can a person do, who can do this here, and how do
//! two people differ (rules 4, 16, 17, 28; S5, S6). Whoever sees users somewhere may ask, and is told what they may
//! see: where a role that is not shown to them could change the answer, the page says so. About oneself everybody may
//! ask, on a page of one's own.

mod answer;
mod asking;
mod changing;
mod check;
mod compare;
mod finding;
pub mod handlers;
mod holders;
mod mine;
pub mod pages;
mod person;
mod who;
mod words;
