//! The cast: the people and places that every test finds, always the same (habit: a cast, not factories).
//!
//! *Acme* says Reservation for a project and has an empty group, Coast. Its organization North has the project Dock 4
//! and the device Scanner 4, South has Dock 9 and Scanner 9. Olga owns
//! it and runs the platform; Ravi manages its users; one person holds each built-in role at each scope; Dana is
//! invited to Dock 4 and Ines is shut out; Sam works on Dock 9 alone. *Globex*, with Hub and Bay 1, is Gil's: the
//! outsider. Lee is at home there, as a
//! Viewer, and a guest of Acme, where North can be viewed. Pat is at home there and runs the platform, too.
//!
//! Ravi has asked for the role Admin for Dana on Dock 4, and Anna has approved it: an operator has to confirm. Sam has
//! asked for it on Dock 9, and Gil for Lee in Globex: both wait.

use diesel::prelude::*;
use std::sync::OnceLock;
use tenantry::auth::secret::Secret;
use tenantry::auth::token::TokenHash;
use tenantry::config::Database;
use tenantry::db::connect::{self, Use};
use tenantry::db::schema::{
    accounts, custom_roles, device_imports, devices, grants, group_organizations, groups,
    installation, links, memberships, organizations, people_imports, projects, request_decisions,
    requests, users,
};
use tenantry::db::types::{
    AccountId, DecisionId, DeviceId, GrantId, GroupId, Id, ImportId, Kind, LinkId, OrganizationId,
    ProjectId, RequestId, RoleId, Ts, UserId,
};
use tenantry::db::{Conn, write_in};
use tenantry::members::{Joining, Status, counts, insert_membership, people, sort_key};
use tenantry::web::field::fold;
use uuid::Uuid;

/// The password of everybody who has one.
pub const PASSWORD: &str = "seven wet paper boats";
/// The token in the welcome mail that Dana has got.
pub const DANA_TOKEN: &str = "danadanadanadanadanadanadanadanadanadanadan";
/// The installation's secret.
pub const SECRET: [u8; 32] = *b"a secret that only the tests use";

/// When every test begins: a Monday morning.
pub fn morning() -> Ts {
    Ts::new("2026-03-02T09:00:00Z".parse().unwrap())
}

/// The built-in roles that can be held anywhere, and who holds them.
pub const ROLES: [(&str, &str); 8] = [
    ("auditor", "Aude"),
    ("admin", "Anna"),
    ("manager", "Mia"),
    ("viewer", "Vera"),
    ("billing", "Bill"),
    ("operations", "Otto"),
    ("reporting", "Rita"),
    ("user_management", "Uma"),
];

/// Where in Acme somebody can hold a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Acme itself.
    Account,
    /// Its organization North, without what lies below.
    North,
    /// Its organization South.
    South,
    /// North's project.
    Dock4,
    /// South's project.
    Dock9,
}

impl At {
    /// As names and addresses of the cast say it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Account => "acme",
            Self::North => "north",
            Self::South => "south",
            Self::Dock4 => "dock4",
            Self::Dock9 => "dock9",
        }
    }
}

/// The address of whoever holds a role at a place; see [`ROLES`]. `mia.manager.north@acme.example`.
pub fn holder(role: &str, at: At) -> String {
    let (_, first) = ROLES.iter().find(|(key, _)| *key == role).unwrap();
    let first = first.to_lowercase();
    let role = role.replace('_', "-");
    format!("{first}.{role}.{}@acme.example", at.word())
}

/// An id that is the same in every run: made of what it names.
fn id<K: Kind>(name: &str) -> Id<K> {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(format!("{}/{name}", K::PREFIX));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    Id::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The id of the account with this slug.
pub fn account(slug: &str) -> AccountId {
    id(slug)
}

/// The id of the organization with this slug.
pub fn organization(slug: &str) -> OrganizationId {
    id(slug)
}

/// The id of the group with this name.
pub fn group(name: &str) -> GroupId {
    id(name)
}

/// The id of the account's own role with this name.
pub fn role(name: &str) -> RoleId {
    id(name)
}

/// The id of the project with this slug.
pub fn project(slug: &str) -> ProjectId {
    id(slug)
}

/// The id of the device with this identifier.
pub fn device(identifier: &str) -> DeviceId {
    id(identifier)
}

/// The id of the record of the file with which that device came.
pub fn import(identifier: &str) -> ImportId {
    id(identifier)
}

/// The id of the person with this address.
pub fn user(email: &str) -> UserId {
    id(email)
}

/// The id of the grant of a role to a person at a scope.
pub fn grant_id(email: &str, role: &str, scope: Uuid) -> GrantId {
    id(&format!("{email} {role} {scope}"))
}

/// The link that Dana was mailed.
pub fn dana_link() -> LinkId {
    id("dana")
}

/// Opens a database outside of the portal.
pub fn open(url: &str) -> Conn {
    connect::open(&database(url), Use::Write).unwrap()
}

/// What the product calls the database at this URL.
pub fn database(url: &str) -> Database {
    match url.strip_prefix("sqlite:") {
        Some(file) => Database::Sqlite(file.into()),
        None => Database::Postgres(url.to_owned()),
    }
}

/// The schema alone: an installation that nobody has started yet.
pub fn nobody(url: &str) {
    tenantry::db::migrate::run(&database(url)).unwrap();
}

/// The schema and the whole cast.
pub fn everybody(url: &str) {
    nobody(url);
    let mut conn = open(url);
    write_in(&mut conn, |conn| {
        installation(conn);
        places(conn);
        people(conn);
        imports(conn);
        Ok(())
    })
    .unwrap();
}

/// The secret as the product reads it, from a folder that is gone again.
fn secret() -> Secret {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.key");
    std::fs::write(&file, SECRET).unwrap();
    Secret::open(&file).unwrap()
}

/// The hash of [`PASSWORD`], worked out once.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let hash = || {
            let wait = std::time::Duration::from_secs(60);
            let pepper = secret().key("password pepper");
            let hasher = tenantry::auth::password::Hasher::start(pepper, 4, 1, wait).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(hasher.hash(PASSWORD.into())).unwrap()
        };
        // A thread of its own: a test's runtime may be running on this one.
        std::thread::spawn(hash).join().unwrap()
    })
}

fn installation(conn: &mut Conn) {
    diesel::insert_into(installation::table)
        .values((
            installation::id.eq(1_i64),
            installation::secret_fingerprint.eq(secret().fingerprint().to_vec()),
            installation::claimed_at.eq(Some(long_ago())),
            installation::created_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
}

/// When the cast came together.
fn long_ago() -> Ts {
    morning().plus(chrono::Duration::days(-90))
}

fn places(conn: &mut Conn) {
    insert_account(conn, "acme", "Acme", ("Reservation", "Reservations"));
    insert_organization(conn, "acme", "north", "North");
    insert_project(conn, ("acme", "north"), "dock-4", "Dock 4");
    insert_organization(conn, "acme", "south", "South");
    insert_project(conn, ("acme", "south"), "dock-9", "Dock 9");
    insert_device(conn, ("acme", "north"), "scanner-4", "Scanner 4");
    insert_device(conn, ("acme", "south"), "scanner-9", "Scanner 9");
    insert_account(conn, "globex", "Globex", ("Project", "Projects"));
    insert_organization(conn, "globex", "hub", "Hub");
    insert_project(conn, ("globex", "hub"), "bay-1", "Bay 1");
    insert_device(conn, ("globex", "hub"), "reader-1", "Reader 1");
    insert_group(conn, "acme", "Coast");
    insert_group(conn, "globex", "Hills");
    let night = "users.view devices.view devices.manage orders.write";
    insert_role(conn, "acme", "Night shift", night);
    insert_role(conn, "globex", "Day shift", "users.view");
}

/// Adds an account, with its words for a project.
pub fn insert_account(conn: &mut Conn, slug: &str, name: &str, word: (&str, &str)) {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(account(slug)),
            accounts::slug.eq(slug),
            accounts::name.eq(name),
            accounts::name_key.eq(fold(name)),
            accounts::country.eq("DE"),
            accounts::notifications.eq(true),
            accounts::word_singular.eq(word.0),
            accounts::word_plural.eq(word.1),
            accounts::exclusive.eq(false),
            accounts::plan.eq("active"),
            accounts::version.eq(1_i64),
            accounts::created_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
}

/// Adds an organization to an account.
pub fn insert_organization(conn: &mut Conn, within: &str, slug: &str, name: &str) {
    diesel::insert_into(organizations::table)
        .values((
            organizations::id.eq(organization(slug)),
            organizations::account_id.eq(account(within)),
            organizations::slug.eq(slug),
            organizations::name.eq(name),
            organizations::name_key.eq(fold(name)),
            organizations::description.eq(""),
            organizations::status.eq("active"),
            organizations::version.eq(1_i64),
            organizations::created_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
}

/// Puts an organization of the cast, with what lies below it, under another.
pub fn put_below(conn: &mut Conn, slug: &str, parent: &str) {
    let (id, parent) = (organization(slug), organization(parent));
    let from: Option<OrganizationId> = organizations::table
        .filter(organizations::id.eq(id))
        .select(organizations::parent_id)
        .first(conn)
        .unwrap();
    diesel::update(organizations::table.filter(organizations::id.eq(id)))
        .set(organizations::parent_id.eq(Some(parent)))
        .execute(conn)
        .unwrap();
    people::moved(conn, id, from).unwrap();
}

/// Adds a role to an account, with these permissions; its id is made of its name.
pub fn insert_role(conn: &mut Conn, within: &str, name: &str, permissions: &str) -> RoleId {
    diesel::insert_into(custom_roles::table)
        .values((
            custom_roles::id.eq(role(name)),
            custom_roles::account_id.eq(account(within)),
            custom_roles::name.eq(name),
            custom_roles::name_key.eq(fold(name)),
            custom_roles::description.eq("Looks after the dock when nobody else does."),
            custom_roles::permissions.eq(permissions),
            custom_roles::version.eq(1_i64),
            custom_roles::created_at.eq(long_ago()),
            custom_roles::changed_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
    role(name)
}

/// Adds a group to an account; its id is made of its name.
pub fn insert_group(conn: &mut Conn, within: &str, name: &str) -> GroupId {
    diesel::insert_into(groups::table)
        .values((
            groups::id.eq(group(name)),
            groups::account_id.eq(account(within)),
            groups::name.eq(name),
            groups::name_key.eq(fold(name)),
            groups::description.eq(""),
            groups::created_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
    group(name)
}

/// Puts an organization of Acme into a group.
pub fn tick(conn: &mut Conn, group: GroupId, organization: OrganizationId) {
    diesel::insert_into(group_organizations::table)
        .values((
            group_organizations::account_id.eq(account("acme")),
            group_organizations::group_id.eq(group),
            group_organizations::organization_id.eq(organization),
        ))
        .execute(conn)
        .unwrap();
    people::grouped(conn, group, organization).unwrap();
}

/// Adds a project to an organization.
pub fn insert_project(conn: &mut Conn, within: (&str, &str), slug: &str, name: &str) {
    diesel::insert_into(projects::table)
        .values((
            projects::id.eq(project(slug)),
            projects::account_id.eq(account(within.0)),
            projects::organization_id.eq(organization(within.1)),
            projects::slug.eq(slug),
            projects::name.eq(name),
            projects::name_key.eq(fold(name)),
            projects::status.eq("active"),
            projects::version.eq(1_i64),
            projects::created_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
}

/// Adds a device to an organization.
pub fn insert_device(conn: &mut Conn, within: (&str, &str), identifier: &str, name: &str) {
    diesel::insert_into(devices::table)
        .values((
            devices::id.eq(device(identifier)),
            devices::account_id.eq(account(within.0)),
            devices::organization_id.eq(organization(within.1)),
            devices::identifier.eq(identifier),
            devices::identifier_key.eq(fold(identifier)),
            devices::name.eq(name),
            devices::name_key.eq(fold(name)),
            devices::model.eq("TC52"),
            devices::model_key.eq("tc52"),
            devices::status.eq("active"),
            devices::last_seen_at.eq(long_ago()),
            devices::metadata.eq("shelf: 4"),
            devices::version.eq(1_i64),
            devices::created_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
}

/// Keeps a record of the file with which a device came.
fn insert_import(conn: &mut Conn, within: (&str, &str), identifier: &str, by: &str) {
    diesel::insert_into(device_imports::table)
        .values((
            device_imports::id.eq(import(identifier)),
            device_imports::account_id.eq(account(within.0)),
            device_imports::organization_id.eq(organization(within.1)),
            device_imports::imported_by.eq(user(by)),
            device_imports::outcomes.eq("[]"),
            device_imports::created_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
}

/// An import of people that was finished long ago, by the id of that record of devices.
fn insert_people_import(conn: &mut Conn, within: &str, identifier: &str, by: &str) {
    diesel::insert_into(people_imports::table)
        .values((
            people_imports::id.eq(import(identifier)),
            people_imports::account_id.eq(account(within)),
            people_imports::imported_by.eq(user(by)),
            people_imports::asked_in.eq(id::<tenantry::db::types::kind::Event>(identifier)),
            people_imports::digest.eq(vec![0_u8; 32]),
            people_imports::mailed.eq(true),
            people_imports::row_count.eq(0_i64),
            people_imports::state.eq("done"),
            people_imports::created_at.eq(morning()),
            people_imports::finished_at.eq(Some(morning())),
        ))
        .execute(conn)
        .unwrap();
}

fn imports(conn: &mut Conn) {
    insert_people_import(conn, "acme", "scanner-4", "olga@acme.example");
    insert_people_import(conn, "acme", "scanner-9", "olga@acme.example");
    insert_people_import(conn, "globex", "reader-1", "gil@globex.example");
    insert_import(conn, ("acme", "north"), "scanner-4", "olga@acme.example");
    insert_import(conn, ("acme", "south"), "scanner-9", "olga@acme.example");
    insert_import(conn, ("globex", "hub"), "reader-1", "gil@globex.example");
}

fn people(conn: &mut Conn) {
    let olga = Person::of("acme", "olga@acme.example", "Olga", "Owner");
    Person {
        operator: true,
        ..olga
    }
    .insert(conn);
    give(conn, "olga@acme.example", "owner", At::Account);
    Person::of("acme", "ravi@acme.example", "Ravi", "Users").insert(conn);
    give(conn, "ravi@acme.example", "user_management", At::Account);
    for at in [At::Account, At::North, At::Dock4] {
        for (role, first) in ROLES {
            let (email, last) = (holder(role, at), format!("{role} at {}", at.word()));
            Person::of("acme", &email, first, &last).insert(conn);
            give(conn, &email, role, at);
        }
    }
    Person::of("acme", "sam@acme.example", "Sam", "South").insert(conn);
    give(conn, "sam@acme.example", "viewer", At::Dock9);
    let ines = Person::of("acme", "ines@acme.example", "Ines", "Inactive");
    Person {
        status: Status::Deactivated,
        ..ines
    }
    .insert(conn);
    give(conn, "ines@acme.example", "admin", At::Account);
    dana(conn);

    Person::of("globex", "gil@globex.example", "Gil", "Globex").insert(conn);
    give_at_globex(conn, "gil@globex.example", "owner");
    let pat = Person::of("globex", "pat@globex.example", "Pat", "Platform");
    Person {
        operator: true,
        ..pat
    }
    .insert(conn);
    Person::of("globex", "lee@globex.example", "Lee", "Guest").insert(conn);
    belong(
        conn,
        "acme",
        ("lee@globex.example", "Lee", "Guest"),
        true,
        Status::Active,
    );
    give(conn, "lee@globex.example", "viewer", At::North);
    give_at_globex(conn, "lee@globex.example", "viewer");
    asked(conn);
}

/// The id of the request for this person.
pub fn request(email: &str) -> RequestId {
    id(email)
}

/// The requests of the cast, all made yesterday.
fn asked(conn: &mut Conn) {
    let (ravi, dana) = ("ravi@acme.example", "dana@acme.example");
    let (sam, gil, lee) = (
        "sam@acme.example",
        "gil@globex.example",
        "lee@globex.example",
    );
    let anna = holder("admin", At::Account);
    let whole = ("account", account("globex").uuid(), None, None);
    ask(
        conn,
        "acme",
        (ravi, dana),
        dock("north", "dock-4"),
        Some(&anna),
    );
    ask(conn, "acme", (sam, sam), dock("south", "dock-9"), None);
    ask(conn, "globex", (gil, lee), whole, None);
}

fn ask(
    conn: &mut Conn,
    within: &str,
    (requester, person): (&str, &str),
    (level, scope, of, on): Scope,
    approved_by: Option<&str>,
) {
    let yesterday = morning().plus(chrono::Duration::hours(-24));
    let days = |days| yesterday.plus(chrono::Duration::days(days));
    let id = request(person);
    diesel::insert_into(requests::table)
        .values((
            (
                requests::id.eq(id),
                requests::account_id.eq(account(within)),
                requests::requester_id.eq(user(requester)),
                requests::user_id.eq(user(person)),
                requests::role.eq("admin"),
                requests::scope.eq(level),
                requests::scope_id.eq(GrantId::from_uuid(scope)),
                requests::organization_id.eq(of),
                requests::project_id.eq(on),
                requests::place.eq("Somewhere"),
            ),
            requests::person_key.eq(memberships::table
                .filter(memberships::account_id.eq(account(within)))
                .filter(memberships::user_id.eq(user(person)))
                .select(memberships::sort_key)
                .single_value()
                .assume_not_null()),
            requests::reason.eq("The night shift needs somebody who may decide."),
            requests::policy.eq("operator"),
            requests::state.eq(approved_by.map_or("waiting", |_| "approved")),
            requests::created_at.eq(yesterday),
            requests::expires_at.eq(days(14)),
            requests::reminders.eq(0_i64),
            requests::due_at.eq(Some(days(3))),
            requests::decided_at.eq(approved_by.map(|_| yesterday)),
            requests::decided_by.eq(approved_by.map(user)),
        ))
        .execute(conn)
        .unwrap();
    let Some(approver) = approved_by else {
        return;
    };
    diesel::insert_into(request_decisions::table)
        .values((
            request_decisions::id.eq(DecisionId::from_uuid(id.uuid())),
            request_decisions::account_id.eq(account(within)),
            request_decisions::request_id.eq(id),
            request_decisions::decider_id.eq(user(approver)),
            request_decisions::part.eq("account"),
            request_decisions::verdict.eq("approved"),
            request_decisions::words.eq("She has done it before."),
            request_decisions::method.eq("session"),
            request_decisions::proven_at.eq(yesterday),
            request_decisions::at.eq(yesterday),
        ))
        .execute(conn)
        .unwrap();
}

/// Somebody to add.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// The slug of the account that is their home.
    pub home: &'a str,
    /// Their address.
    pub email: &'a str,
    /// First name.
    pub first: &'a str,
    /// Last name.
    pub last: &'a str,
    /// How they stand in it.
    pub status: Status,
    /// Do they run the platform?
    pub operator: bool,
}

impl<'a> Person<'a> {
    /// Somebody who has come in long ago.
    pub const fn of(home: &'a str, email: &'a str, first: &'a str, last: &'a str) -> Self {
        let (status, operator) = (Status::Active, false);
        Self {
            home,
            email,
            first,
            last,
            status,
            operator,
        }
    }

    /// Adds them: user and membership, no role. Whoever is invited has neither home nor password yet.
    pub fn insert(self, conn: &mut Conn) {
        let proven = self.status != Status::Invited;
        diesel::insert_into(users::table)
            .values((
                users::id.eq(user(self.email)),
                users::email.eq(self.email),
                users::email_key.eq(self.email),
                users::first_name.eq(self.first),
                users::last_name.eq(self.last),
                users::password_hash.eq(proven.then(password_hash)),
                users::password_set_at.eq(proven.then(long_ago)),
                users::home_account_id.eq(proven.then(|| account(self.home))),
                users::verified_at.eq(proven.then(long_ago)),
                users::operator.eq(self.operator),
                users::version.eq(1_i64),
                users::created_at.eq(long_ago()),
            ))
            .execute(conn)
            .unwrap();
        let name = (self.email, self.first, self.last);
        belong(conn, self.home, name, false, self.status);
    }
}

/// Makes a person belong to an account.
pub fn belong(
    conn: &mut Conn,
    within: &str,
    (email, first_name, last_name): (&str, &str, &str),
    guest: bool,
    status: Status,
) {
    let joining = Joining {
        account: account(within),
        user: user(email),
        first_name,
        last_name,
        email: (email, email),
        guest,
        home: None,
        status,
        invited_by: None,
        submission: None,
        link_expires_at: None,
    };
    insert_membership(conn, &joining, long_ago()).unwrap();
    if status == Status::Deactivated {
        diesel::update(memberships::table)
            .filter(memberships::account_id.eq(account(within)))
            .filter(memberships::user_id.eq(user(email)))
            .set((
                memberships::joined_at.eq(Some(long_ago())),
                memberships::deactivated_at.eq(Some(long_ago())),
            ))
            .execute(conn)
            .unwrap();
    }
}

/// Gives a person a role at a place of Acme.
pub fn give(conn: &mut Conn, email: &str, role: &str, at: At) {
    give_between(conn, email, role, at, (None, None));
}

/// The same, from and until a moment.
pub fn give_between(
    conn: &mut Conn,
    email: &str,
    role: &str,
    at: At,
    (starts_at, ends_at): (Option<Ts>, Option<Ts>),
) {
    let (level, scope, of, on) = match at {
        At::Account => ("account", account("acme").uuid(), None, None),
        At::North | At::South => {
            let id = organization(at.word());
            ("organization", id.uuid(), Some(id), None)
        }
        At::Dock4 => dock("north", "dock-4"),
        At::Dock9 => dock("south", "dock-9"),
    };
    let grant = (level, scope, of, on);
    insert_grant(conn, ("acme", email, role), grant, (starts_at, ends_at));
}

/// Kind and id of a scope, and the columns that name it.
type Scope = (
    &'static str,
    Uuid,
    Option<OrganizationId>,
    Option<ProjectId>,
);

fn dock(within: &str, slug: &str) -> Scope {
    let id = project(slug);
    ("project", id.uuid(), Some(organization(within)), Some(id))
}

/// Gives a person a role on any project of Acme's North.
pub fn give_on_project(conn: &mut Conn, email: &str, role: &str, slug: &str) {
    insert_grant(
        conn,
        ("acme", email, role),
        dock("north", slug),
        (None, None),
    );
}

/// Gives a person a role on any organization of Acme, perhaps with everything below it.
pub fn give_on(conn: &mut Conn, email: &str, role: &str, at: OrganizationId, below: bool) {
    let scope = ("organization", at.uuid(), Some(at), None);
    insert_grant(conn, ("acme", email, role), scope, (None, None));
    diesel::update(grants::table.filter(grants::id.eq(grant_id(email, role, at.uuid()))))
        .set(grants::below.eq(below))
        .execute(conn)
        .unwrap();
}

/// Gives a person a role on a group of Acme.
pub fn give_on_group(conn: &mut Conn, email: &str, role: &str, group: GroupId) {
    let scope = ("group", group.uuid(), None, None);
    insert_grant(conn, ("acme", email, role), scope, (None, None));
}

fn give_at_globex(conn: &mut Conn, email: &str, role: &str) {
    give_at(conn, "globex", email, role);
}

/// Gives a person a role on a whole account.
pub fn give_at(conn: &mut Conn, within: &str, email: &str, role: &str) {
    let scope = ("account", account(within).uuid(), None, None);
    insert_grant(conn, (within, email, role), scope, (None, None));
}

fn insert_grant(
    conn: &mut Conn,
    (within, email, role): (&str, &str, &str),
    (level, scope, of, on): Scope,
    (starts_at, ends_at): (Option<Ts>, Option<Ts>),
) {
    let (first, last): (String, String) = users::table
        .filter(users::id.eq(user(email)))
        .select((users::first_name, users::last_name))
        .first(conn)
        .unwrap();
    diesel::insert_into(grants::table)
        .values((
            grants::id.eq(grant_id(email, role, scope)),
            grants::account_id.eq(account(within)),
            grants::user_id.eq(user(email)),
            grants::role.eq(role),
            grants::custom_role_id.eq(role.parse::<RoleId>().ok()),
            grants::scope.eq(level),
            grants::scope_id.eq(GrantId::from_uuid(scope)),
            grants::group_id.eq((level == "group").then(|| GroupId::from_uuid(scope))),
            grants::organization_id.eq(of),
            grants::project_id.eq(on),
            grants::below.eq(false),
            grants::starts_at.eq(starts_at),
            grants::ends_at.eq(ends_at),
            grants::sort_key.eq(sort_key(&first, &last)),
            grants::given_at.eq(long_ago()),
        ))
        .execute(conn)
        .unwrap();
    if let Some(project) = on {
        counts::came(conn, project, user(email)).unwrap();
    }
    if let Some(organization) = of {
        people::keep(conn, organization, user(email), &sort_key(&first, &last)).unwrap();
    }
}

/// Invited yesterday by Ravi, to look after Dock 4; the mail has arrived, nothing has been done with it.
fn dana(conn: &mut Conn) {
    let email = "dana@acme.example";
    let yesterday = morning().plus(chrono::Duration::hours(-24));
    let expires_at = yesterday.plus(chrono::Duration::hours(48));
    let dana = Person::of("acme", email, "Dana", "Invited");
    Person {
        status: Status::Invited,
        ..dana
    }
    .insert(conn);
    diesel::update(memberships::table)
        .filter(memberships::user_id.eq(user(email)))
        .set((
            memberships::invited_by.eq(Some(user("ravi@acme.example"))),
            memberships::link_expires_at.eq(Some(expires_at)),
        ))
        .execute(conn)
        .unwrap();
    give(conn, email, "viewer", At::Dock4);
    diesel::insert_into(links::table)
        .values((
            links::id.eq(dana_link()),
            links::purpose.eq("welcome"),
            links::user_id.eq(user(email)),
            links::account_id.eq(Some(account("acme"))),
            links::email.eq(email),
            links::token_hash.eq(TokenHash::of(DANA_TOKEN).to_vec()),
            links::created_at.eq(yesterday),
            links::expires_at.eq(expires_at),
            links::sent_by.eq(Some(user("ravi@acme.example"))),
            links::managed_at.eq(yesterday),
            links::sends.eq(1_i64),
        ))
        .execute(conn)
        .unwrap();
}
