//! The smallest change that an explanation names, made by the portal's own forms: it ends the access, and no part of it
//! does (beyond A). The same is held against the resolver alone beside it; here it is what a person reads and does.

use super::*;
use crate::support::visitor::Visitor;
use chrono::Duration;
use proptest::sample::{Index, select, subsequence};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tenantry::db::schema::{grants, memberships, projects};
use tenantry::db::types::Ts;

const SAM: &str = "sam@acme.example";

/// Enough to meet each kind of path, alone and beside others, every time.
const CASES: usize = 12;

/// Where Sam may hold a role, so that it reaches Dock 4: North is in the group, and nothing is below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Account,
    Coast,
    North,
    Below,
    Dock4,
    /// And one that does not reach it.
    South,
}

const SOURCES: [Source; 6] = [
    Source::Account,
    Source::Coast,
    Source::North,
    Source::Below,
    Source::Dock4,
    Source::South,
];

const ROLES: [(&str, &str); 6] = [
    ("manager", "Manager"),
    ("viewer", "Viewer"),
    ("user_management", "User Management"),
    ("operations", "Operations"),
    ("auditor", "Auditor"),
    ("Night shift", "Night shift"),
];

/// Permissions of the portal with a page of Dock 4 that opens by each, and permissions that products ask about.
const ACTIONS: [(&str, &str); 6] = [
    ("users.view", "/users"),
    ("users.manage", "/users/add"),
    ("projects.manage", "/settings"),
    ("orders.write", ""),
    ("items.view", ""),
    ("inbound.write", ""),
];

type Held = ((&'static str, &'static str), Source);

impl Source {
    /// Behind the name of a role, as an explanation says it.
    fn words(self) -> &'static str {
        match self {
            Self::Account => "on the whole account",
            Self::Coast => "of group Coast",
            Self::North => "on North",
            Self::Below => "on North and everything below it",
            Self::Dock4 => "on Dock 4",
            Self::South => "on South",
        }
    }

    /// The page where what Sam holds there is changed.
    fn page(self) -> String {
        let id = user(SAM);
        match self {
            Self::Account => format!("/accounts/acme/users/{id}/roles"),
            Self::Coast => format!("/accounts/acme/groups/{}/access/{id}", cast::group("Coast")),
            Self::North | Self::Below => {
                format!("/accounts/acme/organizations/north/members/{id}")
            }
            Self::Dock4 => "/accounts/acme/organizations/north/projects/dock-4/users".into(),
            Self::South => format!("/accounts/acme/organizations/south/members/{id}"),
        }
    }
}

fn key(role: &str) -> String {
    if role.contains(' ') {
        cast::role(role).to_string()
    } else {
        role.to_owned()
    }
}

/// Acme with North in the group, and these roles of Sam, whose own are on South alone.
async fn acme_with(held: &[Held]) -> TestApp {
    let app = TestApp::start().await;
    app.sql(|conn| {
        let coast = cast::group("Coast");
        cast::tick(conn, coast, cast::organization("north"));
        for ((role, _), source) in held {
            let (role, north) = (key(role), cast::organization("north"));
            match source {
                Source::Account => cast::give(conn, SAM, &role, At::Account),
                Source::Coast => cast::give_on_group(conn, SAM, &role, coast),
                Source::North => cast::give_on(conn, SAM, &role, north, false),
                Source::Below => cast::give_on(conn, SAM, &role, north, true),
                Source::Dock4 => cast::give(conn, SAM, &role, At::Dock4),
                Source::South => cast::give(conn, SAM, &role, At::South),
            }
        }
        Ok(())
    });
    app
}

/// What the explanation says: its answer, and the acts of the smallest change.
async fn explained(olga: &Visitor<'_>, action: &str) -> (String, Vec<String>) {
    let page = olga.get(&question(SAM, action, &dock4())).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let page = page.page();
    let acts = page.texts(".answer li");
    let acts = acts.into_iter().filter(|text| text.starts_with("Take "));
    (page.text("#answer"), acts.collect())
}

/// Does what a sentence of the explanation says, by the page where it is done.
async fn obey(olga: &Visitor<'_>, held: &[Held], act: &str) {
    let (page, form) = if act.starts_with("Take North out of group Coast.") {
        let page = olga
            .get(&format!("/accounts/acme/groups/{}", cast::group("Coast")))
            .await;
        let north = cast::organization("north").to_string();
        let form = page
            .page()
            .form("Review changes")
            .untick("organization", &north);
        (page, form)
    } else {
        let meant = held.iter().find(|((_, label), source)| {
            act == format!("Take {label} {} away from Sam South.", source.words())
        });
        let ((role, _), source) = meant.unwrap_or_else(|| panic!("{act:?} is none of {held:?}"));
        let page = olga.get(&source.page()).await;
        let key = key(role);
        let form = match source {
            Source::Dock4 => {
                let ticked = format!("{}.{key}", user(SAM));
                page.page().form("Save changes").untick("role", &ticked)
            }
            Source::Below => {
                let form = page.page().form("Review changes");
                form.untick("below", &format!("{key}.below"))
            }
            _ => page.page().form("Review changes").untick("role", &key),
        };
        (page, form)
    };
    let review = olga.submit(&page, &form).await;
    assert_eq!(review.status, 200, "{act}: {}", review.words());
    let done = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(done.status, 303, "{act}: {}", done.words());
}

/// Whether Sam has it: the page that it opens, where the portal guards it, and always the answer.
async fn has(app: &TestApp, olga: &Visitor<'_>, (action, page): (&str, &str)) -> bool {
    let (answer, _) = explained(olga, action).await;
    let told = answer == "Yes";
    if !page.is_empty() {
        let path = format!("/accounts/acme/organizations/north/projects/dock-4{page}");
        let opened = app.signed_in(SAM).get(&path).await.status;
        assert_eq!(
            opened == 200,
            told,
            "{action}: told {answer}, opened {opened}"
        );
    }
    told
}

#[actix_web::test]
async fn beyond_a_the_smallest_change_made_by_the_portals_own_forms_ends_the_access_and_no_part_of_it_does()
 {
    let all: Vec<Held> = ROLES
        .iter()
        .flat_map(|role| SOURCES.map(|source| (*role, source)))
        // On one place a role is held with everything below it or without.
        .collect();
    let some = (
        subsequence(all, 1..7),
        select(ACTIONS.to_vec()),
        proptest::arbitrary::any::<Index>(),
    );
    let mut dice = TestRunner::default();
    let mut ended = 0;
    while ended < CASES {
        let (mut held, action, first) = some.new_tree(&mut dice).unwrap().current();
        let whole = held.clone();
        held.retain(|(role, source)| {
            *source != Source::North || !whole.contains(&(*role, Source::Below))
        });
        let app = acme_with(&held).await;
        let olga = app.signed_in("olga@acme.example");
        let (answer, acts) = explained(&olga, action.0).await;
        assert_eq!(
            has(&app, &olga, action).await,
            answer == "Yes",
            "{held:?} {action:?}"
        );
        if answer != "Yes" {
            assert!(acts.is_empty(), "{held:?} {action:?}: {acts:?}");
            continue;
        }
        ended += 1;
        let case = format!("{held:?} {action:?}: {acts:?}");
        assert!(!acts.is_empty(), "{case}");
        // Every part but one, each from the start: smaller parts end no more than these do.
        for left in 0..acts.len() {
            let app = acme_with(&held).await;
            let olga = app.signed_in("olga@acme.example");
            for (n, act) in acts.iter().enumerate() {
                if n != left {
                    obey(&olga, &held, act).await;
                }
            }
            assert!(has(&app, &olga, action).await, "without {left}: {case}");
        }
        // And the whole of it, in any order.
        let from = first.index(acts.len());
        for act in acts[from..].iter().chain(&acts[..from]) {
            obey(&olga, &held, act).await;
        }
        assert!(!has(&app, &olga, action).await, "{case}");
    }
}

#[actix_web::test]
async fn beyond_a_two_roles_by_the_same_group_end_by_taking_the_organization_out_of_it() {
    let held: [Held; 3] = [
        (ROLES[1], Source::Coast),
        (ROLES[4], Source::Coast),
        (ROLES[0], Source::Dock4),
    ];
    for action in [ACTIONS[0], ACTIONS[4]] {
        let app = acme_with(&held).await;
        let olga = app.signed_in("olga@acme.example");
        let (answer, acts) = explained(&olga, action.0).await;
        assert_eq!(
            (answer.as_str(), acts.len()),
            ("Yes", 2),
            "{action:?}: {acts:?}"
        );
        for act in &acts {
            assert!(has(&app, &olga, action).await, "{acts:?}");
            obey(&olga, &held, act).await;
        }
        assert!(!has(&app, &olga, action).await, "{acts:?}");
    }
}

/// When a role is held: its beginning and end, and whether that is now.
const WHEN: [(Option<i64>, Option<i64>); 5] = [
    (None, None),
    (Some(-9), Some(9)),
    (None, Some(0)),
    (Some(-9), Some(-2)),
    (Some(1), None),
];

/// Days from the morning on which every test begins.
fn day(days: Option<i64>) -> Option<Ts> {
    days.map(|days| cast::morning().plus(Duration::days(days)))
}

/// What Sam holds, each for a time; whether Dock 4 is in the archive; and how Sam stands.
async fn acme_as(held: &[(Held, usize)], archived: bool, standing: &str) -> TestApp {
    let roles: Vec<Held> = held.iter().map(|(held, _)| *held).collect();
    let app = acme_with(&roles).await;
    app.sql(|conn| {
        for (((role, _), source), when) in held {
            let (starts, ends) = WHEN[*when];
            let theirs = grants::table
                .filter(grants::user_id.eq(user(SAM)))
                .filter(grants::role.eq(key(role)));
            let there = match source {
                Source::Account => cast::account("acme").uuid(),
                Source::Coast => cast::group("Coast").uuid(),
                Source::North | Source::Below => cast::organization("north").uuid(),
                Source::Dock4 => cast::project("dock-4").uuid(),
                Source::South => cast::organization("south").uuid(),
            };
            let scope = tenantry::db::types::GrantId::from_uuid(there);
            diesel::update(theirs.filter(grants::scope_id.eq(scope)))
                .set((
                    grants::starts_at.eq(day(starts)),
                    grants::ends_at.eq(day(ends)),
                ))
                .execute(conn)?;
        }
        if archived {
            diesel::update(projects::table.find(cast::project("dock-4")))
                .set(projects::status.eq("archived"))
                .execute(conn)?;
        }
        let sam = memberships::table.filter(memberships::user_id.eq(user(SAM)));
        diesel::update(sam)
            .set(memberships::status.eq(standing))
            .execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
    app
}

#[actix_web::test]
async fn beyond_a_the_answer_holds_of_roles_for_a_time_of_the_archive_and_of_whoever_is_not_in() {
    let all: Vec<Held> = ROLES[..5]
        .iter()
        .flat_map(|role| SOURCES.map(|source| (*role, source)))
        .collect();
    let some = (
        subsequence(all, 1..6),
        proptest::collection::vec(0..WHEN.len(), 6),
        // Pages that only open: what is archived is not changed by anybody.
        select(vec![ACTIONS[0], ACTIONS[4]]),
        proptest::bool::ANY,
        select(vec!["active", "active", "active", "invited", "deactivated"]),
    );
    let mut dice = TestRunner::default();
    let (mut yes, mut no) = (0, 0);
    while yes < CASES || no < CASES {
        let (mut held, when, action, archived, standing) =
            some.new_tree(&mut dice).unwrap().current();
        let whole = held.clone();
        held.retain(|(role, source)| {
            *source != Source::North || !whole.contains(&(*role, Source::Below))
        });
        let held: Vec<(Held, usize)> = held.into_iter().zip(when).collect();
        let case = format!("{held:?} {action:?} archived: {archived}, {standing}");
        let app = acme_as(&held, archived, standing).await;
        let olga = app.signed_in("olga@acme.example");
        let (answer, acts) = explained(&olga, action.0).await;
        // Written out: a role that reaches Dock 4 now, and gives this there; held on what is archived it does nothing.
        let gives = |role: &str| match action.0 {
            "users.view" => !matches!(role, "operations"),
            _ => !matches!(role, "user_management"),
        };
        let expected = standing == "active"
            && held.iter().any(|(((role, _), source), when)| {
                let now = *when < 2;
                let there = *source != Source::South && !(archived && *source == Source::Dock4);
                now && there && gives(role)
            });
        assert_eq!(answer == "Yes", expected, "{case}: {answer}");
        assert_eq!(has(&app, &olga, action).await, expected, "{case}");
        assert_eq!(!acts.is_empty(), expected, "{case}");
        *(if expected { &mut yes } else { &mut no }) += 1;
    }
}
