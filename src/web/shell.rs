//! The frame of every page: who is signed in, where they are, and what they can go to. Built from what the gate
//! has read already; it costs no statement.

mod menu;

pub use super::view::initials;

use actix_web::HttpRequest;

use super::flash::Flash;
use super::{urls, word};
use crate::access::grant::Scoped;
use crate::access::permission::Key;
use crate::access::place::{Organization, Project};
use crate::access::resolve;
use crate::access::role::RoleTable;
use crate::access::standing::{Person, Standing};
use crate::access::visit::Visit;
use crate::db::types::Ts;

/// The person's choice of light and dark, kept in a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The cookie's name.
    pub const COOKIE: &'static str = "theme";

    /// By its word; anything else is the device's.
    pub fn parse(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What the browser's cookie says.
    pub fn read(request: &HttpRequest, https: bool) -> Self {
        let name = if https { "__Host-theme=" } else { "theme=" };
        let cookies = request.headers().get_all("cookie");
        let texts = cookies.filter_map(|value| value.to_str().ok());
        let mut pairs = texts.flat_map(|text| text.split(';'));
        let chosen = pairs.find_map(|pair| pair.trim().strip_prefix(name));
        chosen.map_or(Self::System, Self::parse)
    }
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Its words.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Name of its icon.
    pub icon: &'static str,
    /// Whether it is the page shown.
    pub current: bool,
}

/// The signed-in person, as the top bar shows them.
#[derive(Clone, Debug)]
pub struct PersonShown {
    /// First and last name.
    pub name: String,
    /// At most two letters.
    pub initials: String,
    /// The address they sign in with.
    pub email: String,
    /// Whether they run the platform.
    pub operator: bool,
}

/// The account, as the top bar shows it.
#[derive(Clone, Debug)]
pub struct AccountShown {
    /// Company name.
    pub name: String,
    /// In URLs.
    pub slug: String,
    /// Project, Reservation, Site …
    pub word_singular: String,
    /// Projects, Reservations, Sites …
    pub word_plural: String,
    /// Whom its people write to.
    pub support: Option<String>,
}

/// A place's name and its name in URLs.
#[derive(Clone, Debug)]
pub struct PlaceShown {
    /// Name.
    pub name: String,
    /// In URLs.
    pub slug: String,
    /// Whether it is archived.
    pub archived: bool,
}

/// A step of the breadcrumb; the last one is the page itself and leads nowhere.
pub type Crumb = (String, Option<String>);

/// The frame of one page.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The portal's name.
    pub portal: String,
    /// Name of the page: its `h1` unless the page says otherwise, and the first part of its title.
    pub page: String,
    /// Whether the form on it came back with errors: the title says so.
    pub has_errors: bool,
    /// Light, dark, or as the device says.
    pub theme: &'static str,
    /// What the page before wanted to be said.
    pub flash: Option<Flash>,
    /// Whether a part of the page says it, the one at which one arrives, in place of its top.
    pub says_below: bool,
    /// Who is signed in.
    pub person: Option<PersonShown>,
    /// In which account.
    pub account: Option<AccountShown>,
    /// In which organization.
    pub organization: Option<PlaceShown>,
    /// In which project.
    pub project: Option<PlaceShown>,
    /// Whether User Management is open to the person.
    pub manages_users: bool,
    /// Whether the devices of the organization are open to the person.
    pub sees_devices: bool,
    /// The sections of the product, in the top bar.
    pub nav: Vec<NavItem>,
    /// The pages of the organization, in the menu of that name; empty outside of one.
    pub organization_menu: Vec<NavItem>,
    /// The pages of the account, beside a page of the account.
    pub side: Vec<NavItem>,
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Where the switcher's entries come from.
    pub switcher_url: String,
    /// The path that was asked for: what the navigation marks.
    pub path: String,
    /// This page, to come back to.
    pub return_path: String,
    /// Where help is, in the same place on every page (WCAG 3.2.6).
    pub help: Option<String>,
}

impl Shell {
    /// The frame of a page for which not even the request is at hand: refusals.
    pub fn bare(portal: &str, page: impl Into<String>) -> Self {
        Self {
            portal: portal.to_owned(),
            page: page.into(),
            has_errors: false,
            theme: Theme::System.as_str(),
            flash: None,
            says_below: false,
            person: None,
            account: None,
            organization: None,
            project: None,
            manages_users: false,
            sees_devices: false,
            nav: Vec::new(),
            organization_menu: Vec::new(),
            side: Vec::new(),
            crumbs: Vec::new(),
            switcher_url: String::new(),
            path: "/".into(),
            return_path: "/".into(),
            help: Some(urls::HELP.into()),
        }
    }

    /// The frame of a page for anybody.
    pub fn open(portal: &str, page: impl Into<String>, visit: &Visit) -> Self {
        let mut shell = Self::bare(portal, page);
        shell.theme = visit.theme().as_str();
        shell.flash = visit.flash().cloned();
        shell.path = visit.path().to_owned();
        shell.return_path = visit.return_to().to_owned();
        shell
    }

    /// The frame of a page outside of any account.
    pub fn of_person(
        portal: &str,
        page: impl Into<String>,
        visit: &Visit,
        person: &Person,
    ) -> Self {
        let mut shell = Self::open(portal, page, visit);
        shell.person = Some(PersonShown {
            name: person.name.clone(),
            initials: initials(&person.name),
            email: person.email.clone(),
            operator: person.operator,
        });
        shell
    }

    /// The frame of a page of those who run the platform.
    pub fn of_operator(
        portal: &str,
        page: impl Into<String>,
        visit: &Visit,
        person: &Person,
    ) -> Self {
        let mut shell = Self::of_person(portal, page, visit, person);
        shell.side.push(NavItem {
            label: "Requests".to_owned(),
            href: urls::OPERATOR_REQUESTS.to_owned(),
            icon: "shield",
            current: shell.path.starts_with(urls::OPERATOR_REQUESTS),
        });
        shell
    }

    /// The frame of a page in an account.
    pub fn signed_in(
        (portal, page): (&str, &'static str),
        visit: &Visit,
        standing: &Standing,
        roles: &RoleTable,
        now: Ts,
    ) -> Self {
        let mut shell = Self::of_person(portal, page, visit, &standing.person);
        let account = &standing.account;
        let slug = &account.slug;
        let held = |key| resolve::holding(roles, &standing.grants, key, now);
        let somewhere = |key| held(key).next().is_some();
        let on_all = |key| held(key).any(|grant| grant.scope == Scoped::Account);
        let manages_users = somewhere(Key::UsersView);
        let (sees_all, owns) = (
            on_all(Key::OrganizationsView),
            on_all(Key::OwnershipTransfer),
        );
        shell.switcher_url = urls::switcher(slug);
        shell
            .crumbs
            .push((account.name.clone(), Some(urls::account(slug))));
        #[rustfmt::skip]
        let pages = [
            (true, "Overview", urls::account(slug), "home"),
            (on_all(Key::AccountView), "Account Profile", urls::account_profile(slug), "account"),
            (true, "Account Organizations", urls::organizations(slug), "organization"),
            (sees_all, "Groups", urls::groups(slug), "organization"),
            (manages_users, "User Management", urls::user_management(slug), "people"),
            (sees_all, "Sub-accounts", urls::sub_accounts(slug), "organization"),
            (somewhere(Key::UsersManage), "Requests", urls::requests(slug), "mail"),
            (true, "Roles", urls::roles(slug), "shield"),
            (manages_users, "Explain access", urls::access(slug), "search"),
            (owns, "Ownership", urls::ownership(slug), "user"),
            (owns, "Account security", urls::account_security(slug), "settings"),
        ];
        let path = visit.path();
        // The page itself, or one below it; everything lies below the overview, and a person below User Management.
        let above = urls::account(slug);
        let within = |label, href: &str| {
            let below = |href: &str| {
                path.strip_prefix(href)
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            let one_person = label == "User Management" && below(&format!("{above}/users"));
            path == href || one_person || href != above && below(href)
        };
        let open = pages.into_iter().filter(|(open, ..)| *open);
        shell.side = open
            .map(|(_, label, href, icon)| NavItem {
                label: label.to_owned(),
                current: within(label, &href),
                href,
                icon,
            })
            .collect();
        shell.account = Some(AccountShown {
            name: account.name.clone(),
            slug: account.slug.clone(),
            word_singular: account.word_singular.clone(),
            word_plural: account.word_plural.clone(),
            support: account.support.clone(),
        });
        shell.manages_users = manages_users;
        shell
    }

    /// Narrows the frame to an organization and a project.
    pub fn at(mut self, organization: Option<&Organization>, project: Option<&Project>) -> Self {
        let Some(account) = self.account.as_ref().map(|account| account.slug.clone()) else {
            return self;
        };
        if let Some(organization) = organization {
            let href = urls::organization(&account, &organization.slug);
            self.crumbs.push((organization.name.clone(), Some(href)));
            self.organization = Some(PlaceShown {
                name: organization.name.clone(),
                slug: organization.slug.clone(),
                archived: organization.archived,
            });
            let words = self
                .account
                .as_ref()
                .map(|account| account.word_plural.clone())
                .unwrap_or_default();
            let home = urls::organization(&account, &organization.slug);
            let path = self.path.as_str();
            let current = path == home || path.starts_with(&format!("{home}/projects"));
            self.nav.push(NavItem {
                label: words,
                href: home,
                icon: "project",
                current,
            });
            self.side.clear();
            if self.sees_devices {
                let href = urls::devices(&account, &organization.slug);
                let current = self.path.starts_with(&href);
                for item in &mut self.nav {
                    item.current &= !current;
                }
                self.nav.push(NavItem {
                    label: "Devices".into(),
                    href,
                    icon: "device",
                    current,
                });
            }
            if let Some(project) = project {
                let href = urls::project(&account, &organization.slug, &project.slug);
                self.crumbs.push((project.name.clone(), Some(href)));
                self.project = Some(PlaceShown {
                    name: project.name.clone(),
                    slug: project.slug.clone(),
                    archived: !project.active,
                });
            }
        }
        self
    }

    /// Says where one is now after a switch, behind what was to be said anyway.
    pub fn arriving(mut self, notice: Option<&Flash>) -> Self {
        let Some(notice) = notice else {
            return self;
        };
        self.flash = Some(match self.flash {
            Some(said) => Flash {
                text: format!("{} {}", said.text, notice.text),
                link: said.link.clone().or_else(|| notice.link.clone()),
                ..said
            },
            None => notice.clone(),
        });
        self
    }

    /// What is to be said at this part of the page; none where its top says it.
    pub fn says_at(&self, part: &impl std::fmt::Display) -> Option<&Flash> {
        let said = self.flash.as_ref().filter(|_| self.says_below);
        said.filter(|said| said.at.as_ref().is_some_and(|at| *at == part.to_string()))
    }

    /// Has one of these parts of the page say what is to be said, if one arrives at it: the top would be out of sight.
    pub fn saying_at(mut self, mut parts: impl Iterator<Item = String>) -> Self {
        let at = self.flash.as_ref().and_then(|said| said.at.as_deref());
        self.says_below = at.is_some_and(|at| parts.any(|part| part == at));
        self
    }

    /// A text of ours with the account's word for a project in it; as it is, outside of any account.
    pub fn says(&self, text: &str) -> String {
        match &self.account {
            Some(account) => word::put(text, &account.word_singular, &account.word_plural),
            None => text.to_owned(),
        }
    }

    /// Adds a step to the breadcrumb, before the page itself.
    pub fn crumb(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push((label.into(), Some(href.into())));
        self
    }

    /// Ends the breadcrumb with the page itself, which leads nowhere.
    pub fn here(mut self) -> Self {
        match self.crumbs.last_mut() {
            Some((label, href)) if *label == self.page => *href = None,
            _ => self.crumbs.push((self.page.clone(), None)),
        }
        self
    }

    /// Names the page otherwise.
    pub fn named(mut self, page: impl Into<String>) -> Self {
        self.page = page.into();
        self
    }

    /// Says in the title that the form came back.
    pub fn with_errors(mut self, errors: &super::form::Errors) -> Self {
        self.has_errors = !errors.is_empty();
        self
    }

    /// `{Error: }{Page} – {Organization} – {Account} – {Portal}`, most specific first.
    pub fn title(&self) -> String {
        let mut title = String::with_capacity(96);
        if self.has_errors {
            title.push_str("Error: ");
        }
        title.push_str(&self.page);
        let places = [
            self.organization.as_ref().map(|o| &o.name),
            self.account.as_ref().map(|a| &a.name),
        ];
        for place in places.into_iter().flatten().chain([&self.portal]) {
            if *place != self.page {
                title.push_str(" – ");
                title.push_str(place);
            }
        }
        title
    }
}
