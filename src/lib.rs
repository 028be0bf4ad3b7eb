//! Tenantry: a self-hosted portal in which companies administer their accounts, organizations, projects, people
//! and roles. This page is the map; the modules stand in reading order.

pub mod access;
pub mod accounts;
pub mod app;
pub mod audit;
pub mod auth;
pub mod commands;
pub mod config;
pub mod db;
pub mod devices;
pub mod email_change;
pub mod error;
pub mod explain;
pub mod go;
pub mod groups;
pub mod handover;
pub mod help;
pub mod jobs;
pub mod mail;
pub mod me;
pub mod members;
pub mod organizations;
pub mod ownership;
pub mod passwords;
pub mod projects;
pub mod requests;
pub mod roles;
pub mod routes;
pub mod server;
pub mod sessions;
pub mod setup;
pub mod sign_up;
pub mod tree;
pub mod users;
pub mod web;
pub mod welcome;
