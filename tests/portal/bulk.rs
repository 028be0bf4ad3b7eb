//! Acts on several people of User Management: ticked, reviewed row by row, done row by row, and shown (ux 6.9, 7.12;
//! rules 9, 11, 14, 17).

mod days;
mod review;

use chrono::Duration;
use diesel::prelude::*;
use tenantry::db::schema::{audit_events, bulk_acts, grants, memberships, outbox};
use tenantry::db::types::GrantId;
use tenantry::members::Status;

use crate::support::app::TestApp;
use crate::support::cast::{self, At, Person, holder, user};
use crate::support::visitor::{Answer, Visitor};

const LIST: &str = "/accounts/acme/user-management";
const BULK: &str = "/accounts/acme/user-management/bulk";
const RAVI: &str = "ravi@acme.example";
const SAM: &str = "sam@acme.example";
const DANA: &str = "dana@acme.example";

fn ids(people: &[&str]) -> Vec<String> {
    people.iter().map(|email| user(email).to_string()).collect()
}

/// The form of the list with these people ticked.
async fn select(visitor: &Visitor<'_>, act: &str, people: &[&str]) -> Answer {
    let ids = ids(people);
    let mut fields = vec![("act", act)];
    fields.extend(ids.iter().map(|id| ("person", id.as_str())));
    visitor.post(BULK, &fields).await
}

/// Agrees to a review, and opens what came of it.
async fn agree(visitor: &Visitor<'_>, review: &Answer) -> Answer {
    assert_eq!(review.status, 200, "{}", review.words());
    let form = review.page().form("Submit");
    let done = visitor.submit(review, &form).await;
    assert_eq!(done.status, 303, "{}", done.words());
    visitor.follow(done).await
}

fn says(answer: &Answer, all: &[&str]) {
    let words = answer.words();
    for says in all {
        assert!(words.contains(says), "{says:?} in {words}");
    }
}

fn statuses(app: &TestApp, people: &[&str]) -> Vec<String> {
    app.sql(|conn| {
        let of = |email: &&str| {
            memberships::table
                .filter(memberships::account_id.eq(cast::account("acme")))
                .filter(memberships::user_id.eq(user(email)))
                .select(memberships::status)
                .first(conn)
        };
        people.iter().map(of).collect()
    })
}

fn on_dock(app: &TestApp, email: &str) -> Vec<String> {
    let scope = GrantId::from_uuid(cast::project("dock-4").uuid());
    app.sql(|conn| {
        grants::table
            .filter(grants::scope_id.eq(scope))
            .filter(grants::user_id.eq(user(email)))
            .order(grants::role.asc())
            .select(grants::role)
            .load(conn)
    })
}

/// How many roles, mails and audit events there are.
fn rows(app: &TestApp) -> (i64, i64, i64) {
    app.sql(|conn| {
        Ok((
            grants::table.count().get_result(conn)?,
            outbox::table.count().get_result(conn)?,
            audit_events::table.count().get_result(conn)?,
        ))
    })
}

#[actix_web::test]
async fn the_list_has_a_named_box_for_whom_one_manages_and_none_for_oneself() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(&format!("{LIST}?per=100")).await.page();
    let boxed = |email: &str| page.has(&format!("input[form=bulk][value={}]", user(email)));
    assert!(boxed(DANA) && boxed("olga@acme.example") && !boxed(RAVI));
    let own = "th input[type=checkbox][disabled]";
    assert_eq!(page.texts(own).len(), 1);
    assert_eq!(page.attribute(own, "name"), None, "it posts nothing");
    let why = page.attribute(own, "aria-describedby").unwrap();
    assert_eq!(
        page.text(&format!("#{why}")),
        "Not selectable: nobody changes their own access."
    );
    let label = format!("input[type=checkbox][value={}]", user(DANA));
    let label = page.attribute(&label, "aria-label");
    assert_eq!(label.as_deref(), Some("Select Dana Invited"));
    let whole = app.signed_in(&holder("viewer", At::Account));
    let page = whole.get(LIST).await.page();
    assert!(!page.has("input[name=person]") && !page.has("#bulk"));
}

#[actix_web::test]
async fn every_row_of_a_page_is_selected_by_a_link_that_needs_no_script() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(&format!("{LIST}?role=viewer")).await;
    assert!(!page.page().has("input[name=person][checked]"));
    let all = ravi.get(&page.page().link("Select all on this page")).await;
    let boxes = all.page().texts("tbody th input[name=person]").len();
    let ticked = all
        .page()
        .texts("tbody th input[name=person][checked]")
        .len();
    assert!(boxes > 3 && boxes == ticked, "{ticked} of {boxes}");
    all.page().link("Select none");
    let form = all.page().form("Review").tick("act", "take");
    let choose = ravi.submit(&all, &form).await;
    assert_eq!(choose.page().h1(), "Remove role", "{}", choose.words());
}

#[actix_web::test]
async fn nobody_selected_leads_back_to_the_view_one_came_from() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(&format!("{LIST}?role=viewer")).await;
    let sent = ravi.submit(&page, &page.page().form("Review")).await;
    assert_eq!(
        sent.header("location"),
        Some("/accounts/acme/user-management?role=viewer")
    );
    let back = ravi.follow(sent).await;
    says(&back, &["Select at least one person in the list first."]);
}

#[actix_web::test]
async fn rule_11_deactivating_several_says_of_each_what_happens_and_skips_only_those_it_must() {
    let app = TestApp::start().await;
    let (vera, anna) = (holder("viewer", At::Dock4), holder("admin", At::Dock4));
    let ravi = app.signed_in(RAVI);
    let people = [SAM, &vera, &anna, "olga@acme.example", DANA, RAVI];
    let before = rows(&app);
    let review = select(&ravi, "deactivate", &people).await;
    says(
        &review,
        &[
            "Review: Deactivate User",
            "2 will be done, 4 skipped. Nothing has been changed yet.",
            "Sam South Will be done Is signed out everywhere and cannot sign in to Acme any more.",
            "An Admin can be deactivated only by another Admin or an Owner.",
            "An Owner can be deactivated only by an Owner.",
            "Dana Invited is not active",
            "Ravi Users Skipped This is about yourself",
        ],
    );
    assert_eq!(rows(&app), before, "a review leaves nothing");
    assert_eq!(statuses(&app, &people[..2]), ["active", "active"]);
    let sam = app.signed_in(SAM);
    let form = review
        .page()
        .form("Submit")
        .fill("reason", "Season is over");
    let done = ravi.submit(&review, &form).await;
    let result = ravi.follow(done).await;
    says(&result, &["Result: Deactivate User", "2 done, 4 skipped."]);
    assert_eq!(
        statuses(&app, &people),
        [
            "deactivated",
            "deactivated",
            "active",
            "active",
            "invited",
            "active"
        ]
    );
    assert_eq!(sam.get("/accounts/acme").await.status, 303, "signed out");
    let entries: Vec<String> = app.sql(|conn| {
        audit_events::table
            .filter(audit_events::action.eq("user.deactivated"))
            .select(audit_events::details)
            .load(conn)
    });
    assert_eq!(entries.len(), 2, "an entry a person");
    assert!(
        entries.iter().all(|entry| entry.contains("Season is over")),
        "{entries:?}"
    );
    let told = app.deliver().await;
    assert_eq!(told.len(), 2);
    assert!(
        told.iter()
            .all(|mail| mail.subject() == "Your access to Acme has ended")
    );
}

#[actix_web::test]
async fn rule_11_admins_and_owners_are_deactivated_one_by_one_and_never_with_others() {
    let app = TestApp::start().await;
    let (vera, anna) = (holder("viewer", At::Dock4), holder("admin", At::Dock4));
    app.sql(|conn| {
        Person::of("acme", "otis@acme.example", "Otis", "Owner").insert(conn);
        cast::give(conn, "otis@acme.example", "owner", At::Account);
        Ok(())
    });
    let olga = app.signed_in("olga@acme.example");
    let list = olga.get(&format!("{LIST}?per=100")).await.page();
    assert_eq!(
        list.text("#apart"),
        "Admins and Owners cannot be selected for Deactivate User: that is done one by one, on their own page."
    );
    let why = |email: &str| {
        let own = format!("input[form=bulk][value={}]", user(email));
        list.attribute(&own, "aria-describedby")
    };
    assert_eq!(why(&anna).as_deref(), Some("apart"));
    assert_eq!(why(&vera), None);
    let people = [&*vera, &*anna, "otis@acme.example"];
    let review = select(&olga, "deactivate", &people).await;
    says(
        &review,
        &[
            "1 will be done, 2 skipped. Nothing has been changed yet.",
            "Skipped An Admin or Owner is not deactivated together with others: that is done one by one, on their own page.",
        ],
    );
    let done = agree(&olga, &review).await;
    says(&done, &["1 done, 2 skipped."]);
    assert_eq!(statuses(&app, &people), ["deactivated", "active", "active"]);
    // For anything else they are selected as everybody is, and on their own page it is done.
    let dock = review_on_dock(&olga, "give", &[&*anna], "billing").await;
    says(&dock, &["1 will be done, 0 skipped."]);
    let path = format!("/accounts/acme/users/{}/deactivate", user(&anna));
    let page = olga.get(&path).await;
    let alone = olga
        .submit(&page, &page.page().form("Deactivate User"))
        .await;
    assert_eq!(alone.status, 303, "{}", alone.words());
    assert_eq!(statuses(&app, &[&*anna]), ["deactivated"]);
    // Where nobody on the page is one, nothing is said of them.
    let part = olga.get(&format!("{LIST}?role=viewer")).await.page();
    assert!(part.has("#bulk") && !part.has("#apart"));
}

#[actix_web::test]
async fn the_same_form_sent_twice_acts_once_and_shows_the_same_outcome() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let review = select(&ravi, "resend", &[DANA]).await;
    let form = review.page().form("Submit");
    let first = ravi.submit(&review, &form).await;
    let after = rows(&app);
    let second = ravi.submit(&review, &form).await;
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(rows(&app), after, "one mail, one event");
    let path = first.header("location").unwrap().to_owned();
    says(&ravi.get(&path).await, &["1 done, 0 skipped."]);
    // It is told to nobody else, and to nobody after a day.
    let other = app.signed_in("olga@acme.example");
    assert_eq!(other.get(&path).await.status, 404);
    app.advance(Duration::hours(25));
    let ravi = app.signed_in(RAVI);
    let review = select(&ravi, "deactivate", &[SAM]).await;
    agree(&ravi, &review).await;
    let kept: i64 = app.sql(|conn| bulk_acts::table.count().get_result(conn));
    assert_eq!(kept, 1, "what is a day old is forgotten");
}

#[actix_web::test]
async fn rule_8_several_are_added_to_a_reservation_told_and_it_is_taken_back() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    let ravi = app.signed_in(RAVI);
    let choose = select(&ravi, "join", &[SAM, &vera, "ines@acme.example", RAVI]).await;
    assert_eq!(choose.page().h1(), "Add to Reservation");
    let form = choose.page().form("Review");
    assert!(
        !choose.page().has("input[value=owner]"),
        "nobody becomes Owner by this"
    );
    let nothing = ravi.submit(&choose, &form).await;
    assert_eq!(nothing.status, 422);
    assert_eq!(
        nothing.page().error_summary().len(),
        2,
        "{}",
        nothing.words()
    );
    let dock = cast::project("dock-4").to_string();
    let form = form.tick("place", &dock).tick("role", "viewer");
    let before = rows(&app);
    let review = ravi.submit(&choose, &form).await;
    says(
        &review,
        &[
            "1 will be done, 3 skipped.",
            "Sam South Will be done Gets Viewer on Dock 4.",
            "Holds this on Dock 4 already.",
            "Is inactive: reactivate them first.",
            "You cannot change your own roles.",
        ],
    );
    assert_eq!(rows(&app), before);
    let result = agree(&ravi, &review).await;
    says(&result, &["1 done, 3 skipped."]);
    assert_eq!(on_dock(&app, SAM), ["viewer"]);
    assert_eq!(
        app.deliver_one().await.subject(),
        "You can now work on Dock 4"
    );
    let undo = ravi.get(&result.page().link("Undo")).await;
    agree(&ravi, &undo).await;
    assert!(on_dock(&app, SAM).is_empty(), "taken back");
}

#[actix_web::test]
async fn rule_17_a_role_that_one_may_not_take_stays_and_the_gate_is_named() {
    let app = TestApp::start().await;
    let (vera, aude) = (holder("viewer", At::Dock4), holder("auditor", At::Dock4));
    app.sql(|conn| {
        cast::give(conn, &aude, "viewer", At::Dock4);
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let choose = select(&ravi, "take", &[&vera, &aude, SAM]).await;
    let form = choose.page().form("Review");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let form = form.tick("role", "viewer").tick("role", "auditor");
    let review = ravi.submit(&choose, &form).await;
    says(
        &review,
        &[
            "Loses Viewer on Dock 4, and then holds no role there.",
            "Only an Admin or Owner of this place can take away the role Auditor.",
            "Does not hold this on Dock 4.",
        ],
    );
    agree(&ravi, &review).await;
    assert!(on_dock(&app, &vera).is_empty());
    assert_eq!(
        on_dock(&app, &aude),
        ["auditor", "viewer"],
        "nothing half done"
    );
}

#[actix_web::test]
async fn all_roles_on_a_reservation_are_taken_by_removing_people_from_it() {
    let app = TestApp::start().await;
    let vera = holder("viewer", At::Dock4);
    app.sql(|conn| {
        cast::give(conn, &vera, "billing", At::Dock4);
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let choose = select(&ravi, "leave", &[&vera, SAM]).await;
    assert_eq!(choose.page().h1(), "Remove from Reservation");
    let form = choose.page().form("Review");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let review = ravi.submit(&choose, &form).await;
    let skipped = "Holds no role on Dock 4 itself.";
    says(&review, &["Loses Viewer, Billing on Dock 4", skipped]);
    agree(&ravi, &review).await;
    assert!(on_dock(&app, &vera).is_empty());
}

#[actix_web::test]
async fn rule_17_forged_roles_are_refused_for_each_and_nothing_is_given() {
    let app = TestApp::start().await;
    let dock = cast::project("dock-4").to_string();
    let acme = cast::account("acme").to_string();
    let sam = ids(&[SAM]);
    let before = rows(&app);
    for (who, place, role) in [
        (RAVI, &dock, "admin"),
        (RAVI, &dock, "user_management"),
        (RAVI, &dock, "owner"),
        (RAVI, &acme, "owner"),
        ("olga@acme.example", &acme, "owner"),
        ("olga@acme.example", &dock, "admin"),
    ] {
        let visitor = app.signed_in(who);
        let fields = [
            ("act", "give"),
            ("change", "change_01jd0000000000000000000000"),
            ("person", sam[0].as_str()),
            ("place", place.as_str()),
            ("role", role),
        ];
        let review = visitor.post(BULK, &fields).await;
        says(&review, &["0 will be done, 1 skipped."]);
        assert!(!review.page().has("main form"), "nothing to agree to");
        let mut fields = fields.to_vec();
        fields[1].1 = "change_01jd0000000000000000000001";
        fields.push(("confirmed", "yes"));
        visitor.post(BULK, &fields).await;
        app.sql(|conn| diesel::delete(bulk_acts::table).execute(conn));
    }
    assert_eq!(rows(&app), before);
}

#[actix_web::test]
async fn rule_9_an_old_invitation_is_sent_again_with_its_roles_confirmed_in_the_review() {
    let app = TestApp::start().await;
    app.advance(Duration::hours(60));
    let ravi = app.signed_in(RAVI);
    let review = select(&ravi, "resend", &[DANA, SAM]).await;
    says(
        &review,
        &[
            "1 will be done, 1 skipped.",
            "Gets a new link, which works until",
            "You confirm Viewer on Dock 4.",
            "Sam South is not waiting for an invitation any more.",
        ],
    );
    // A role that came since was not looked at: it is not confirmed, and nothing is sent.
    app.sql(|conn| {
        cast::give(conn, DANA, "billing", At::Dock4);
        Ok(())
    });
    let mails = rows(&app).1;
    let stale = agree(&ravi, &review).await;
    says(
        &stale,
        &["0 done, 2 skipped.", "The roles of this invitation changed"],
    );
    assert_eq!(rows(&app).1, mails);
    let review = select(&ravi, "resend", &[DANA]).await;
    let result = agree(&ravi, &review).await;
    says(&result, &["1 done, 0 skipped."]);
    assert_eq!(app.deliver_one().await.to, [DANA]);
}

#[actix_web::test]
async fn invitations_are_withdrawn_where_every_role_may_be_taken() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    app.sql(|conn| {
        let nina = Person::of("acme", "nina@acme.example", "Nina", "New");
        Person {
            status: Status::Invited,
            ..nina
        }
        .insert(conn);
        cast::give(conn, "nina@acme.example", "auditor", At::Account);
        Ok(())
    });
    let review = select(&ravi, "withdraw", &[DANA, "nina@acme.example"]).await;
    let refused = "This invitation carries a role that you cannot take away.";
    says(&review, &["1 will be done, 1 skipped.", refused]);
    agree(&ravi, &review).await;
    assert!(on_dock(&app, DANA).is_empty());
    assert_eq!(statuses(&app, &["nina@acme.example"]), ["invited"]);
}

#[actix_web::test]
async fn s4_several_come_back_with_what_one_may_give_and_the_rest_waits() {
    let app = TestApp::start().await;
    app.sql(|conn| {
        cast::give(conn, SAM, "auditor", At::Account);
        Ok(())
    });
    let ravi = app.signed_in(RAVI);
    let review = select(&ravi, "deactivate", &[SAM]).await;
    let result = agree(&ravi, &review).await;
    // All of them at once, from the page that says who was shut out.
    let form = result.page().form("Reactivate them");
    let review = ravi.submit(&result, &form).await;
    says(
        &review,
        &[
            "Review: Reactivate User",
            "Comes back with Viewer on Dock 9.",
            "Until somebody who may give it confirms, this waits: Auditor on Acme.",
        ],
    );
    agree(&ravi, &review).await;
    assert_eq!(statuses(&app, &[SAM]), ["active"]);
    let list = ravi.get(&format!("{LIST}?status=inactive")).await;
    let acts = list.page().texts("#act option");
    assert_eq!(
        acts,
        ["Reactivate User"],
        "all that can be done with who is inactive"
    );
}

#[actix_web::test]
async fn everybody_who_matches_is_meant_on_every_page_up_to_a_bound() {
    let app = TestApp::start().await;
    let crowd = |from: usize, to: usize| {
        app.sql(|conn| {
            for n in from..to {
                let email = format!("crowd{n:03}@acme.example");
                Person::of("acme", &email, "Cleo", &format!("Crowd {n:03}")).insert(conn);
                cast::give(conn, &email, "viewer", At::Dock9);
            }
            Ok(())
        });
    };
    crowd(0, 60);
    let ravi = app.signed_in(RAVI);
    let page = ravi.get(&format!("{LIST}?q=cleo")).await;
    says(&page, &["All 60 who match, on every page"]);
    let all = page
        .page()
        .form("Review")
        .tick("all", "yes")
        .tick("act", "deactivate");
    let review = ravi.submit(&page, &all).await;
    says(&review, &["60 will be done, 0 skipped."]);
    crowd(60, 201);
    let many = ravi.submit(&page, &all).await;
    let back = ravi.follow(many).await;
    says(
        &back,
        &["These are more than 200 people, the most of one act."],
    );
}

#[actix_web::test]
async fn the_box_for_everybody_says_how_many_the_review_will_have_or_why_it_is_shut() {
    let app = TestApp::start().await;
    let crowd = |from: usize, to: usize| {
        app.sql(|conn| {
            for n in from..to {
                let email = format!("crowd{n:03}@acme.example");
                Person::of("acme", &email, "Cleo", &format!("Crowd {n:03}")).insert(conn);
                cast::give(conn, &email, "billing", At::Dock4);
            }
            Ok(())
        });
    };
    crowd(0, 120);
    let (ravi, uma) = (
        app.signed_in(RAVI),
        app.signed_in(&holder("user_management", At::Dock4)),
    );
    // Counted with the links, asked where more narrows the list, and of a part; never with oneself.
    for (reader, query) in [
        (&ravi, ""),
        (&ravi, "?status=active"),
        (&ravi, "?role=billing"),
        (&uma, ""),
        (&uma, "?q=cleo"),
    ] {
        let page = reader.get(&format!("{LIST}{query}")).await;
        let box_of_all = page.page().text("form.bulk label.all");
        let number = box_of_all.split(' ').nth(1).unwrap().to_owned();
        let form = page.page().form("Review").tick("all", "yes");
        let choose = reader.submit(&page, &form.tick("act", "leave")).await;
        let people = choose.page().form("Review").fields;
        let people = people.iter().filter(|(name, _)| name == "person").count();
        assert_eq!(number, people.to_string(), "{query}: {box_of_all}");
    }
    crowd(120, 201);
    for (reader, query) in [(&ravi, ""), (&ravi, "?role=billing"), (&uma, "")] {
        let page = reader.get(&format!("{LIST}{query}")).await.page();
        assert_eq!(
            page.text("form.bulk label.all"),
            "Everybody who matches (more than 200, the most of one act: narrow the list first)"
        );
        assert!(page.has("input[name=all][disabled]"), "{query}");
    }
}

#[actix_web::test]
async fn rule_5_people_and_places_of_elsewhere_are_not_there() {
    let app = TestApp::start().await;
    let uma = app.signed_in(&holder("user_management", At::Dock4));
    let before = rows(&app);
    for email in ["gil@globex.example", SAM, "nobody@nowhere.example"] {
        for act in ["join", "deactivate", "resend"] {
            let alone = select(&uma, act, &[email]).await;
            assert_eq!(alone.status, 404, "{act} {email}: {}", alone.words());
        }
        let beside = select(&uma, "resend", &[DANA, email]).await;
        says(
            &beside,
            &[
                "1 will be done, 1 skipped.",
                "Somebody who is no longer in the list",
            ],
        );
        for name in ["Gil", "South"] {
            assert!(!beside.words().contains(name), "{}", beside.words());
        }
    }
    let dana = ids(&[DANA]);
    for place in ["bay-1", "dock-9", "no-such"] {
        for act in ["give", "join", "take", "leave"] {
            let place = cast::project(place).to_string();
            let fields = [
                ("act", act),
                ("change", "change_01jd0000000000000000000000"),
                ("person", dana[0].as_str()),
                ("place", place.as_str()),
                ("role", "viewer"),
                ("confirmed", "yes"),
            ];
            assert_eq!(uma.post(BULK, &fields).await.status, 404, "{act} {place}");
        }
    }
    assert_eq!(rows(&app), before);
}

#[actix_web::test]
async fn rule_14_of_fifty_owners_who_shut_out_all_others_at_once_everyone_stays() {
    let app = TestApp::start().await;
    let emails: Vec<String> = (0..50).map(|n| format!("own{n}@acme.example")).collect();
    app.sql(|conn| {
        for email in &emails {
            Person::of("acme", email, "Own", "Er").insert(conn);
            cast::give(conn, email, "owner", At::Account);
        }
        let olgas = grants::table
            .filter(grants::user_id.eq(user("olga@acme.example")))
            .filter(grants::role.eq("owner"));
        diesel::delete(olgas).execute(conn)?;
        Ok(())
    });
    let visitors: Vec<Visitor<'_>> = emails.iter().map(|email| app.signed_in(email)).collect();
    let all = visitors.iter().enumerate().map(|(n, visitor)| {
        let change = format!("change_01jd00000000000000000000{n:02}");
        let others = emails.iter().filter(|email| **email != emails[n]);
        let others: Vec<String> = others.map(|email| user(email).to_string()).collect();
        async move {
            let mut fields = vec![
                ("act", "deactivate"),
                ("change", &change),
                ("confirmed", "yes"),
            ];
            fields.extend(others.iter().map(|id| ("person", id.as_str())));
            visitor.post(BULK, &fields).await.status
        }
    });
    let told = futures_util::future::join_all(all).await;
    let people: Vec<&str> = emails.iter().map(String::as_str).collect();
    let left = statuses(&app, &people);
    let left = left.iter().filter(|status| *status == "active").count();
    assert_eq!(left, 50, "owners are shut out one by one: {told:?}");
    assert!(
        told.iter().all(|status| *status < 500 || *status == 503),
        "{told:?}"
    );
}

#[actix_web::test]
async fn nonsense_is_answered_and_changes_nothing() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let before = rows(&app);
    let sam = ids(&[SAM]);
    let person = ("person", sam[0].as_str());
    let change = ("change", "change_01jd0000000000000000000000");
    let long = "why ".repeat(2_500);
    for (status, fields) in [
        (303, vec![("act", "sing"), person]),
        (303, vec![person]),
        (404, vec![("act", "deactivate"), ("person", "me")]),
        (400, vec![("act", "deactivate"), person, ("change", "x")]),
        (400, vec![("act", "deactivate"), ("act", "resend"), person]),
        (
            404,
            vec![
                ("act", "join"),
                person,
                change,
                ("place", "x"),
                ("role", "viewer"),
            ],
        ),
        (
            403,
            vec![
                ("act", "join"),
                person,
                change,
                ("place", ""),
                ("role", "king"),
            ],
        ),
        (
            422,
            vec![
                ("act", "deactivate"),
                person,
                change,
                ("confirmed", "yes"),
                ("reason", &long),
            ],
        ),
    ] {
        let answer = ravi.post(BULK, &fields).await;
        assert_eq!(answer.status, status, "{fields:?}: {}", answer.words());
    }
    assert_eq!(ravi.get(&format!("{BULK}?of=x")).await.status, 404);
    assert_eq!(ravi.get(BULK).await.status, 303);
    assert_eq!(rows(&app), before);
    assert_eq!(statuses(&app, &[SAM]), ["active"]);
}

/// From the list to the review of an act on Dock 4.
async fn review_on_dock(visitor: &Visitor<'_>, act: &str, people: &[&str], role: &str) -> Answer {
    let choose = select(visitor, act, people).await;
    let form = choose.page().form("Review");
    let form = form.tick("place", &cast::project("dock-4").to_string());
    let form = if role.is_empty() {
        form
    } else {
        form.tick("role", role)
    };
    let review = visitor.submit(&choose, &form).await;
    assert_eq!(review.status, 200, "{}", review.words());
    review
}

#[actix_web::test]
async fn what_came_since_the_review_of_roles_is_looked_at_again() {
    let app = TestApp::start().await;
    let (vera, otto) = (holder("viewer", At::Dock4), holder("operations", At::Dock4));
    let ravi = app.signed_in(RAVI);
    let review = review_on_dock(&ravi, "leave", &[&vera, &otto], "").await;
    app.sql(|conn| {
        cast::give(conn, &vera, "billing", At::Dock4);
        Ok(())
    });
    let before = rows(&app);
    let again = ravi.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(again.status, 200, "{}", again.words());
    says(
        &again,
        &[
            "Roles were changed since you looked. 2 will be done",
            "Loses Viewer, Billing on Dock 4, and then holds no role there. Changed since you looked.",
        ],
    );
    let told = again.words().matches("Changed since you looked.").count();
    assert_eq!(told, 1, "of whom it is true");
    assert_eq!(rows(&app), before, "nothing was done");
    assert_eq!(on_dock(&app, &vera), ["billing", "viewer"]);
    agree(&ravi, &again).await;
    assert!(on_dock(&app, &vera).is_empty() && on_dock(&app, &otto).is_empty());
}

#[actix_web::test]
async fn a_role_with_other_content_than_at_the_review_is_looked_at_again() {
    let app = TestApp::start().await;
    let night = cast::role("Night shift");
    let olga = app.signed_in("olga@acme.example");
    let review = review_on_dock(&olga, "give", &[SAM], &night.to_string()).await;
    app.sql(|conn| {
        use tenantry::db::schema::custom_roles;
        diesel::update(custom_roles::table.filter(custom_roles::id.eq(night)))
            .set(custom_roles::permissions.eq("users.view devices.manage"))
            .execute(conn)
    });
    let again = olga.submit(&review, &review.page().form("Submit")).await;
    assert_eq!(again.status, 200, "{}", again.words());
    assert!(on_dock(&app, SAM).is_empty());
    agree(&olga, &again).await;
    assert_eq!(on_dock(&app, SAM), [night.to_string()]);
}

#[actix_web::test]
async fn a_form_without_what_was_looked_at_is_no_agreement() {
    let app = TestApp::start().await;
    let ravi = app.signed_in(RAVI);
    let review = review_on_dock(&ravi, "give", &[SAM], "viewer").await;
    let form = review.page().form("Submit");
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .filter(|(name, _)| name != "mark")
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let again = ravi.post(BULK, &fields).await;
    assert_eq!(again.status, 200, "{}", again.words());
    assert!(on_dock(&app, SAM).is_empty());
}
