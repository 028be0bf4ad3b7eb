//! Deciding about another role than Admin: one approval of somebody who may give it, asked anew at that moment (rules 17
//! and 18; S14, S15).

use super::*;
use chrono::Duration;
use futures_util::future::join_all;
use tenantry::db::schema::{custom_roles, links, memberships, projects, request_decisions, users};
use tenantry::db::types::Ts;

const POLICY: &str = "TENANTRY_ADMIN_GRANTS";
const RAVI: &str = "ravi@acme.example";
const YES: [(&str, &str); 2] = [("decision", "approve"), ("words", "Yes")];
const NO: [(&str, &str); 2] = [("decision", "refuse"), ("words", "No")];

fn at_dock(role: &str) -> String {
    holder(role, At::Dock4)
}

/// Somebody asks for a role on Dock 4: for themself, or for somebody else.
async fn asked(visitor: &Visitor<'_>, role: &str, person: &str) -> String {
    let place = cast::project("dock-4").to_string();
    let fields = [
        ("role", role),
        ("person", person),
        ("place", &*place),
        ("reason", WHY),
    ];
    let sent = visitor.post(LIST, &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.words());
    sent.location().unwrap()
}

/// How often somebody holds a role in Acme, by what a grant calls it.
fn held(app: &TestApp, email: &str, role: &str) -> i64 {
    app.sql(|conn| {
        grants::table
            .filter(grants::user_id.eq(user(email)))
            .filter(grants::role.eq(role))
            .count()
            .get_result(conn)
    })
}

fn lose(app: &TestApp, email: &str, role: &str) {
    app.sql(|conn| {
        let theirs = grants::table.filter(grants::user_id.eq(user(email)));
        diesel::delete(theirs.filter(grants::role.eq(role))).execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
}

/// Approves, and reads what the next page says.
async fn late(visitor: &Visitor<'_>, path: &str) -> String {
    let answer = visitor.post(&format!("{path}/decision"), &YES).await;
    assert_eq!(answer.status, 303, "{}", answer.words());
    visitor.follow(answer).await.words()
}

#[actix_web::test]
async fn rule_17_one_approval_of_who_may_give_it_gives_it_whatever_the_policy_for_admin() {
    for policy in ["operator", "two-person", "existing-admin"] {
        let app = TestApp::with(&[(POLICY, policy)]).await;
        let (vera, uma) = (at_dock("viewer"), at_dock("user_management"));
        let path = asked(&app.signed_in(&vera), "operations", "").await;
        let sent = app.deliver().await;
        let to: Vec<String> = sent.iter().flat_map(|mail| mail.to.clone()).collect();
        assert!(
            to.contains(&uma) && to.contains(&at_dock("admin")),
            "{to:?}"
        );
        assert!(
            !to.contains(&vera) && !to.contains(&"olga@acme.example".to_owned()),
            "{to:?}"
        );
        for mail in &sent {
            let asks = "Vera viewer at dock4 asks for the Operations role for Vera viewer at dock4";
            assert_eq!(mail.subject(), asks);
            let text = mail.text();
            assert!(
                text.contains("Somebody who may give the role there has to approve"),
                "{text}"
            );
            assert!(
                text.contains(WHY) && !text.contains("An Admin uses"),
                "{text}"
            );
            assert!(
                text.contains(&path) && !text.contains("/decision"),
                "{text}"
            );
        }
        let done = press(
            &app.signed_in(&uma),
            &path,
            "Approve",
            "She begins on Monday.",
        )
        .await;
        assert_eq!(done.status, 303, "{}", done.words());
        assert_eq!(
            (state(&app, &path).as_str(), held(&app, &vera, "operations")),
            ("granted", 1)
        );
        let giver: Option<tenantry::db::types::UserId> = app.sql(|conn| {
            grants::table
                .filter(grants::user_id.eq(user(&vera)))
                .filter(grants::role.eq("operations"))
                .select(grants::given_by)
                .first(conn)
        });
        assert_eq!(giver, Some(user(&uma)));
        let kept: (String, String, String) = app.sql(|conn| {
            request_decisions::table
                .filter(request_decisions::request_id.eq(id_of(&path)))
                .select((
                    request_decisions::part,
                    request_decisions::verdict,
                    request_decisions::words,
                ))
                .first(conn)
        });
        let written = ("account", "approved", "She begins on Monday.");
        assert_eq!((&*kept.0, &*kept.1, &*kept.2), written);
        // Only Vera is told: it is no new Admin, and no operator has a part in it.
        let told = app.deliver_one().await;
        assert_eq!(
            told.subject(),
            "Approved: Operations role for Vera viewer at dock4"
        );
        assert_eq!(told.to, std::slice::from_ref(&vera));
        let pat = app.signed_in("pat@globex.example");
        assert_eq!(pat.get(&operator_page(&path)).await.status, 404);
        let decision = format!("{}/decision", operator_page(&path));
        assert_eq!(pat.post(&decision, &YES).await.status, 404);
        for action in ["request.created", "request.approved", "role.granted"] {
            let all = events(&app, action);
            assert!(
                all.iter().any(|one| one.contains("\"operations\"")),
                "{action}: {all:?}"
            );
        }
    }
}

#[actix_web::test]
async fn beyond_c_neither_who_asked_nor_whom_it_is_for_approves_another_role() {
    let app = TestApp::start().await;
    let (vera, uma) = (at_dock("viewer"), at_dock("user_management"));
    // Uma could give it to anybody else.
    let own = asked(&app.signed_in(&uma), "operations", "").await;
    // Ravi could by the time, and Vera too.
    let meant = asked(&app.signed_in(RAVI), "auditor", &vera).await;
    app.sql(|conn| {
        cast::give(conn, RAVI, "admin", At::Account);
        cast::give(conn, &vera, "admin", At::Dock4);
        Ok(())
    });
    for (path, email) in [
        (&own, uma.as_str()),
        (&meant, vera.as_str()),
        (&meant, RAVI),
    ] {
        let visitor = app.signed_in(email);
        let page = visitor.get(path).await;
        let says = "Somebody else who may give the role has to decide";
        assert!(page.words().contains(says), "{email}: {}", page.words());
        let forged = visitor.post(&format!("{path}/decision"), &YES).await;
        assert_eq!(forged.status, 403, "{email}: {}", forged.words());
        let gate = "The gate that refused: approval";
        assert!(forged.words().contains(gate), "{}", forged.words());
    }
    assert_eq!(
        held(&app, &uma, "operations") + held(&app, &vera, "auditor"),
        0
    );
}

#[actix_web::test]
async fn rule_17_who_may_not_give_the_role_decides_nothing_though_they_see_the_request() {
    let app = TestApp::start().await;
    let (vera, anna) = (at_dock("viewer"), at_dock("admin"));
    let path = asked(&app.signed_in(RAVI), "user_management", &vera).await;
    let to: Vec<String> = (app.deliver().await.iter())
        .flat_map(|mail| mail.to.clone())
        .collect();
    let uma = at_dock("user_management");
    assert!(to.contains(&anna) && !to.contains(&uma), "{to:?}");
    let visitor = app.signed_in(&uma);
    let page = visitor.get(&path).await;
    let says = "Only somebody who may give this role in this place can decide";
    assert!(page.words().contains(says), "{}", page.words());
    for decision in [&YES, &NO] {
        let forged = visitor.post(&format!("{path}/decision"), decision).await;
        assert_eq!(forged.status, 403, "{}", forged.words());
    }
    for stranger in [at_dock("manager"), "gil@globex.example".to_owned()] {
        let visitor = app.signed_in(&stranger);
        assert_eq!(visitor.get(&path).await.status, 404, "{stranger}");
        let forged = visitor.post(&format!("{path}/decision"), &YES).await;
        assert_eq!(forged.status, 404, "{stranger}");
    }
    // An Admin who could give it has lost that by the time they press the button.
    let late = app.signed_in(&anna);
    let (seen, form) = {
        let page = late.get(&path).await;
        let form = page.page().form("Approve").fill("words", "Yes");
        (page, form)
    };
    lose(&app, &anna, "admin");
    app.sql(|conn| {
        cast::give(conn, &anna, "user_management", At::Dock4);
        Ok(())
    });
    assert_eq!(late.submit(&seen, &form).await.status, 403);
    assert_eq!(
        (
            state(&app, &path).as_str(),
            held(&app, &vera, "user_management")
        ),
        ("waiting", 0)
    );
}

#[actix_web::test]
async fn rule_17_an_accounts_own_role_is_approved_only_by_who_holds_everything_in_it() {
    let app = TestApp::start().await;
    let (vera, uma, anna) = (
        at_dock("viewer"),
        at_dock("user_management"),
        at_dock("admin"),
    );
    let night = cast::role("Night shift").to_string();
    let path = asked(&app.signed_in(&vera), &night, "").await;
    let sent = app.deliver().await;
    let to: Vec<String> = sent.iter().flat_map(|mail| mail.to.clone()).collect();
    assert!(to.contains(&anna) && !to.contains(&uma), "{to:?}");
    assert!(
        sent.iter()
            .all(|mail| mail.subject().contains("the Night shift role"))
    );
    assert_eq!(
        app.signed_in(&uma)
            .post(&format!("{path}/decision"), &YES)
            .await
            .status,
        403
    );
    press(&app.signed_in(&anna), &path, "Approve", "Yes").await;
    assert_eq!(
        (state(&app, &path).as_str(), held(&app, &vera, &night)),
        ("granted", 1)
    );
    let created = events(&app, "request.created");
    assert!(
        created.iter().any(|one| one.contains("Night shift")),
        "{created:?}"
    );
}

#[actix_web::test]
async fn an_own_role_that_was_given_more_meanwhile_is_not_approved_by_who_holds_less() {
    let app = TestApp::start().await;
    let (otto, uma) = (at_dock("operations"), at_dock("user_management"));
    app.sql(|conn| {
        cast::insert_role(conn, "acme", "Watch", "users.view");
        Ok(())
    });
    let watch = cast::role("Watch").to_string();
    let path = asked(&app.signed_in(&otto), &watch, "").await;
    let visitor = app.signed_in(&uma);
    let seen = visitor.get(&path).await;
    let form = seen.page().form("Approve").fill("words", "Yes");
    app.sql(|conn| {
        diesel::update(custom_roles::table.find(cast::role("Watch")))
            .set(custom_roles::permissions.eq("users.view audit.view"))
            .execute(conn)
    });
    let answer = visitor.submit(&seen, &form).await;
    assert_eq!(answer.status, 403, "{}", answer.words());
    assert_eq!(held(&app, &otto, &watch), 0);
}

#[actix_web::test]
async fn a_role_that_was_deleted_meanwhile_is_only_refused_and_keeps_its_name() {
    let app = TestApp::start().await;
    let (vera, uma) = (at_dock("viewer"), at_dock("user_management"));
    let night = cast::role("Night shift").to_string();
    let path = asked(&app.signed_in(&vera), &night, "").await;
    app.sql(|conn| {
        diesel::delete(custom_roles::table.find(cast::role("Night shift"))).execute(conn)
    });
    let visitor = app.signed_in(&uma);
    let page = visitor.get(&path).await;
    let says = "The role Night shift was deleted since. The request can only be refused.";
    assert!(page.words().contains(says), "{}", page.words());
    assert!(!page.body.contains(">Approve<"), "{}", page.words());
    let words = late(&visitor, &path).await;
    assert!(words.contains("Nothing was approved"), "{words}");
    press(&visitor, &path, "Refuse", "It is gone.").await;
    assert_eq!(
        (state(&app, &path).as_str(), held(&app, &vera, &night)),
        ("refused", 0)
    );
}

#[actix_web::test]
async fn nothing_is_approved_for_who_was_deactivated_nor_for_a_manager_who_is_none_any_more() {
    let app = TestApp::start().await;
    let (vera, anna) = (at_dock("viewer"), at_dock("admin"));
    let path = asked(&app.signed_in(RAVI), "auditor", &vera).await;
    let visitor = app.signed_in(&anna);
    lose(&app, RAVI, "user_management");
    let says = "Ravi Users, who asked, no longer manages users in Dock 4 in North.";
    let page = visitor.get(&path).await;
    assert!(page.words().contains(says), "{}", page.words());
    let words = late(&visitor, &path).await;
    assert!(
        words.contains(says) && words.contains("Nothing was approved"),
        "{words}"
    );
    app.sql(|conn| {
        cast::give(conn, RAVI, "user_management", At::North);
        let vera = memberships::table.filter(memberships::user_id.eq(user(&vera)));
        diesel::update(vera)
            .set(memberships::status.eq("deactivated"))
            .execute(conn)
    });
    let words = late(&visitor, &path).await;
    assert!(words.contains("has been deactivated since"), "{words}");
    assert_eq!(
        (state(&app, &path).as_str(), held(&app, &vera, "auditor")),
        ("waiting", 0)
    );
}

#[actix_web::test]
async fn on_a_project_that_was_archived_meanwhile_nothing_is_approved_and_who_could_above_refuses()
{
    let app = TestApp::start().await;
    let (vera, ravi) = (at_dock("viewer"), app.signed_in(RAVI));
    let path = asked(&app.signed_in(&vera), "operations", "").await;
    app.sql(|conn| {
        diesel::update(projects::table.find(cast::project("dock-4")))
            .set(projects::status.eq("archived"))
            .execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
    let words = late(&ravi, &path).await;
    assert!(
        words.contains("Dock 4 in North was archived or deleted since."),
        "{words}"
    );
    assert_eq!(held(&app, &vera, "operations"), 0);
    press(&ravi, &path, "Refuse", "It is closed.").await;
    assert_eq!(state(&app, &path), "refused");
}

#[actix_web::test]
async fn s15_a_login_that_nobody_has_proven_gets_no_role_that_lets_do_much_by_a_request_either() {
    let app = TestApp::start().await;
    let (vera, uma, anna) = (
        at_dock("viewer"),
        at_dock("user_management"),
        at_dock("admin"),
    );
    app.sql(|conn| {
        diesel::update(users::table.filter(users::id.eq(user(&vera))))
            .set(users::verified_at.eq(None::<Ts>))
            .execute(conn)?;
        // Uma showed her the link that she came in by, and could not give her this role.
        diesel::update(links::table.find(cast::dana_link()))
            .set((
                links::user_id.eq(user(&vera)),
                links::sent_by.eq(Some(user(&uma))),
                links::used_at.eq(Some(cast::morning())),
            ))
            .execute(conn)
    });
    let path = asked(&app.signed_in(&vera), "user_management", "").await;
    let visitor = app.signed_in(&anna);
    let why = "came in by a link that was handed over";
    let page = visitor.get(&path).await;
    assert!(page.words().contains(why), "{}", page.words());
    let words = late(&visitor, &path).await;
    assert!(
        words.contains(why) && words.contains("Nothing was approved"),
        "{words}"
    );
    assert_eq!(held(&app, &vera, "user_management"), 0);
}

#[actix_web::test]
async fn what_was_given_meanwhile_is_not_given_again() {
    let app = TestApp::start().await;
    let (vera, uma) = (at_dock("viewer"), at_dock("user_management"));
    let path = asked(&app.signed_in(&vera), "operations", "").await;
    app.sql(|conn| {
        cast::give(conn, &vera, "operations", At::Dock4);
        Ok(())
    });
    let words = late(&app.signed_in(&uma), &path).await;
    assert!(
        words.contains("has Operations in Dock 4 already"),
        "{words}"
    );
    assert_eq!(held(&app, &vera, "operations"), 1);
}

#[actix_web::test]
async fn of_fifty_approvals_of_another_role_one_makes_the_grant_and_the_others_are_told_whose() {
    let app = TestApp::start().await;
    let vera = at_dock("viewer");
    let path = asked(&app.signed_in(&vera), "operations", "").await;
    let both = [at_dock("user_management"), at_dock("admin")].map(|one| app.signed_in(&one));
    let decision = format!("{path}/decision");
    let seen = seen(&both[0], &path).await;
    let fields = yes(&seen);
    let tries = (0..50).map(|n| both[n % 2].post(&decision, &fields));
    let answers = join_all(tries).await;
    assert!(
        answers
            .iter()
            .all(|answer| [303, 503].contains(&answer.status))
    );
    let decided: i64 = app.sql(|conn| {
        request_decisions::table
            .filter(request_decisions::request_id.eq(id_of(&path)))
            .count()
            .get_result(conn)
    });
    assert_eq!((held(&app, &vera, "operations"), decided), (1, 1));
    assert_eq!(events(&app, "role.granted").len(), 1);
    let words = late(&both[0], &path).await;
    assert!(
        words.contains("already approved this at 09:00 UTC."),
        "{words}"
    );
}

#[actix_web::test]
async fn a_withdrawal_against_approvals_of_another_role_has_one_winner() {
    for round in 0..3 {
        let app = TestApp::start().await;
        let (vera, uma) = (
            at_dock("viewer"),
            app.signed_in(&at_dock("user_management")),
        );
        let asks = app.signed_in(&vera);
        let path = asked(&asks, "operations", "").await;
        let (decision, withdrawal) = (format!("{path}/decision"), format!("{path}/withdraw"));
        let seen = seen(&uma, &path).await;
        let fields = &yes(&seen);
        let tries = (0..50).map(|n| {
            let (uma, asks, decision, withdrawal) = (&uma, &asks, &decision, &withdrawal);
            async move {
                if (n + round) % 2 == 0 {
                    uma.post(decision, fields).await
                } else {
                    asks.post(withdrawal, &[]).await
                }
            }
        });
        let answers = join_all(tries).await;
        assert!(
            answers
                .iter()
                .all(|answer| [303, 503].contains(&answer.status))
        );
        let granted = state(&app, &path) == "granted";
        assert!(granted || state(&app, &path) == "withdrawn");
        assert_eq!(held(&app, &vera, "operations"), i64::from(granted));
    }
}

#[actix_web::test]
async fn another_role_is_reminded_of_after_three_and_ten_days_and_ends_after_fourteen() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        diesel::update(requests::table)
            .set((
                requests::state.eq("withdrawn"),
                requests::due_at.eq(None::<Ts>),
            ))
            .execute(conn)
    });
    let vera = at_dock("viewer");
    let path = asked(&app.signed_in(&vera), "operations", "").await;
    let first = app.deliver().await.len();
    let tend = async || {
        while tenantry::jobs::tend_requests_once(app.app()).await.unwrap() {}
        app.deliver().await
    };
    for (days, mails) in [(2, 0), (1, first), (1, 0), (6, first), (3, 0)] {
        app.advance(Duration::days(days));
        let sent = tend().await;
        assert_eq!(sent.len(), mails, "{days} more days");
        assert!(
            sent.iter()
                .all(|mail| mail.text().contains("This is a reminder"))
        );
    }
    app.advance(Duration::days(1));
    let sent = tend().await;
    assert_eq!(sent.len(), 1);
    assert_eq!(
        sent[0].subject(),
        "Not approved: Operations role for Vera viewer at dock4"
    );
    assert_eq!(state(&app, &path), "expired");
    let words = late(&app.signed_in(&at_dock("user_management")), &path).await;
    assert!(words.contains("This request expired"), "{words}");
    assert_eq!(held(&app, &vera, "operations"), 0);
}

#[actix_web::test]
async fn a_refusal_carries_its_words_and_the_list_and_its_file_show_the_role() {
    let app = TestApp::start().await;
    let (vera, uma) = (
        at_dock("viewer"),
        app.signed_in(&at_dock("user_management")),
    );
    let path = asked(&app.signed_in(&vera), "operations", "").await;
    app.deliver().await;
    for page in [LIST, "/accounts/acme/requests.csv"] {
        let answer = uma.get(page).await;
        assert!(
            answer.body.contains("Operations"),
            "{page}: {}",
            answer.body
        );
    }
    press(&uma, &path, "Refuse", "Not before June.").await;
    let told = app.deliver_one().await;
    assert_eq!(
        told.subject(),
        "Not approved: Operations role for Vera viewer at dock4"
    );
    assert!(told.text().contains("Not before June."), "{}", told.text());
    assert_eq!(
        (state(&app, &path).as_str(), held(&app, &vera, "operations")),
        ("refused", 0)
    );
    // Nobody who neither manages users there nor is concerned sees it.
    let sam = app.signed_in("sam@acme.example");
    assert_eq!(sam.get(&path).await.status, 404);
}

#[actix_web::test]
async fn a_request_in_many_groups_takes_as_many_statements_as_in_one() {
    use crate::support::statements;
    statements::listen();
    let app = TestApp::start().await;
    let vera = app.signed_in(&at_dock("viewer"));
    // Nobody nearer than the account may give it, so that everybody on the way is looked for.
    let path = asked(&vera, "user_management", "").await;
    app.sql(|conn| {
        let near = grants::table.filter(grants::role.eq_any(["admin", "owner"]));
        let near = near.filter(grants::scope.ne("account"));
        diesel::delete(near).execute(conn)?;
        tenantry::members::rebuilding::rebuild(conn).unwrap();
        Ok(())
    });
    let mut counts = Vec::new();
    for groups in [1, 6] {
        app.sql(|conn| {
            for n in 0..groups {
                let group = cast::insert_group(conn, "acme", &format!("Round {groups} {n}"));
                cast::tick(conn, group, cast::organization("north"));
            }
            Ok(())
        });
        let olga = app.signed_in("olga@acme.example");
        olga.get(&path).await;
        let (page, heard) = statements::during(&app, olga.get(&path)).await;
        assert_eq!(page.status, 200, "{}", page.words());
        counts.push(heard.len());
    }
    assert_eq!(counts[0], counts[1]);
}

#[actix_web::test]
async fn the_reason_of_a_role_that_was_asked_for_stays_with_it() {
    let app = TestApp::start().await;
    let vera = at_dock("viewer");
    let path = asked(&app.signed_in(&vera), "operations", "").await;
    let uma = app.signed_in(&at_dock("user_management"));
    press(&uma, &path, "Approve", "Yes").await;
    let place = cast::project("dock-4");
    let question = format!(
        "/accounts/acme/access?person={}&action=devices.manage&where={place}",
        user(&vera)
    );
    let answer = uma.get(&question).await;
    assert!(answer.words().contains(WHY), "{}", answer.words());
    assert!(answer.body.contains(&path), "{}", answer.words());
}
