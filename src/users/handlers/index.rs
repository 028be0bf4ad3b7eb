//! User Management: who is in the account, as far as one may see; the page, and the same as CSV.

use actix_web::HttpResponse;

use super::bulk_pages::bar;
use super::mail_works;
use super::reading::{Reading, bounded, read};
use super::rows::record;
use super::section;
use crate::access::gate::{Gate, Somewhere};
use crate::access::permission::UsersView;
use crate::access::place::{Account, Whole};
use crate::access::role::RoleTable;
use crate::access::scope::Scope;
use crate::app::App;
use crate::db::Conn;
use crate::db::types::{ProjectId, UserId};
use crate::error::Result;
use crate::members::{self, Briefs};
use crate::users::counting::{self, Counts, at_least, shown};
use crate::users::pages::{UserManagementPage, View};
use crate::users::{self, EXPIRED, LIST, Reach, Which, showing};
use crate::web::form::Query;
use crate::web::list::csv::{self, Field, Style};
use crate::web::list::{self, Face, Found};
use crate::web::{html, urls};

/// Inactive Users below the active ones.
const INACTIVE: usize = 5;

/// Heads of the columns, with the sorts that they offer.
const fn columns(which: Which) -> &'static [(&'static str, &'static str)] {
    match which {
        Which::Inactive => &[
            ("Name", "name"),
            ("Email address", "email"),
            ("Deactivated", "deactivated"),
            ("By", ""),
            ("Reason", ""),
            ("Actions", ""),
        ],
        Which::Invited => &[
            ("Name", "name"),
            ("Email address", "email"),
            ("Roles", ""),
            ("Organizations", ""),
            ("Source", ""),
            ("Status", "ends"),
            ("Last signed in", ""),
            ("Joined", ""),
            ("Actions", ""),
        ],
        Which::Locked => &[
            ("Name", "name"),
            ("Email address", "email"),
            ("Roles", ""),
            ("Organizations", ""),
            ("Source", ""),
            ("Status", "unlocks"),
            ("Last signed in", "seen"),
            ("Joined", "joined"),
            ("Actions", ""),
        ],
        _ => &[
            ("Name", "name"),
            ("Email address", "email"),
            ("Roles", ""),
            ("Organizations", ""),
            ("Source", ""),
            ("Status", ""),
            ("Last signed in", "seen"),
            ("Joined", "joined"),
            ("Actions", ""),
        ],
    }
}

type Reader = Scope<Whole, Somewhere<UsersView>>;

/// User Management.
pub async fn index(
    gate: Gate<Whole, Somewhere<UsersView>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let (list, more) = (read(&query)?, query.has("more"));
    let pick = query.text("pick")? == "page";
    let place_q = query.search("place_q")?;
    let open = section::opened(&query)?;
    let gate = if bounded(&list) {
        list.before(gate)
    } else {
        gate.unbounded()
    };
    let (roles, mails) = (app.roles().clone(), mail_works(&app));
    let page = app
        .read(gate, move |conn, scope| {
            let mut reading = Reading::new(conn, &roles, scope, list, (more, &place_q))?;
            (reading.pick, reading.mails) = (pick, mails);
            reading.page(conn, scope, &roles, open)
        })
        .await?;
    html::ok(&app, &page.shell, &page)
}

/// The columns of the CSV.
const FIELDS: &[Field] = &[
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("email", "Email address"),
    ("status", "Status"),
    ("roles", "Roles"),
    ("organizations", "Organizations"),
    ("source", "Source"),
    ("last_sign_in_at", "Last signed in"),
    ("joined_at", "Joined"),
    ("deactivated_at", "Deactivated"),
    ("deactivated_by", "By"),
    ("deactivation_reason", "Reason"),
    ("locked_until", "Locked until"),
    ("link_expires_at", "Link expires"),
    ("mail", "Mail"),
    ("mail_reply", "Mail server's reply"),
    ("id", "Id"),
];

/// User Management as CSV: the people of the view.
pub async fn download(
    gate: Gate<Whole, Somewhere<UsersView>>,
    query: Query,
    app: App,
) -> Result<HttpResponse> {
    let asked = (read(&query)?, Style::read(&query)?);
    let (roles, mails) = (app.roles().clone(), mail_works(&app));
    csv::export(app, gate, asked, FIELDS, move |conn, scope, asked| {
        let mut reading = Reading::new(conn, &roles, scope, asked.clone(), (false, ""))?;
        reading.mails = mails;
        let (found, held) = reading.people_with_roles(conn, scope)?;
        let held = Briefs::new(held);
        let ended = found.rows.iter().filter(|row| row.status == "deactivated");
        let ended: Vec<UserId> = ended.map(|row| row.id).collect();
        let ended = users::ended(conn, scope.account().id, &ended)?;
        let sent = reading.invited(conn, scope, &found.rows)?;
        Ok(found.map(|row| {
            let link = reading.invitation(&row, (&held, &sent), scope);
            record(&row, (&held, &ended, link), scope)
        }))
    })
    .await
}

impl Reading {
    /// Reads a fixed number of statements, however many people and roles there are.
    fn page(
        self,
        conn: &mut Conn,
        scope: &Reader,
        roles: &RoleTable,
        open: Option<ProjectId>,
    ) -> Result<UserManagementPage> {
        let account = scope.account();
        // Sorted otherwise, the list is what is looked at.
        let whole = self.list.is_whole() && self.list.is_first() && self.list.is_by("name");
        // Of who is shut out no role is shown.
        let is_inactive = self.which == Which::Inactive;
        let (people, held, mut how) = if is_inactive {
            let (people, how) = self.of(scope, self.which).shut_out(conn, &self.list)?;
            (people, Vec::new(), how)
        } else {
            let (people, held) = self.people_with_roles(conn, scope)?;
            (people, held, Vec::new())
        };
        let inactive = if whole {
            let first = list::Asked::front(&LIST, INACTIVE);
            let (people, ended) = self.of(scope, Which::Inactive).shut_out(conn, &first)?;
            how = ended;
            (people.rows, people.next.is_some())
        } else {
            (Vec::new(), false)
        };
        // Beside the links, which leave out whatever else narrows the list.
        let counted = self.list.is_whole() || self.list.is_only("status");
        let counts = match self.see {
            _ if !counted => None,
            Reach::Account => Some(counting::counts(conn, account.id, scope.now())?),
            Reach::Places { .. } => counting::counts_in(conn, &self.of(scope, Which::Anybody))?,
        };
        let section = if whole {
            Some(section::first(
                conn,
                (roles, &self.known),
                scope,
                &self.see,
                open,
            )?)
        } else {
            None
        };
        let mut frame = self.frame(account, &people);
        // It stands at the top of the page, and once is enough.
        let csv = frame.csv.take();
        let (active, (inactive, more)) = if is_inactive {
            (Vec::new(), (people.rows, false))
        } else {
            (people.rows, inactive)
        };
        let (active, inactive, lacking) =
            self.rows(conn, scope, (active, inactive), (held, how))?;
        let picks = if is_inactive {
            inactive.iter().any(|row| row.managed)
        } else {
            active.iter().any(|row| row.pick)
        };
        let expired = self.expired(conn, scope)?;
        let matching = if picks && frame.pager.is_some() {
            Some(self.matching(conn, scope, counts.as_ref())?)
        } else {
            None
        };
        let readonly = if self.adds() {
            None
        } else {
            let ask = members::who_can_help(conn, account.id, scope.now())?;
            Some(showing::only_managers(&ask))
        };
        let deactivates = lacking.is_none() || self.reaches_homes();
        let admins = active.iter().any(|row| row.admin && row.pick);
        Ok(UserManagementPage {
            picked: self.pick,
            bulk: picks.then(|| bar(&self, account, (matching, expired), (admins, deactivates))),
            shell: section::arrived(scope.shell("User Management"), section.as_ref()),
            add: self.adds().then(|| urls::new_user(&account.slug)),
            import: self.adds().then(|| urls::import_people(&account.slug)),
            csv,
            views: self.views(account, counts.as_ref()),
            note: matches!(self.see, Reach::Places { .. }).then(|| {
                "You see the people and roles of the places in which you may see users.".to_owned()
            }),
            lacking,
            readonly,
            more_filters: self.more_filters(account, &frame),
            alone: whole && frame.pager.is_none() && matches!(active.as_slice(), [row] if row.you),
            list: frame,
            heading: match self.which {
                Which::Invited => "Invited",
                Which::Locked => "Locked",
                _ => "Active Users",
            },
            people: urls::People::of(&account.slug),
            active,
            inactive,
            inactive_more: more.then(|| self.view(account, Which::Inactive)),
            section,
            show_active: !is_inactive,
            show_inactive: whole || is_inactive,
        })
    }

    fn frame<T>(&self, account: &Account, found: &Found<T, UserId>) -> list::Frame {
        let path = urls::user_management(&account.slug);
        let face = Face {
            path: &path,
            noun: "users",
            find: "Find by name or email address",
            columns: columns(self.which),
            csv: Some(&format!("{path}.csv")),
            options: self.options.clone(),
        };
        let mut frame = self.list.frame(found, face);
        if self.offers {
            frame.days = self.list.days();
            frame.places.clone_from(&self.places);
        }
        frame
            .under("Name", "Email address")
            .under("Organizations", "Source")
    }

    /// Where the filters by place are shown; none: they are.
    fn more_filters(&self, account: &Account, frame: &list::Frame) -> Option<String> {
        let href = self
            .list
            .clone()
            .from_start()
            .href(&urls::user_management(&account.slug));
        let sign = if href.contains('?') { '&' } else { '?' };
        (frame.searchable && !self.offers).then(|| format!("{href}{sign}more=1"))
    }

    /// Whether the reader may add people anywhere.
    pub(super) fn adds(&self) -> bool {
        match &self.manage {
            Reach::Account => true,
            Reach::Places {
                groups,
                organizations,
                projects,
                ..
            } => !(groups.is_empty() && organizations.is_empty() && projects.is_empty()),
        }
    }

    /// Whether people can be at home in what the reader manages a part of the account of.
    fn reaches_homes(&self) -> bool {
        match &self.manage {
            Reach::Account => true,
            Reach::Places { organizations, .. } => !organizations.is_empty(),
        }
    }

    /// The page with this view, and all else as it is.
    fn view(&self, account: &Account, which: Which) -> String {
        let list = self.list.clone().without(EXPIRED.0);
        let list = list.with("status", which.as_str());
        list.href(&urls::user_management(&account.slug))
    }

    /// The links that narrow the list, with how many there are; and the way to what waits.
    fn views(&self, account: &Account, counts: Option<&Counts>) -> Vec<View> {
        let number = |of: fn(&Counts) -> i64| counts.map(|counts| shown(of(counts)));
        let at_least = |of: fn(&Counts) -> i64| counts.map(|counts| at_least(of(counts)));
        let views = [
            ("All", Which::Current, None),
            ("Active Users", Which::Active, number(|all| all.active)),
            ("Invited", Which::Invited, number(|all| all.invited)),
            (
                "Inactive Users",
                Which::Inactive,
                number(|all| all.inactive),
            ),
            ("Locked", Which::Locked, at_least(|all| all.locked)),
        ];
        let view = |(label, which, number)| View {
            label,
            href: self.view(account, which),
            number,
            current: which == self.which,
        };
        let requests = View {
            label: "Requests",
            href: urls::requests(&account.slug),
            number: at_least(|all| all.requests)
                .filter(|_| self.see == Reach::Account && self.manage == Reach::Account),
            current: false,
        };
        let views = views.into_iter().map(view);
        views.chain(self.adds().then_some(requests)).collect()
    }
}
