//! The ways to the forms that no page shows to the owner at once: each leads to a page that has them.

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{accounts, grants, organizations, projects, users};
use tenantry::db::types::SubmissionId;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, DANA_TOKEN, PASSWORD, holder, user};
use crate::support::smtp::Message;
use crate::support::visitor::{Answer, Visitor};

const OLGA: &str = "olga@acme.example";
const RAVI: &str = "ravi@acme.example";
const SAM: &str = "sam@acme.example";
const LEE: &str = "lee@globex.example";
const DANA: &str = "dana@acme.example";
const PEOPLE: &str = "/accounts/acme/user-management";
const NORTH: &str = "/accounts/acme/organizations/north";

/// The cast, with whatever forms need that few have before them: somebody who is locked, a role with an end, a second
/// reservation in the archive, and organizations there and in the bin.
pub async fn start() -> TestApp {
    // Guessing is not what is tried here.
    let on = [
        ("TENANTRY_ADDRESS_FAILURES", "10000"),
        ("TENANTRY_SIGN_UP", "on"),
    ];
    let app = TestApp::with(&on).await;
    let later = app.now().plus(Duration::days(40));
    app.sql(|conn| {
        let vera = user(&holder("viewer", At::Account));
        diesel::update(users::table.find(vera))
            .set(users::locked_until.eq(Some(later)))
            .execute(conn)?;
        cast::give_between(conn, SAM, "billing", At::Dock4, (None, Some(later)));
        cast::insert_project(conn, ("acme", "north"), "dock-5", "Dock 5");
        diesel::update(projects::table.find(cast::project("dock-5")))
            .set(projects::status.eq("archived"))
            .execute(conn)?;
        cast::insert_organization(conn, "acme", "spare", "Spare");
        for (slug, state) in [("attic", "archived"), ("bin", "deleted")] {
            cast::insert_organization(conn, "acme", slug, slug);
            let gone = (state == "deleted").then(cast::morning);
            diesel::update(organizations::table.find(cast::organization(slug)))
                .set((
                    organizations::status.eq(state),
                    organizations::deleted_at.eq(gone),
                ))
                .execute(conn)?;
        }
        diesel::update(accounts::table.find(cast::account("acme")))
            .set(accounts::notifications.eq(true))
            .execute(conn)
    });
    // Somebody else's sessions end, too.
    app.signed_in(SAM);
    app
}

/// Pages that take an address of their own, or somebody else than the owner: who looks at what.
pub fn looks() -> Vec<(String, String)> {
    let of = |email: &str, rest: &str| format!("/accounts/acme/users/{}{rest}", user(email));
    let acme = cast::account("acme");
    let until = |role: &str, project: &str| {
        cast::grant_id(SAM, role, cast::project(project).uuid()).to_string()
    };
    let vera = holder("viewer", At::Account);
    let take_over = format!("/handover?to={}", user(&vera));
    let several = format!("{NORTH}/projects/dock-4/users/add?several=1");
    let all = [
        (OLGA, of("ines@acme.example", "/reactivate")),
        (OLGA, of(LEE, "/remove")),
        (OLGA, of(SAM, &take_over)),
        (
            OLGA,
            of(
                SAM,
                &format!("/role-ends?role={}", until("billing", "dock-4")),
            ),
        ),
        (OLGA, of(&vera, "")),
        (OLGA, of(&vera, "/vouch")),
        (OLGA, several),
        (OLGA, format!("{NORTH}/members/{}", user(LEE))),
        (OLGA, format!("{NORTH}/projects/dock-5/settings")),
        (OLGA, "/accounts/acme/organizations/attic".to_owned()),
        (
            OLGA,
            "/accounts/acme/organizations/attic/settings".to_owned(),
        ),
        (OLGA, "/accounts/acme/organizations/spare/delete".to_owned()),
        (
            OLGA,
            format!("/accounts/acme/requests/{}", cast::request(SAM)),
        ),
        (
            RAVI,
            format!("/accounts/acme/requests/{}", cast::request(DANA)),
        ),
        (LEE, "/accounts/acme/requests/new".to_owned()),
        (SAM, format!("/me/roles?account={acme}")),
        (
            SAM,
            format!("/me/more-time?role={}", until("billing", "dock-4")),
        ),
        (LEE, format!("/me/leave?account={acme}")),
        ("", "/links/new".to_owned()),
    ];
    all.map(|(who, path)| (who.to_owned(), path)).into()
}

/// Ways of several steps, by name: see [`go`].
pub const WAYS: [&str; 38] = [
    "add",
    "role waits",
    "bulk: choose",
    "bulk: review",
    "bulk: done",
    "bulk: undo",
    "bulk: deactivate",
    "bulk: deactivated",
    "import: preview",
    "import: check",
    "import: done",
    "import: undo",
    "grid: review",
    "grid: undo",
    "roles: review",
    "roles: undo",
    "ends: undo",
    "request: check",
    "resend",
    "link",
    "removed",
    "devices: preview",
    "devices: move",
    "move",
    "group: review",
    "offer",
    "offered",
    "invited",
    "accept",
    "switch",
    "browsers",
    "welcome",
    "sign up",
    "reset",
    "unlock",
    "new address",
    "old address",
    "stop mails",
];

/// Fills a form of the page in, as far as it has these fields, sends it and follows where that leads.
async fn send(
    visitor: &Visitor<'_>,
    page: &Answer,
    button: &str,
    typed: &[(&str, &str)],
) -> Option<Answer> {
    let mut form = page.page().forms_with(button).pop()?;
    for (name, value) in typed {
        let mut offered = form.offered.iter();
        if offered.any(|choice| choice.name == *name && choice.value == *value) {
            form = form.tick(name, value);
        } else if form.fields.iter().any(|(own, _)| own == name) {
            form = form.fill(name, value);
        } else {
            return None;
        }
    }
    opened(visitor.submit(page, &form).await, visitor).await
}

/// A page that an answer is, or leads to; none where it refuses.
async fn opened(answer: Answer, visitor: &Visitor<'_>) -> Option<Answer> {
    let there = answer.status < 400;
    let page = visitor.follow(answer).await;
    (there && page.status < 400).then_some(page)
}

/// Where the one link with these words leads.
fn link(page: &Answer, words: &str) -> Option<String> {
    let mut links = page.page().links().into_iter();
    links.find(|(text, _)| text == words).map(|(_, to)| to)
}

/// The page at this path.
async fn look(visitor: &Visitor<'_>, path: &str) -> Option<Answer> {
    opened(visitor.get(path).await, visitor).await
}

/// The last of what has been mailed, by where its link leads.
async fn mailed(app: &TestApp, kind: &str) -> Option<String> {
    let sent = app.deliver().await;
    let text = sent
        .iter()
        .map(Message::text)
        .find(|text| text.contains(kind));
    let text = text?;
    let mut link = text.split(|c: char| c.is_whitespace() || "<>()".contains(c));
    let link = link.rfind(|word| word.starts_with("http") && word.contains(kind))?;
    Some(url::Url::parse(link).unwrap().path().to_owned())
}

/// People ticked on the list, and an act chosen.
async fn bulk(visitor: &Visitor<'_>, act: &str) -> Option<Answer> {
    let (sam, lee) = (user(SAM).to_string(), user(LEE).to_string());
    let fields = [("act", act), ("person", &*sam), ("person", &*lee)];
    opened(
        visitor.post(&format!("{PEOPLE}/bulk"), &fields).await,
        visitor,
    )
    .await
}

async fn import(visitor: &Visitor<'_>) -> Option<Answer> {
    let page = look(visitor, &format!("{PEOPLE}/import")).await?;
    let rows = "First name,Last name,Email address,Reservation,Roles\n\
                Nora,New,nora@new.example,Dock 4,Viewer\nNick,,nick@new,Dock 4,Viewer\n";
    send(visitor, &page, "Check the rows", &[("rows", rows)]).await
}

async fn grid(visitor: &Visitor<'_>) -> Option<Answer> {
    let page = look(visitor, &format!("{NORTH}/projects/dock-4/users")).await?;
    let ticked = format!("{}.viewer", user(DANA));
    let form = page.page().forms_with("Save changes").pop()?;
    let form = form.untick("role", &ticked);
    opened(visitor.submit(&page, &form).await, visitor).await
}

async fn roles(visitor: &Visitor<'_>) -> Option<Answer> {
    let page = look(visitor, &format!("{NORTH}/members/{}", user(LEE))).await?;
    send(visitor, &page, "Review changes", &[("role", "billing")]).await
}

async fn moving(visitor: &Visitor<'_>) -> Option<Answer> {
    let page = look(visitor, &format!("{NORTH}/move")).await?;
    let south = cast::organization("south").to_string();
    let mut forms = page.page().forms().into_iter();
    let form = forms.find(|form| form.action.ends_with("/move/preview"))?;
    let mut offered = form.offered.iter();
    let parent = offered.find(|one| one.value == south)?.name.clone();
    opened(
        visitor.submit(&page, &form.tick(&parent, &south)).await,
        visitor,
    )
    .await
}

/// Goes one of the [`WAYS`]: who is there then, and the page before them. None where what was done before stands in
/// the way.
pub async fn go<'a>(app: &'a TestApp, way: &str) -> Option<(Visitor<'a>, Answer)> {
    match way.split(':').next().unwrap() {
        "bulk" | "import" | "grid" | "roles" | "ends" | "devices" | "group" => {
            let olga = app.signed_in(OLGA);
            let page = by_olga(app, &olga, way).await?;
            Some((olga, page))
        }
        "offered" | "invited" | "accept" | "switch" | "browsers" | "request" | "role waits" => {
            as_somebody(app, way).await
        }
        "welcome" | "sign up" | "reset" | "unlock" | "new address" | "old address"
        | "stop mails" => {
            let visitor = app.visitor();
            let page = by_mail(app, &visitor, way).await?;
            Some((visitor, page))
        }
        _ => {
            let olga = app.signed_in(OLGA);
            let page = at_once(&olga, way).await?;
            Some((olga, page))
        }
    }
}

/// What Olga has before her after one act.
async fn at_once(olga: &Visitor<'_>, way: &str) -> Option<Answer> {
    let of = |email: &str, rest: &str| format!("/accounts/acme/users/{}{rest}", user(email));
    match way {
        "add" => {
            let page = look(olga, &format!("{PEOPLE}/new")).await?;
            let named = [
                ("first_name", "Nora"),
                ("last_name", "New"),
                ("email", "nora@new.example"),
            ];
            send(olga, &page, "Add User", &named).await
        }
        "resend" => {
            let page = look(olga, &of(DANA, "")).await?;
            send(olga, &page, "Resend", &[]).await
        }
        "link" => {
            let page = look(olga, &of(DANA, "")).await?;
            send(olga, &page, "Copy link", &[]).await
        }
        "removed" => {
            let page = look(olga, &of(LEE, "/remove")).await?;
            send(olga, &page, "Remove guest", &[]).await
        }
        "move" => moving(olga).await,
        "offer" => {
            let page = look(olga, "/accounts/acme/ownership").await?;
            send(olga, &page, "Offer ownership", &[("email", RAVI)]).await
        }
        other => panic!("nobody has said how to go the way {other:?}"),
    }
}

async fn by_olga(app: &TestApp, olga: &Visitor<'_>, way: &str) -> Option<Answer> {
    let dock = cast::project("dock-4").to_string();
    let place = [("place", dock.as_str()), ("role", "viewer")];
    match way {
        "bulk: choose" => bulk(olga, "join").await,
        "bulk: review" => {
            let page = bulk(olga, "join").await?;
            send(olga, &page, "Review", &place).await
        }
        "bulk: done" => {
            let page = bulk(olga, "join").await?;
            let page = send(olga, &page, "Review", &place).await?;
            send(olga, &page, "Submit", &[]).await
        }
        "bulk: undo" => {
            let page = bulk(olga, "give").await?;
            let north = cast::organization("north").to_string();
            let there = [("place", north.as_str()), ("role", "billing")];
            let page = send(olga, &page, "Review", &there).await?;
            send(olga, &page, "Submit", &[]).await
        }
        "bulk: deactivate" => bulk(olga, "deactivate").await,
        "bulk: deactivated" => {
            let page = bulk(olga, "deactivate").await?;
            send(olga, &page, "Submit", &[]).await
        }
        "import: preview" => import(olga).await,
        "import: check" | "import: done" | "import: undo" => {
            let page = import(olga).await?;
            let page = send(olga, &page, "Continue", &[]).await?;
            if way == "import: check" {
                return Some(page);
            }
            let button = page.page().texts("form .form-foot button.btn").pop()?;
            let page = send(olga, &page, &button, &[]).await?;
            while tenantry::users::importing::work(app.app()).await.unwrap() {}
            match way {
                "import: undo" => look(olga, &format!("{}/undo", page.path)).await,
                _ => look(olga, &page.path).await,
            }
        }
        "grid: review" => grid(olga).await,
        "grid: undo" => {
            let page = grid(olga).await?;
            let page = send(olga, &page, "Submit", &[]).await?;
            look(olga, &link(&page, "Undo")?).await
        }
        "roles: review" => roles(olga).await,
        "roles: undo" => {
            let page = roles(olga).await?;
            send(olga, &page, "Submit", &[]).await
        }
        "ends: undo" => {
            let grant = cast::grant_id(SAM, "billing", cast::project("dock-4").uuid());
            let path = format!("/accounts/acme/users/{}/role-ends?role={grant}", user(SAM));
            let page = look(olga, &path).await?;
            send(olga, &page, "Save changes", &[("ends_on", "2026-03-20")]).await
        }
        "devices: preview" => {
            let page = look(olga, &format!("{NORTH}/devices/import")).await?;
            let rows = "Identifier,Name\nSN-1,Printer 1\n";
            send(olga, &page, "Check the rows", &[("rows", rows)]).await
        }
        "devices: move" => {
            let page = look(olga, &format!("{NORTH}/devices")).await?;
            let device = cast::device("scanner-4").to_string();
            let moved = [("device", device.as_str())];
            let page = send(olga, &page, "Move selected devices", &moved).await?;
            let south = cast::organization("south").to_string();
            send(olga, &page, "Continue", &[("to", &south)]).await
        }
        "group: review" => {
            let page = look(
                olga,
                &format!("/accounts/acme/groups/{}", cast::group("Coast")),
            )
            .await?;
            let south = cast::organization("south").to_string();
            send(olga, &page, "Review changes", &[("organization", &south)]).await
        }
        other => panic!("nobody has said how to go the way {other:?}"),
    }
}

async fn as_somebody<'a>(app: &'a TestApp, way: &str) -> Option<(Visitor<'a>, Answer)> {
    match way {
        "offered" => {
            at_once(&app.signed_in(OLGA), "offer").await?;
            let ravi = app.signed_in(RAVI);
            let mine = look(&ravi, "/me/accounts").await?;
            let page = look(&ravi, &link(&mine, "Review the offer")?).await?;
            Some((ravi, page))
        }
        "browsers" => {
            let sam = app.visitor();
            sam.sign_in(SAM).await;
            let page = look(&sam, "/me/security").await?;
            Some((sam, page))
        }
        "invited" | "accept" | "switch" => {
            let bay = cast::project("bay-1").to_string();
            let submission = SubmissionId::new().to_string();
            let fields = [
                ("first_name", "Samuel"),
                ("last_name", "Sometimes"),
                ("email", SAM),
                ("page", "single"),
                ("place", bay.as_str()),
                ("role", "viewer"),
                ("submission", submission.as_str()),
            ];
            let gil = app.signed_in("gil@globex.example");
            let new = "/accounts/globex/user-management/new/roles";
            let added = gil.post(new, &fields).await;
            if added.status != 303 {
                return None;
            }
            let path = mailed(app, "/welcome/").await?;
            let who = app.signed_in(if way == "switch" { RAVI } else { SAM });
            let page = if way == "invited" {
                let globex = cast::account("globex");
                look(&who, &format!("/me/invitation?account={globex}")).await?
            } else {
                look(&who, &path).await?
            };
            Some((who, page))
        }
        "request: check" => {
            let ravi = app.signed_in(RAVI);
            let page = look(&ravi, "/accounts/acme/requests/new").await?;
            let vera = holder("viewer", At::Dock4);
            let north = cast::organization("north").to_string();
            let typed = [
                ("person", &*vera),
                ("place", &*north),
                ("reason", "Nights."),
            ];
            let page = send(&ravi, &page, "Continue", &typed).await?;
            Some((ravi, page))
        }
        "role waits" => {
            let otto = holder("operations", At::North);
            app.sql(|conn| {
                let there = grants::table
                    .filter(grants::user_id.eq(user(&otto)))
                    .filter(grants::role.eq("auditor"));
                let held: i64 = there.count().get_result(conn)?;
                if held == 0 {
                    cast::give(conn, &otto, "auditor", At::North);
                }
                Ok(())
            });
            let ravi = app.signed_in(RAVI);
            let of = |rest: &str| format!("/accounts/acme/users/{}{rest}", user(&otto));
            ravi.post(&of("/deactivate"), &[]).await;
            let page = look(&ravi, &of("/reactivate")).await?;
            send(&ravi, &page, "Reactivate User", &[]).await?;
            let olga = app.signed_in(OLGA);
            let page = look(&olga, &of("")).await?;
            Some((olga, page))
        }
        other => panic!("nobody has said how to go the way {other:?}"),
    }
}

async fn by_mail(app: &TestApp, visitor: &Visitor<'_>, way: &str) -> Option<Answer> {
    app.deliver().await;
    match way {
        "welcome" => look(visitor, &format!("/welcome/{DANA_TOKEN}")).await,
        "sign up" => {
            let page = look(visitor, "/sign-up").await?;
            let typed = [
                ("first_name", "Nadia"),
                ("last_name", "Novak"),
                ("email", "nadia@novak.example"),
                ("password", PASSWORD),
                ("company_name", "Novak"),
                ("country", "CZ"),
            ];
            send(visitor, &page, "Create an account", &typed).await?;
            look(visitor, &mailed(app, "/sign-up/").await?).await
        }
        "reset" => {
            visitor.post("/forgot-password", &[("email", SAM)]).await;
            look(visitor, &mailed(app, "/reset-password/").await?).await
        }
        "unlock" => {
            let vera = holder("viewer", At::Account);
            let olga = app.signed_in(OLGA);
            let page = format!("/accounts/acme/users/{}/unlock-mail", user(&vera));
            let sent = olga.post(&page, &[]).await;
            opened(sent, &olga).await?;
            look(visitor, &mailed(app, "/unlock/").await?).await
        }
        "new address" | "old address" => {
            let sam = app.signed_in(SAM);
            let page = look(&sam, "/me/email").await?;
            send(
                &sam,
                &page,
                "Send the link",
                &[("email", "samuel@new.example")],
            )
            .await?;
            let kind = if way == "new address" {
                "/confirm-email/"
            } else {
                "/old-email/"
            };
            look(visitor, &mailed(app, kind).await?).await
        }
        "stop mails" => {
            let olga = app.signed_in(OLGA);
            let fields = [
                ("user", user(SAM).to_string()),
                ("role", "viewer".to_owned()),
            ];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let path = "/accounts/acme/organizations/south/members/add";
            let added = olga.post(path, &fields).await;
            opened(added, &olga).await?;
            look(visitor, &mailed(app, "/unsubscribe/").await?).await
        }
        other => panic!("nobody has said how to go the way {other:?}"),
    }
}
