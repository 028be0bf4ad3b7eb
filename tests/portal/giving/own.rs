//! One's own row: whatever changes roles or membership is refused by the gate "role" when it is about oneself (rules 11
//! and 17).

use super::*;
use tenantry::db::schema::dormant_grants;
use tenantry::db::types::ChangeId;

/// Paths that change roles or membership, and what is sent there about oneself.
fn paths(email: &str, held: &str, waiting: &str) -> Vec<(String, Vec<(&'static str, String)>)> {
    let id = user(email).to_string();
    let of = |what: &str| format!("/accounts/acme/users/{id}/{what}");
    let ticked = |role: &str| format!("{id}.{role}");
    let confirmed = || ("confirmed", "yes".to_owned());
    let added = || {
        vec![
            ("user", id.clone()),
            ("role", "viewer".into()),
            ("seen", "yes".into()),
        ]
    };
    let north = "/accounts/acme/organizations/north";
    let coast = format!("/accounts/acme/groups/{}", cast::group("Coast"));
    vec![
        (of("roles"), vec![("role", "viewer".into()), confirmed()]),
        (
            of("role-ends"),
            vec![
                ("role", held.into()),
                ("ends_on", "2026-07-31".into()),
                ("seen", String::new()),
            ],
        ),
        (of("deactivate"), Vec::new()),
        (of("remove"), Vec::new()),
        (of("handover"), vec![("to", user(SAM).to_string())]),
        (of("confirm-role"), vec![("role", waiting.into())]),
        (of("discard-role"), vec![("role", waiting.into())]),
        (
            format!("{north}/members/{id}"),
            vec![("role", "viewer".into()), confirmed()],
        ),
        (format!("{north}/members/add"), added()),
        (
            format!("{coast}/access/{id}"),
            vec![("role", "viewer".into()), confirmed()],
        ),
        (format!("{coast}/access/add"), added()),
        (
            format!("{DOCK}/users"),
            vec![
                ("person", id.clone()),
                ("role", ticked("viewer")),
                confirmed(),
            ],
        ),
        (format!("{DOCK}/users/add"), added()),
    ]
}

const SAM: &str = "sam@acme.example";
const LEE: &str = "lee@globex.example";

#[actix_web::test]
async fn rule_17_nobody_changes_their_own_roles_or_membership_on_any_path() {
    let app = TestApp::start().await;
    let waiting = GrantId::new();
    app.sql(|conn| {
        // A guest, too: whoever manages users here and is at home elsewhere.
        cast::give(conn, LEE, "user_management", At::Account);
        Ok(())
    });
    let mut bad = Vec::new();
    for (email, role) in [
        ("olga@acme.example", "owner"),
        ("anna.admin.acme@acme.example", "admin"),
        ("ravi@acme.example", "user_management"),
        (LEE, "user_management"),
    ] {
        app.sql(|conn| {
            diesel::delete(dormant_grants::table).execute(conn)?;
            diesel::insert_into(dormant_grants::table)
                .values((
                    dormant_grants::id.eq(waiting),
                    dormant_grants::account_id.eq(cast::account("acme")),
                    dormant_grants::user_id.eq(user(email)),
                    dormant_grants::role.eq("viewer"),
                    dormant_grants::below.eq(false),
                    dormant_grants::dormant_at.eq(app.now()),
                ))
                .execute(conn)
        });
        let held = cast::grant_id(email, role, Spot::Account.uuid()).to_string();
        let visitor = app.signed_in(email);
        let before = everything(&app);
        for (path, fields) in paths(email, &held, &waiting.to_string()) {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, text)| (*name, text.as_str()))
                .collect();
            let answer = visitor.post(&path, &fields).await;
            let rows = changed(&before, &app);
            if !refused_so(&answer, &Fate::Refused("role")) || !rows.is_empty() {
                bad.push(format!("{path} as {email}: {rows:?} {}", answer.words()));
            }
        }
        for verb in ["give", "take", "join", "leave", "deactivate", "withdraw"] {
            let (id, change, dock) = (
                user(email).to_string(),
                ChangeId::new().to_string(),
                Spot::Dock4.id(),
            );
            let fields = [
                ("act", verb),
                ("change", &*change),
                ("person", &*id),
                ("place", &*dock),
                ("role", "viewer"),
                ("confirmed", "yes"),
                ("mark", "forged"),
            ];
            visitor
                .post("/accounts/acme/user-management/bulk", &fields)
                .await;
            let rows = changed(&before, &app);
            if !rows.is_empty() {
                bad.push(format!("{verb} as {email} changed {rows:?}"));
            }
        }
    }
    all_good(&bad);
}
