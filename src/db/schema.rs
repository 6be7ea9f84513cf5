//! What Diesel knows of the tables. Types that differ between the two databases only in width or name are those of
//! PostgreSQL, which checks them; SQLite takes either.
#![expect(missing_docs, reason = "Django's tables and columns, described in Django")]

diesel::table! {
    auth_user (id) {
        id -> Integer,
        password -> Text,
        last_login -> Nullable<Timestamp>,
        is_superuser -> Bool,
        username -> Text,
        first_name -> Text,
        last_name -> Text,
        email -> Text,
        is_staff -> Bool,
        is_active -> Bool,
        date_joined -> Timestamp,
    }
}

diesel::table! {
    auth_permission (id) {
        id -> Integer,
        name -> Text,
        content_type_id -> Integer,
        codename -> Text,
    }
}

diesel::table! {
    /// The ids of this table and of the next two are not named: beside an older Django their width on PostgreSQL is another.
    auth_user_user_permissions (user_id, permission_id) {
        user_id -> Integer,
        permission_id -> Integer,
    }
}

diesel::table! {
    auth_group (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    auth_user_groups (user_id, group_id) {
        user_id -> Integer,
        group_id -> Integer,
    }
}

diesel::table! {
    auth_group_permissions (group_id, permission_id) {
        group_id -> Integer,
        permission_id -> Integer,
    }
}

diesel::table! {
    django_content_type (id) {
        id -> Integer,
        app_label -> Text,
        model -> Text,
    }
}

diesel::table! {
    django_admin_log (id) {
        id -> Integer,
        action_time -> Timestamp,
        object_id -> Nullable<Text>,
        object_repr -> Text,
        action_flag -> SmallInt,
        change_message -> Text,
        content_type_id -> Nullable<Integer>,
        user_id -> Integer,
    }
}

diesel::table! {
    /// Its id is not named here: beside an older Django its width on PostgreSQL is another.
    django_migrations (app, name) {
        app -> Text,
        name -> Text,
        applied -> Timestamp,
    }
}

diesel::table! {
    django_session (session_key) {
        session_key -> Text,
        session_data -> Text,
        expire_date -> Timestamp,
    }
}

diesel::table! {
    /// Sessions as their owners see them: which device, from where, since when.
    vestibule_session (session_key) {
        session_key -> Text,
        public_id -> Text,
        user_id -> Integer,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        ip_address -> Nullable<Text>,
        user_agent -> Text,
        password_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// What happened: log-ins, failures, log-outs.
    vestibule_event (id) {
        id -> BigInt,
        created_at -> Timestamp,
        kind -> Text,
        user_id -> Nullable<Integer>,
        username -> Text,
        ip_address -> Nullable<Text>,
        user_agent -> Text,
        path -> Text,
        detail -> Text,
    }
}

diesel::table! {
    /// How many events there were in a quarter of an hour.
    vestibule_event_count (starts_at, kind) {
        starts_at -> Timestamp,
        kind -> Text,
        events -> Integer,
    }
}

diesel::table! {
    /// What takes a look at every row.
    vestibule_figure (name) {
        name -> Text,
        value -> Text,
        computed_at -> Timestamp,
    }
}

diesel::table! {
    /// Links by which the first superuser is made.
    vestibule_setup_link (digest) {
        digest -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    /// One row: how this installation came to be.
    vestibule_installation (id) {
        id -> Integer,
        created_at -> Timestamp,
        adopted -> Bool,
    }
}

diesel::table! {
    /// What is done now and then, and when it is due.
    vestibule_task (name) {
        name -> Text,
        due_at -> Timestamp,
    }
}

diesel::table! {
    /// What is counted and locked.
    vestibule_lockout (subject) {
        subject -> Text,
        rule -> Text,
        username -> Text,
        address -> Text,
        user_agent -> Text,
        failures -> Integer,
        pending -> Integer,
        pending_before -> Integer,
        epoch -> Integer,
        expires_at -> Timestamp,
        locked_until -> Timestamp,
        locks -> Integer,
        refused -> Integer,
        attempt_id -> Nullable<Integer>,
        watched_until -> Timestamp,
    }
}

diesel::table! {
    /// How many failures in a row of axes' are ours.
    vestibule_attempt (attempt_id) {
        attempt_id -> Integer,
        account -> Text,
        failures -> Integer,
    }
}

diesel::table! {
    /// Browsers in which somebody has logged in.
    vestibule_device (digest, user_id) {
        digest -> Text,
        user_id -> Integer,
        password_digest -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        ip_address -> Nullable<Text>,
        user_agent -> Text,
    }
}

diesel::table! {
    token_blacklist_outstandingtoken (id) {
        id -> BigInt,
        token -> Text,
        created_at -> Nullable<Timestamp>,
        expires_at -> Timestamp,
        user_id -> Nullable<Integer>,
        jti -> Text,
    }
}

diesel::table! {
    token_blacklist_blacklistedtoken (id) {
        id -> BigInt,
        blacklisted_at -> Timestamp,
        token_id -> BigInt,
    }
}

diesel::table! {
    /// What simplejwt's rows can't say of a refresh token.
    vestibule_token (jti) {
        jti -> Text,
        family -> Text,
        user_id -> Integer,
        password_digest -> Text,
        started_at -> Timestamp,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        successor -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        ip_address -> Nullable<Text>,
        user_agent -> Text,
    }
}

diesel::table! {
    /// What people wrote.
    vestibule_post (id) {
        id -> BigInt,
        title -> Text,
        body -> Text,
        owner_id -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    /// What `auth_user` has no column for.
    vestibule_profile (user_id) {
        user_id -> Integer,
        role -> Text,
    }
}

diesel::table! {
    /// Mail and events that wait to be sent.
    vestibule_outbox (id) {
        id -> BigInt,
        letter -> Text,
        created_at -> Timestamp,
        due_at -> Timestamp,
        attempts -> Integer,
        destination -> Text,
    }
}

diesel::table! {
    /// Addresses of which their owners have not shown yet that they are theirs.
    vestibule_unconfirmed_email (user_id) {
        user_id -> Integer,
        email -> Text,
        nonce -> Text,
        registering -> Bool,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    /// How often something was asked for.
    vestibule_throttle (subject) {
        subject -> Text,
        requests -> Integer,
        ends_at -> Timestamp,
    }
}

diesel::table! {
    /// When a site signed with which key.
    vestibule_secret_key (fingerprint) {
        fingerprint -> Text,
        first_seen_at -> Timestamp,
        last_seen_at -> Timestamp,
    }
}

diesel::table! {
    /// Links that were signed and sent, without what opens them.
    vestibule_signed_link (id) {
        id -> BigInt,
        kind -> Text,
        user_id -> Integer,
        made_at -> Timestamp,
        key_fingerprint -> Text,
        stamp -> Text,
        digest -> Text,
    }
}

diesel::table! {
    /// Who changed what, chained.
    vestibule_audit (id) {
        id -> BigInt,
        created_at -> Timestamp,
        action -> Text,
        model -> Text,
        object_id -> Text,
        actor_id -> Nullable<Integer>,
        subject_id -> Nullable<Integer>,
        actor -> Text,
        ip_address -> Nullable<Text>,
        user_agent -> Text,
        actor_salt -> Nullable<Text>,
        actor_digest -> Text,
        object_repr -> Text,
        changes -> Text,
        subject_salt -> Nullable<Text>,
        subject_digest -> Text,
        detail -> Text,
        key_id -> Text,
        hash -> Text,
    }
}

diesel::table! {
    /// One row: where that chain ends.
    vestibule_audit_head (id) {
        id -> Integer,
        number -> BigInt,
        hash -> Text,
        seal -> Text,
    }
}

diesel::table! {
    /// Its other columns are named where its rows are: on PostgreSQL the type of one is another than on SQLite.
    axes_accessattempt (id) {
        id -> Integer,
    }
}

diesel::joinable!(auth_permission -> django_content_type (content_type_id));
diesel::joinable!(vestibule_session -> django_session (session_key));
diesel::joinable!(token_blacklist_blacklistedtoken -> token_blacklist_outstandingtoken (token_id));
diesel::joinable!(vestibule_profile -> auth_user (user_id));
diesel::joinable!(django_admin_log -> auth_user (user_id));
diesel::joinable!(django_admin_log -> django_content_type (content_type_id));
diesel::allow_tables_to_appear_in_same_query!(
    auth_user,
    auth_permission,
    auth_user_user_permissions,
    auth_user_groups,
    auth_group,
    auth_group_permissions,
    django_content_type,
    django_admin_log,
    django_session,
    vestibule_session,
    vestibule_event,
);
diesel::allow_tables_to_appear_in_same_query!(axes_accessattempt, vestibule_lockout);
diesel::allow_tables_to_appear_in_same_query!(
    token_blacklist_outstandingtoken,
    token_blacklist_blacklistedtoken,
    vestibule_token,
);
diesel::allow_tables_to_appear_in_same_query!(auth_user, vestibule_profile);
diesel::allow_tables_to_appear_in_same_query!(auth_user, vestibule_unconfirmed_email);
