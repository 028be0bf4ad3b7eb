//! The installation's own row.

use diesel::prelude::*;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::access::gate::{OpenScope, SettingUp};
use crate::access::role::{Builtin, Role};
use crate::app::App;
use crate::audit::{self, Action, Actor, Event};
use crate::auth::token::{Token, TokenHash};
use crate::db::Conn;
use crate::db::schema::{accounts, installation, users};
use crate::db::types::{AccountId, BrowserId, GrantId, Id, Ts, UserId};
use crate::error::{Error, Result};
use crate::members::{self, Joining, Status};
use crate::sessions::{self, Attempt};
use crate::users::NewPerson;
use crate::web::field::fold;

/// The one row's key.
const ONE: i64 = 1;

/// A setup link works this long; starting again prints a new one.
const LIFE: chrono::Duration = chrono::Duration::hours(24);

/// What a start found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Claimed already: an ordinary start.
    Claimed,
    /// Waiting to be claimed.
    Waiting,
    /// Made with another secret: this process would void every session, link and password.
    OtherSecret,
}

/// Looks at the installation's row, and makes it on an empty database.
pub fn found(app: &App) -> Result<Found> {
    let now = app.now();
    let fingerprint = app.secret().fingerprint().to_vec();
    app.db().write_now(move |conn| {
        let row: Option<(Vec<u8>, Option<Ts>)> = installation::table
            .select((installation::secret_fingerprint, installation::claimed_at))
            .first(conn)
            .optional()?;
        match row {
            Some((known, _)) if known != fingerprint => Ok(Found::OtherSecret),
            Some((_, Some(_))) => Ok(Found::Claimed),
            Some((_, None)) => Ok(Found::Waiting),
            None => {
                diesel::insert_into(installation::table)
                    .values((
                        installation::id.eq(ONE),
                        installation::secret_fingerprint.eq(&fingerprint),
                        installation::created_at.eq(now),
                    ))
                    .execute(conn)?;
                Ok(Found::Waiting)
            }
        }
    })
}

/// A new setup link, which voids the one before; none once the installation is claimed.
pub fn new_link(app: &App) -> Result<Option<String>> {
    let (now, token) = (app.now(), Token::new());
    let hash = token.hash().to_vec();
    let waiting = app.db().write_now(move |conn| {
        let unclaimed = installation::table.filter(installation::claimed_at.is_null());
        Ok(diesel::update(unclaimed)
            .set((
                installation::setup_token_hash.eq(Some(&hash)),
                installation::setup_expires_at.eq(Some(now.plus(LIFE))),
            ))
            .execute(conn)?)
    })?;
    Ok((waiting == 1).then(|| {
        app.config()
            .public_url
            .join(&crate::web::urls::setup(&token.text()))
    }))
}

/// Whether somebody has claimed the installation.
pub fn is_claimed(conn: &mut Conn) -> Result<bool> {
    let row: Option<Option<Ts>> = installation::table
        .select(installation::claimed_at)
        .first(conn)
        .optional()?;
    Ok(row.flatten().is_some())
}

/// Hash of the setup link's token, its last moment, and when the installation was claimed.
type ClaimRow = (Option<Vec<u8>>, Option<Ts>, Option<Ts>);

/// Whether this token is that of the living setup link.
pub fn may_claim(conn: &mut Conn, token: &str, now: Ts) -> Result<bool> {
    let row: Option<ClaimRow> = installation::table
        .select((
            installation::setup_token_hash,
            installation::setup_expires_at,
            installation::claimed_at,
        ))
        .first(conn)
        .optional()?;
    let Some((Some(hash), Some(until), None)) = row else {
        return Ok(false);
    };
    Ok(until > now && bool::from(hash.as_slice().ct_eq(TokenHash::of(token).as_slice())))
}

/// What the setup page asks for, checked; with the ids and hashes made before the transaction.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The setup link's token.
    pub token: String,
    /// Who.
    pub person: NewPerson,
    /// Their password's hash.
    pub hash: String,
    /// Company name.
    pub company: String,
    /// The account's name in URLs.
    pub slug: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The operator's id.
    pub user: UserId,
    /// The first account's id.
    pub account: AccountId,
    /// The grant that makes them its Owner.
    pub grant: GrantId,
    /// The session that follows.
    pub attempt: Attempt,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// This one won: the browser is known from now on.
    Won(BrowserId),
    /// The link does not work (any more).
    Lost,
}

/// Claims the installation: of two at once one wins. Makes the operator, the first account and its Owner.
pub fn claim(
    conn: &mut Conn,
    app: &App,
    scope: &OpenScope<SettingUp>,
    claim: &Claim,
) -> Result<Claimed> {
    let now = scope.now();
    if !may_claim(conn, &claim.token, now)? {
        return Ok(Claimed::Lost);
    }
    let unclaimed = installation::table.filter(installation::claimed_at.is_null());
    let won = diesel::update(unclaimed)
        .set((
            installation::claimed_at.eq(Some(now)),
            installation::setup_token_hash.eq(None::<Vec<u8>>),
            installation::setup_expires_at.eq(None::<Ts>),
        ))
        .execute(conn)?;
    if won != 1 {
        return Ok(Claimed::Lost);
    }
    open_account(
        conn,
        claim.account,
        (&claim.company, &claim.slug, &claim.country),
        now,
    )?;
    insert_operator(conn, claim, now)?;
    own(conn, claim, now)?;
    let event = |chain, action, target| {
        let NewPerson {
            first_name,
            last_name,
            email,
        } = &claim.person;
        Event::new(chain, action, now)
            .by(Actor::Operator(claim.user))
            .on(target)
            .about(first_name, last_name, &email.shown)
            .at_visit(scope.visit())
    };
    let account = claim.account;
    audit::record(
        conn,
        &event(
            audit::INSTALLATION,
            Action::InstallationClaimed,
            audit::Target::user(claim.user),
        ),
    )?;
    let opened = event(
        account,
        Action::AccountCreated,
        audit::Target::account(account),
    );
    audit::record(
        conn,
        &opened.details(json!({ "name": claim.company, "slug": claim.slug })),
    )?;
    let given = event(
        account,
        Action::RoleGranted,
        audit::Target::user(claim.user),
    );
    audit::record(
        conn,
        &given.details(json!({ "role": "owner", "scope": "account", "place": claim.company })),
    )?;
    let device = sessions::begin(conn, app, scope.visit(), (claim.user, &claim.attempt), now)?;
    Ok(Claimed::Won(device))
}

/// Makes an account: Project and Projects are its words until it chooses others (S9).
pub(crate) fn open_account(
    conn: &mut Conn,
    id: AccountId,
    (name, slug, country): (&str, &str, &str),
    now: Ts,
) -> Result<()> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(id),
            accounts::slug.eq(slug),
            accounts::name.eq(name),
            accounts::name_key.eq(fold(name)),
            accounts::country.eq(country),
            accounts::notifications.eq(true),
            accounts::word_singular.eq("Project"),
            accounts::word_plural.eq("Projects"),
            accounts::exclusive.eq(false),
            accounts::plan.eq("active"),
            accounts::version.eq(1_i64),
            accounts::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

fn insert_operator(conn: &mut Conn, claim: &Claim, now: Ts) -> Result<()> {
    let NewPerson {
        first_name,
        last_name,
        email,
    } = &claim.person;
    diesel::insert_into(users::table)
        .values((
            users::id.eq(claim.user),
            users::email.eq(&email.shown),
            users::email_key.eq(&email.key),
            users::first_name.eq(first_name),
            users::last_name.eq(last_name),
            users::password_hash.eq(Some(&claim.hash)),
            users::password_set_at.eq(Some(now)),
            users::home_account_id.eq(Some(claim.account)),
            users::verified_at.eq(Some(now)),
            users::operator.eq(true),
            users::last_sign_in_at.eq(Some(now)),
            users::version.eq(1_i64),
            users::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The first Owner: the one role that nobody gives.
fn own(conn: &mut Conn, claim: &Claim, now: Ts) -> Result<()> {
    let NewPerson {
        first_name,
        last_name,
        email,
    } = &claim.person;
    let joining = Joining {
        account: claim.account,
        user: claim.user,
        first_name,
        last_name,
        email: (&email.shown, &email.key),
        guest: false,
        home: None,
        status: Status::Active,
        invited_by: None,
        submission: None,
        link_expires_at: None,
    };
    members::insert_membership(conn, &joining, now)?;
    members::signed_in(conn, claim.user, now)?;
    let sort_key = members::sort_key(first_name, last_name);
    let row = members::Row {
        id: claim.grant,
        account: claim.account,
        user: claim.user,
        role: &Role::from(Builtin::Owner),
        scope: "account",
        scope_id: Id::from_uuid(claim.account.uuid()),
        group: None,
        organization: None,
        project: None,
        below: false,
        starts_at: None,
        ends_at: None,
        sort_key: &sort_key,
        given_by: None,
    };
    members::insert(conn, &row, now)
}

/// Whether the database answers and its schema is the one that this program knows.
pub fn is_ready(conn: &mut Conn) -> Result<()> {
    match crate::db::migrate::is_current(conn) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Unavailable { retry_after: 5 }),
        Err(why) => Err(Error::internal(why)),
    }
}
