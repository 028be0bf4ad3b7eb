//! The one table of settings. It drives reading, the refusal of unknown names, `check-config` and the README.

use super::settings::Usual::{Derived, Fixed};
use super::settings::{DAY, HOUR, MINUTE, Setting, length, number, text};

pub(super) static LISTEN: Setting = text(
    "TENANTRY_LISTEN",
    Fixed("127.0.0.1:8080"),
    "Address and port to listen on",
);
pub(super) static PUBLIC_URL: Setting = text(
    "TENANTRY_PUBLIC_URL",
    Derived("`http://localhost:` and the port"),
    "Address that people type; links, cookies and the check of origins come from it. Plain `http` only on this machine",
);
pub(super) static DATA_DIR: Setting = text(
    "TENANTRY_DATA_DIR",
    Fixed("./data"),
    "Data folder: SQLite file, secret, `mail/`, and `tenantry.toml` (hence never set there)",
)
.environment_only();
pub(super) static DATABASE_URL: Setting = text(
    "DATABASE_URL",
    Derived("`sqlite:` in the data folder"),
    "Database: `postgres://user:password@host/name` or `sqlite:path`",
)
.secret();
pub(super) static SMTP_URL: Setting = text(
    "SMTP_URL",
    Derived("none: each mail is an `.eml` file in `mail/` of the data folder"),
    "Mail server: `smtp://user:password@host:port` (with `?tls=required` or `?tls=opportunistic`) or `smtps://…`",
)
.secret();
pub(super) static MAIL_FROM: Setting = text(
    "TENANTRY_MAIL_FROM",
    Fixed("Tenantry <no-reply@localhost>"),
    "Sender of every mail",
);
pub(super) static SECRET_FILE: Setting = text(
    "TENANTRY_SECRET_FILE",
    Derived("`secret.key` in the data folder"),
    "The installation's secret: made at first start, shared by all instances on one database",
);
pub(super) static CATALOGUE: Setting = text(
    "TENANTRY_CATALOGUE",
    Derived("the catalogue that is compiled in"),
    "Catalogue of product permissions, a file in the form of `catalogue.toml`",
);
pub(super) static GEOIP_FILE: Setting = text(
    "TENANTRY_GEOIP_FILE",
    Derived("none: sessions are shown without a place"),
    "From about where somebody signed in: a file in the MaxMind DB format (`.mmdb`), of towns or of countries",
);
pub(super) static TRUSTED_PROXIES: Setting = text(
    "TENANTRY_TRUSTED_PROXIES",
    Derived("none"),
    "Addresses of proxies whose `X-Forwarded-For` is believed, with commas between",
);
pub(super) static WORKERS: Setting = number(
    "TENANTRY_WORKERS",
    Derived("one per core"),
    (1, 256),
    "Threads that answer requests",
);
pub(super) static PORTAL_NAME: Setting = text(
    "TENANTRY_PORTAL_NAME",
    Fixed("Tenantry"),
    "Name of the portal on pages and in mails",
);
pub(super) static SUPPORT: Setting = text(
    "TENANTRY_SUPPORT",
    Derived("none"),
    "Whom to turn to when nothing else helps: an address or a sentence, shown on pages of last resort",
);
pub(super) static ADMIN_GRANTS: Setting = text(
    "TENANTRY_ADMIN_GRANTS",
    Fixed("operator"),
    "Who has to approve a request for the role Admin: `operator` (an Admin or Owner of the account, then an operator), `two-person` (two of them) or `existing-admin` (one)",
);
pub(super) static SIGN_UP: Setting = text(
    "TENANTRY_SIGN_UP",
    Fixed("off"),
    "Whether companies can make accounts of their own at `/sign-up`: `on` or `off`",
);
pub(super) static LOG: Setting = text(
    "TENANTRY_LOG",
    Fixed("info"),
    "What is logged, such as `info` or `warn,tenantry=debug`",
);

pub(super) static PASSWORD_MIN_LENGTH: Setting = number(
    "TENANTRY_PASSWORD_MIN_LENGTH",
    Fixed("12"),
    (8, 64),
    "Shortest password, in characters",
);
pub(super) static BCRYPT_COST: Setting = number(
    "TENANTRY_BCRYPT_COST",
    Fixed("12"),
    (10, 16),
    "Work per password; one more doubles it. Older hashes are renewed at sign-in",
);
pub(super) static HASH_THREADS: Setting = number(
    "TENANTRY_HASH_THREADS",
    Derived("one per core"),
    (1, 256),
    "Passwords hashed at the same time",
);
pub(super) static HASH_WAIT: Setting = length(
    "TENANTRY_HASH_WAIT",
    "2s",
    (1, 10),
    "Longest wait for hashing; whoever would wait longer is asked to try again",
);
pub(super) static LOCK_AFTER: Setting = number(
    "TENANTRY_LOCK_AFTER",
    Fixed("10"),
    (3, 100),
    "Wrong passwords in a row that lock sign-in",
);
pub(super) static LOCK_LENGTH: Setting = length(
    "TENANTRY_LOCK_LENGTH",
    "15m",
    (MINUTE, DAY),
    "How long a lock lasts",
);
pub(super) static ADDRESS_FAILURES: Setting = number(
    "TENANTRY_ADDRESS_FAILURES",
    Fixed("60"),
    (10, 100_000),
    "Failed sign-ins that one client address may make in the time below",
);
pub(super) static ADDRESS_WINDOW: Setting = length(
    "TENANTRY_ADDRESS_WINDOW",
    "10m",
    (MINUTE, DAY),
    "The time in which failures of a client address are counted",
);
pub(super) static WELCOME_LINK: Setting = length(
    "TENANTRY_WELCOME_LINK",
    "48h",
    (HOUR, 72 * HOUR),
    "How long a welcome link is valid",
);
pub(super) static RESET_LINK: Setting = length(
    "TENANTRY_RESET_LINK",
    "1h",
    (5 * MINUTE, HOUR),
    "How long a link to a new password is valid",
);
pub(super) static UNLOCK_LINK: Setting = length(
    "TENANTRY_UNLOCK_LINK",
    "1h",
    (5 * MINUTE, DAY),
    "How long a link that ends a lock is valid",
);
pub(super) static SESSION_IDLE: Setting = length(
    "TENANTRY_SESSION_IDLE",
    "8h",
    (5 * MINUTE, DAY),
    "A session unused for so long ends",
);
pub(super) static SESSION_LENGTH: Setting = length(
    "TENANTRY_SESSION_LENGTH",
    "24h",
    (5 * MINUTE, 30 * DAY),
    "A session ends after so long, used or not",
);
pub(super) static SESSIONS_PER_USER: Setting = number(
    "TENANTRY_SESSIONS_PER_USER",
    Fixed("20"),
    (1, 1000),
    "Sessions of one person at a time; one more ends the oldest",
);
pub(super) static PROOF_AGE: Setting = length(
    "TENANTRY_PROOF_AGE",
    "10m",
    (MINUTE, 30 * MINUTE),
    "A dangerous act asks for the password again when it was last entered longer ago",
);
pub(super) static MAILS_PER_ADDRESS: Setting = number(
    "TENANTRY_MAILS_PER_ADDRESS",
    Fixed("3"),
    (1, 1000),
    "Mails that strangers can cause to one address in an hour, new links to an invitation aside",
);
pub(super) static MAILS_PER_CLIENT: Setting = number(
    "TENANTRY_MAILS_PER_CLIENT",
    Fixed("10"),
    (1, 100_000),
    "Mails that one client address can cause in an hour without signing in",
);
pub(super) static FORM_KIB: Setting = number(
    "TENANTRY_FORM_KIB",
    Fixed("256"),
    (16, 4096),
    "Largest form, in KiB",
);
pub(super) static IMPORT_KIB: Setting = number(
    "TENANTRY_IMPORT_KIB",
    Fixed("1024"),
    (16, 16_384),
    "Largest CSV file that is imported, in KiB",
);
pub(super) static IMPORT_ROWS: Setting = number(
    "TENANTRY_IMPORT_ROWS",
    Fixed("1000"),
    (10, 20_000),
    "Most rows of a CSV file that is imported",
);
pub(super) static REQUEST_TIMEOUT: Setting = length(
    "TENANTRY_REQUEST_TIMEOUT",
    "5s",
    (1, MINUTE),
    "A request whose head takes longer to arrive is cut off",
);
pub(super) static KEEP_ALIVE: Setting = length(
    "TENANTRY_KEEP_ALIVE",
    "15s",
    (1, 10 * MINUTE),
    "How long a connection is kept open for the next request",
);

/// Every setting, in the order in which they are shown.
pub static SETTINGS: [&Setting; 38] = [
    &LISTEN,
    &PUBLIC_URL,
    &DATA_DIR,
    &DATABASE_URL,
    &SMTP_URL,
    &MAIL_FROM,
    &SECRET_FILE,
    &CATALOGUE,
    &GEOIP_FILE,
    &TRUSTED_PROXIES,
    &WORKERS,
    &PORTAL_NAME,
    &SUPPORT,
    &ADMIN_GRANTS,
    &SIGN_UP,
    &LOG,
    &PASSWORD_MIN_LENGTH,
    &BCRYPT_COST,
    &HASH_THREADS,
    &HASH_WAIT,
    &LOCK_AFTER,
    &LOCK_LENGTH,
    &ADDRESS_FAILURES,
    &ADDRESS_WINDOW,
    &WELCOME_LINK,
    &RESET_LINK,
    &UNLOCK_LINK,
    &SESSION_IDLE,
    &SESSION_LENGTH,
    &SESSIONS_PER_USER,
    &PROOF_AGE,
    &MAILS_PER_ADDRESS,
    &MAILS_PER_CLIENT,
    &FORM_KIB,
    &IMPORT_KIB,
    &IMPORT_ROWS,
    &REQUEST_TIMEOUT,
    &KEEP_ALIVE,
];
