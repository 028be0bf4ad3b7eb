//! Roles in the log: by the names that rows and forms have for them. An account's own are told by the name that they
//! had then, too: the role may be called otherwise by the time it is read, or be gone.

use serde_json::{Map, Value, json};

use crate::access::role::Role;

/// Adds to an event's details what these roles are called, as far as they are the account's own.
pub fn name_own<'a>(details: &mut Value, roles: impl IntoIterator<Item = &'a Role>) {
    let own = roles.into_iter().filter(|role| role.custom_id().is_some());
    let names: Map<String, Value> = own
        .map(|role| (role.as_str().to_owned(), json!(role.label())))
        .collect();
    if let (false, Some(details)) = (names.is_empty(), details.as_object_mut()) {
        details.insert("role_names".into(), Value::Object(names));
    }
}
