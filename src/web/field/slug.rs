//! Slugs: the names of accounts, organizations and projects in addresses.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

const LEAST: usize = 2;
const MOST: usize = 48;

/// Static segments of routes, those of today and those that are planned: no slug may stand in their place.
pub const RESERVED: &[&str] = &[
    "access",
    "access-keys",
    "accessibility",
    "account",
    "accounts",
    "activity",
    "add",
    "admin",
    "api",
    "applications",
    "archive",
    "archived",
    "assets",
    "audit",
    "backups",
    "billing",
    "branding",
    "close",
    "configuration",
    "credits",
    "csv",
    "deactivate",
    "delete",
    "deleted",
    "deliveries",
    "devices",
    "edit",
    "email",
    "export",
    "forgot-password",
    "go",
    "groups",
    "healthz",
    "help",
    "import",
    "invitations",
    "invoices",
    "jobs",
    "json",
    "leave",
    "links",
    "list",
    "mail",
    "me",
    "members",
    "metrics",
    "move",
    "new",
    "notifications",
    "oauth2",
    "operator",
    "organization",
    "organizations",
    "ownership",
    "preview",
    "privacy",
    "problems",
    "profile",
    "project",
    "projects",
    "provisioning",
    "reactivate",
    "readyz",
    "remove",
    "requests",
    "resend",
    "reset-password",
    "restore",
    "reviews",
    "roles",
    "scim",
    "search",
    "security",
    "select",
    "selected",
    "sessions",
    "settings",
    "setup",
    "sign-in",
    "sign-out",
    "sign-up",
    "static",
    "sub-accounts",
    "switch",
    "switcher",
    "tokens",
    "tree",
    "unarchive",
    "unlock",
    "unsubscribe",
    "usage",
    "user",
    "user-management",
    "users",
    "verify",
    "webhooks",
    "welcome",
    "well-known",
];

/// A slug that a person typed: 2 to 48 of `[a-z0-9-]`, no hyphen at its ends, none of [`RESERVED`] nor of the words
/// given beside them. A typed id (`org_01h…`) has an underscore and so is never a slug. Whether it is free is for the
/// database to say.
///
/// # Errors
/// The message beside the field, which is called `label`.
pub fn slug(label: &str, also_reserved: &[&str], raw: &str) -> Result<String, String> {
    let slug = raw.trim_matches(' ');
    let named = super::capital(label);
    if slug.is_empty() {
        return Err(super::missing(label));
    }
    if !slug
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Err(format!(
            "{named} must have only the letters a to z in lower case, digits and hyphens"
        ));
    }
    if slug.starts_with('-') || slug.ends_with('-') {
        return Err(format!("{named} must start and end with a letter or digit"));
    }
    if !(LEAST..=MOST).contains(&slug.len()) {
        return Err(format!("{named} must be {LEAST} to {MOST} characters"));
    }
    if RESERVED.contains(&slug) || also_reserved.contains(&slug) {
        return Err(format!(
            "“{slug}” is a page of this portal. Choose another {label}"
        ));
    }
    Ok(slug.to_owned())
}

/// A slug made from a name. What has no letter of the Latin alphabet becomes the fallback (`organization-1`), and so
/// does what is too short; a reserved word gets a number. Try [`numbered`] until one is free.
pub fn slug_from_name(name: &str, fallback: &str) -> String {
    let mut made = String::new();
    for letter in name
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        match letter {
            'a'..='z' | '0'..='9' => made.push(letter),
            '\'' | '’' => {}
            other => match latin(other) {
                Some(letters) => made.push_str(letters),
                None if made.ends_with('-') || made.is_empty() => {}
                None => made.push('-'),
            },
        }
    }
    let made = cut(&made, MOST);
    if made.len() < LEAST {
        numbered(fallback, 1)
    } else if RESERVED.contains(&made) {
        numbered(made, 1)
    } else {
        made.to_owned()
    }
}

/// The slug with a number behind it, cut so that both fit.
pub fn numbered(slug: &str, number: u32) -> String {
    let number = number.to_string();
    format!("{}-{number}", cut(slug, MOST - 1 - number.len()))
}

/// The beginning of it, without a hyphen at the end.
fn cut(slug: &str, most: usize) -> &str {
    slug.get(..most).unwrap_or(slug).trim_end_matches('-')
}

/// Latin letters that decomposition leaves whole.
const fn latin(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "ng",
        'þ' => "th",
        _ => return None,
    })
}
