//! Every route of the product as every kind of visitor. What each may do is stated here once more, plainly and from
//! the product's paper, not from its code: where the two differ, one of them is wrong.

mod cells;
mod gates;
mod matrix;
mod pages;
mod tenants;
mod typed;
mod walk;
