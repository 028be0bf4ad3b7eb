//! The tables as diesel sees them: written by hand, held against both live databases by a test.

use super::types::{Guid, Instant};

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    installation (id) {
        id -> BigInt,
        secret_fingerprint -> Binary,
        setup_token_hash -> Nullable<Binary>,
        setup_expires_at -> Nullable<Instant>,
        claimed_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    leases (name) {
        name -> Text,
        owner -> Guid,
        until -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    accounts (id) {
        id -> Guid,
        slug -> Text,
        name -> Text,
        name_key -> Text,
        country -> Text,
        notifications -> Bool,
        word_singular -> Text,
        word_plural -> Text,
        exclusive -> Bool,
        plan -> Text,
        version -> BigInt,
        created_at -> Instant,
        support -> Nullable<Text>,
        time_zone -> Text,
        links_by_manager -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    organizations (id) {
        id -> Guid,
        account_id -> Guid,
        parent_id -> Nullable<Guid>,
        slug -> Text,
        name -> Text,
        name_key -> Text,
        description -> Text,
        status -> Text,
        version -> BigInt,
        created_at -> Instant,
        metadata -> Text,
        archived_at -> Nullable<Instant>,
        deleted_at -> Nullable<Instant>,
        deleted_by -> Nullable<Guid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    former_slugs (kind, scope_id, slug) {
        kind -> Text,
        scope_id -> Guid,
        slug -> Text,
        account_id -> Guid,
        object_id -> Guid,
        given_up_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    groups (id) {
        id -> Guid,
        account_id -> Guid,
        name -> Text,
        name_key -> Text,
        description -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    group_organizations (group_id, organization_id) {
        account_id -> Guid,
        group_id -> Guid,
        organization_id -> Guid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    projects (id) {
        id -> Guid,
        account_id -> Guid,
        organization_id -> Guid,
        slug -> Text,
        name -> Text,
        name_key -> Text,
        status -> Text,
        version -> BigInt,
        created_at -> Instant,
        description -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    users (id) {
        id -> Guid,
        email -> Text,
        email_key -> Text,
        first_name -> Text,
        last_name -> Text,
        password_hash -> Nullable<Text>,
        password_set_at -> Nullable<Instant>,
        home_account_id -> Nullable<Guid>,
        home_organization_id -> Nullable<Guid>,
        verified_at -> Nullable<Instant>,
        operator -> Bool,
        locked_until -> Nullable<Instant>,
        last_sign_in_at -> Nullable<Instant>,
        version -> BigInt,
        created_at -> Instant,
        branding_account_id -> Nullable<Guid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    memberships (account_id, user_id) {
        account_id -> Guid,
        user_id -> Guid,
        kind -> Text,
        status -> Text,
        sort_key -> Text,
        last_key -> Text,
        email_key -> Text,
        selected_organization_id -> Nullable<Guid>,
        home_organization_id -> Nullable<Guid>,
        invited_by -> Nullable<Guid>,
        submission_id -> Nullable<Guid>,
        link_expires_at -> Nullable<Instant>,
        joined_at -> Nullable<Instant>,
        deactivated_at -> Nullable<Instant>,
        deactivated_by -> Nullable<Guid>,
        deactivation_reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> Instant,
        last_sign_in_at -> Nullable<Instant>,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        locked_until -> Nullable<Instant>,
        held -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    member_counts (account_id, status, part) {
        account_id -> Guid,
        status -> Text,
        part -> BigInt,
        members -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    grants (id) {
        id -> Guid,
        account_id -> Guid,
        user_id -> Guid,
        role -> Text,
        scope -> Text,
        scope_id -> Guid,
        group_id -> Nullable<Guid>,
        organization_id -> Nullable<Guid>,
        project_id -> Nullable<Guid>,
        below -> Bool,
        starts_at -> Nullable<Instant>,
        ends_at -> Nullable<Instant>,
        sort_key -> Text,
        given_by -> Nullable<Guid>,
        given_at -> Instant,
        notice_at -> Nullable<Instant>,
        more_asked_at -> Nullable<Instant>,
        custom_role_id -> Nullable<Guid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    custom_roles (id) {
        id -> Guid,
        account_id -> Guid,
        name -> Text,
        name_key -> Text,
        description -> Text,
        permissions -> Text,
        version -> BigInt,
        created_by -> Nullable<Guid>,
        created_at -> Instant,
        changed_by -> Nullable<Guid>,
        changed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    organization_people (ancestor_organization_id, sort_key, user_id, organization_id) {
        ancestor_organization_id -> Guid,
        sort_key -> Text,
        user_id -> Guid,
        organization_id -> Guid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Guid;

    people_counts (scope_id) {
        scope_id -> Guid,
        people -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    organization_groups (ancestor_organization_id, group_id, organization_id) {
        ancestor_organization_id -> Guid,
        group_id -> Guid,
        organization_id -> Guid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    dormant_grants (id) {
        id -> Guid,
        account_id -> Guid,
        user_id -> Guid,
        role -> Text,
        group_id -> Nullable<Guid>,
        organization_id -> Nullable<Guid>,
        project_id -> Nullable<Guid>,
        below -> Bool,
        starts_at -> Nullable<Instant>,
        ends_at -> Nullable<Instant>,
        dormant_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    role_changes (id) {
        id -> Guid,
        account_id -> Guid,
        scope_id -> Guid,
        changed_by -> Guid,
        at -> Instant,
        lines -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    bulk_acts (id) {
        id -> Guid,
        account_id -> Guid,
        done_by -> Guid,
        at -> Instant,
        outcome -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    sessions (key_hash) {
        key_hash -> Binary,
        id -> Guid,
        user_id -> Guid,
        device_id -> Nullable<Guid>,
        created_at -> Instant,
        last_seen_at -> Instant,
        expires_at -> Instant,
        user_agent -> Text,
        address -> Text,
        proven_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    known_devices (id) {
        id -> Guid,
        user_id -> Guid,
        created_at -> Instant,
        last_used_at -> Instant,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    lock_counters (key) {
        key -> Binary,
        user_id -> Nullable<Guid>,
        failures -> BigInt,
        last_failure_at -> Instant,
        locked_until -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    budgets (key) {
        key -> Binary,
        used -> BigInt,
        resets_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    links (id) {
        id -> Guid,
        purpose -> Text,
        user_id -> Guid,
        account_id -> Nullable<Guid>,
        email -> Text,
        token_hash -> Binary,
        copy_hash -> Nullable<Binary>,
        copy_sealed -> Nullable<Binary>,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
        superseded_at -> Nullable<Instant>,
        withdrawn_at -> Nullable<Instant>,
        sent_by -> Nullable<Guid>,
        managed_at -> Instant,
        sends -> BigInt,
        remind_at -> Nullable<Instant>,
        reminder_hash -> Nullable<Binary>,
        handed_at -> Nullable<Instant>,
        asked_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    mail_wishes (id) {
        id -> Guid,
        wish -> Text,
        email_key -> Text,
        address -> Text,
        user_agent -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    outbox (id) {
        id -> Guid,
        account_id -> Nullable<Guid>,
        link_id -> Nullable<Guid>,
        recipient -> Text,
        template -> Text,
        params -> Text,
        sealed_token -> Nullable<Binary>,
        message_id -> Text,
        state -> Text,
        attempts -> BigInt,
        due_at -> Instant,
        leased_by -> Nullable<Guid>,
        leased_until -> Nullable<Instant>,
        last_error -> Nullable<Text>,
        sent_at -> Nullable<Instant>,
        created_at -> Instant,
        reader_id -> Nullable<Guid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    notices_off (account_id, user_id, kind) {
        account_id -> Guid,
        user_id -> Guid,
        kind -> Text,
        since -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    audit_events (id) {
        id -> Guid,
        chain_id -> Guid,
        organization_id -> Nullable<Guid>,
        project_id -> Nullable<Guid>,
        at -> Instant,
        action -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Guid>,
        target_kind -> Text,
        target_id -> Nullable<Guid>,
        details -> Text,
        personal -> Nullable<Text>,
        salt -> Nullable<Binary>,
        digest -> Binary,
        request_id -> Nullable<Guid>,
        seq -> Nullable<BigInt>,
        previous -> Nullable<Binary>,
        seal -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    audit_heads (chain_id) {
        chain_id -> Guid,
        events -> BigInt,
        seal -> Binary,
        sealed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    devices (id) {
        id -> Guid,
        account_id -> Guid,
        organization_id -> Guid,
        identifier -> Text,
        identifier_key -> Text,
        name -> Text,
        name_key -> Text,
        model -> Text,
        model_key -> Text,
        status -> Text,
        last_seen_at -> Instant,
        metadata -> Text,
        version -> BigInt,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    requests (id) {
        id -> Guid,
        account_id -> Guid,
        requester_id -> Guid,
        user_id -> Guid,
        role -> Text,
        scope -> Text,
        scope_id -> Guid,
        group_id -> Nullable<Guid>,
        organization_id -> Nullable<Guid>,
        project_id -> Nullable<Guid>,
        place -> Text,
        within -> Nullable<Text>,
        reason -> Text,
        policy -> Text,
        state -> Text,
        created_at -> Instant,
        expires_at -> Instant,
        reminders -> BigInt,
        due_at -> Nullable<Instant>,
        decided_at -> Nullable<Instant>,
        decided_by -> Nullable<Guid>,
        grant_id -> Nullable<Guid>,
        person_key -> Text,
        asked_by -> Nullable<Guid>,
        below -> Bool,
        role_name -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    ownership_offers (id) {
        id -> Guid,
        account_id -> Guid,
        user_id -> Guid,
        offered_by -> Guid,
        lay_down -> Bool,
        state -> Text,
        created_at -> Instant,
        expires_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    device_imports (id) {
        id -> Guid,
        account_id -> Guid,
        organization_id -> Guid,
        imported_by -> Guid,
        outcomes -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    request_decisions (id) {
        id -> Guid,
        account_id -> Guid,
        request_id -> Guid,
        decider_id -> Guid,
        part -> Text,
        verdict -> Text,
        words -> Text,
        method -> Text,
        proven_at -> Instant,
        at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    sign_ups (id) {
        id -> Guid,
        email -> Text,
        email_key -> Text,
        first_name -> Text,
        last_name -> Text,
        password_hash -> Text,
        company -> Text,
        country -> Text,
        state -> Text,
        token_hash -> Nullable<Binary>,
        created_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    email_changes (id) {
        id -> Guid,
        undo_id -> Guid,
        user_id -> Guid,
        account_id -> Nullable<Guid>,
        started_by -> Guid,
        old_email -> Text,
        old_key -> Text,
        new_email -> Text,
        new_key -> Text,
        confirm_hash -> Binary,
        undo_hash -> Binary,
        created_at -> Instant,
        confirm_until -> Instant,
        undo_until -> Instant,
        agreed_at -> Nullable<Instant>,
        confirmed_at -> Nullable<Instant>,
        ended_at -> Nullable<Instant>,
        ending -> Nullable<Text>,
        told_hash -> Nullable<Binary>,
        refused_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    people_imports (id) {
        id -> Guid,
        account_id -> Guid,
        imported_by -> Guid,
        asked_in -> Guid,
        digest -> Binary,
        mailed -> Bool,
        row_count -> BigInt,
        state -> Text,
        created_at -> Instant,
        finished_at -> Nullable<Instant>,
        undone_by -> Nullable<Guid>,
        undone_in -> Nullable<Guid>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::{Guid, Instant};

    people_import_rows (import_id, line) {
        import_id -> Guid,
        line -> BigInt,
        id -> Guid,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        place -> Text,
        target -> Text,
        roles -> Text,
        state -> Text,
        detail -> Text,
        user_id -> Nullable<Guid>,
        ends_on -> Text,
        with_line -> Nullable<BigInt>,
    }
}

diesel::joinable!(organizations -> accounts (account_id));
diesel::joinable!(projects -> organizations (organization_id));
diesel::joinable!(devices -> organizations (organization_id));
diesel::joinable!(memberships -> accounts (account_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(grants -> accounts (account_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(links -> users (user_id));
diesel::joinable!(links -> accounts (account_id));
diesel::joinable!(email_changes -> users (user_id));
diesel::joinable!(email_changes -> accounts (account_id));
diesel::joinable!(requests -> accounts (account_id));
diesel::joinable!(ownership_offers -> accounts (account_id));

diesel::allow_tables_to_appear_in_same_query!(
    installation,
    leases,
    accounts,
    organizations,
    former_slugs,
    groups,
    group_organizations,
    projects,
    devices,
    device_imports,
    people_imports,
    people_import_rows,
    users,
    memberships,
    grants,
    custom_roles,
    organization_people,
    organization_groups,
    dormant_grants,
    role_changes,
    people_counts,
    bulk_acts,
    sessions,
    known_devices,
    lock_counters,
    budgets,
    links,
    mail_wishes,
    outbox,
    notices_off,
    audit_events,
    audit_heads,
    requests,
    request_decisions,
    ownership_offers,
    sign_ups,
    email_changes,
);
