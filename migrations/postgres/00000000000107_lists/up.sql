-- Indexes for lists of very many rows, on Django's tables and on ours.
--
-- `migrate` runs this again each time, as on SQLite Django makes a table anew when it changes a column, and leaves out what it
-- does not know: so each statement says IF NOT EXISTS.

-- Who is called how, in whatever case: log-ins, and what a search of a large list begins with.
CREATE INDEX IF NOT EXISTS vestibule_user_username ON auth_user (lower(username) text_pattern_ops, id);
CREATE INDEX IF NOT EXISTS vestibule_user_email ON auth_user (lower(email) text_pattern_ops, id);
CREATE INDEX IF NOT EXISTS vestibule_user_first_name ON auth_user (lower(first_name) text_pattern_ops, id);
CREATE INDEX IF NOT EXISTS vestibule_user_last_name ON auth_user (lower(last_name) text_pattern_ops, id);

-- The few of whom something is true.
CREATE INDEX IF NOT EXISTS vestibule_user_staff ON auth_user (username) WHERE is_staff;
CREATE INDEX IF NOT EXISTS vestibule_user_superuser ON auth_user (username) WHERE is_superuser;
CREATE INDEX IF NOT EXISTS vestibule_user_inactive ON auth_user (username) WHERE NOT is_active;

-- When something happened.
CREATE INDEX IF NOT EXISTS vestibule_accesslog_attempt_time ON axes_accesslog (attempt_time);
CREATE INDEX IF NOT EXISTS vestibule_accessfailurelog_attempt_time ON axes_accessfailurelog (attempt_time);
CREATE INDEX IF NOT EXISTS vestibule_admin_log_action_time ON django_admin_log (action_time);
CREATE INDEX IF NOT EXISTS vestibule_admin_log_object_id ON django_admin_log (object_id, action_time);
CREATE INDEX IF NOT EXISTS vestibule_post_created_at ON vestibule_post (created_at);
