//! Tenantry: a self-hosted portal in which companies administer their accounts, organizations, projects, people
//! and roles. This page is the map; the modules stand in reading order.

pub mod access;
pub mod auth;
pub mod commands;
pub mod config;
pub mod db;
pub mod mail;
pub mod web;
