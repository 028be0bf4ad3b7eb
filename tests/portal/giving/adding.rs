//! The forms that add somebody: Add New User, Add Users to Reservation, Add member, Give roles.

use super::*;
use tenantry::db::types::SubmissionId;

/// *Submit* of Add New User, as whoever looked at the review before sends it.
async fn submit(visitor: &Visitor<'_>, to: &str, (place, role): (&str, &str)) -> Answer {
    let (submission, role) = (SubmissionId::new().to_string(), key(role));
    let fields = [
        ("first_name", "Theo"),
        ("last_name", "New"),
        ("email", to),
        ("place", place),
        ("role", &role),
        ("submission", &submission),
        ("seen", "yes"),
    ];
    visitor
        .post("/accounts/acme/user-management/new/roles", &fields)
        .await
}

#[actix_web::test]
async fn rule_17_submit_of_add_new_user_gives_what_the_table_says_at_every_kind_of_place() {
    for spot in SPOTS {
        let app = start().await;
        // Nobody is there yet: they are invited with the role.
        app.sql(|conn| {
            for giver in &GIVERS {
                for role in ROLES {
                    let email = subject(giver, role);
                    let key = format!("gone-{email}");
                    diesel::update(users::table.filter(users::email_key.eq(&email)))
                        .set((users::email.eq(&key), users::email_key.eq(&key)))
                        .execute(conn)?;
                }
            }
            Ok(())
        });
        walk(&app, (spot, true), async |visitor, to, role| {
            submit(visitor, to, (&spot.id(), role)).await
        })
        .await;
    }
}

/// Adds somebody who is in the account.
async fn add(visitor: &Visitor<'_>, path: &str, to: &str, role: &str) -> Answer {
    let (id, role) = (user(to).to_string(), key(role));
    let fields = [("user", id.as_str()), ("role", &role), ("seen", "yes")];
    visitor.post(path, &fields).await
}

#[actix_web::test]
async fn rule_17_add_users_to_reservation_gives_what_the_table_says() {
    let app = start().await;
    let path = format!("{DOCK}/users/add");
    walk(&app, (Spot::Dock4, false), async |visitor, to, role| {
        add(visitor, &path, to, role).await
    })
    .await;
}

#[actix_web::test]
async fn rule_17_add_member_gives_what_the_table_says() {
    let app = start().await;
    let path = "/accounts/acme/organizations/north/members/add";
    walk(&app, (Spot::North, false), async |visitor, to, role| {
        add(visitor, path, to, role).await
    })
    .await;
}

#[actix_web::test]
async fn rule_17_give_roles_on_a_group_gives_what_the_table_says() {
    let app = start().await;
    let path = format!("/accounts/acme/groups/{}/access/add", Spot::Group.id());
    walk(&app, (Spot::Group, false), async |visitor, to, role| {
        add(visitor, &path, to, role).await
    })
    .await;
}
