use std::num::NonZeroU32;

use ipnet::IpNet;

use super::{
    define::section,
    policy::{CoolOff, LockoutParameters, Rate, RefusalStatus},
};

section! {
    /// Lockout.
    pub struct LockoutSettings {
        /// Whether failed log-ins are counted and lock at all.
        "AXES_ENABLED" enabled: bool = true;
        /// Whether enough failures lock; if not, they are only recorded.
        "AXES_LOCK_OUT_AT_FAILURE" lock_out_at_failure: bool = true;
        /// After how many failures something is locked.
        "AXES_FAILURE_LIMIT" failure_limit: NonZeroU32 = NonZeroU32::new(5).expect("not zero");
        /// How long a lock lasts, and after how long a quiet time failures are forgotten.
        "AXES_COOLOFF_TIME" cooloff_time: CoolOff = CoolOff::ONE_HOUR;
        /// What is counted and locked: `username`, `ip_address`, `user_agent`. Each entry is counted by itself; an entry
        /// that is a list is one combination of its parts. Usernames count by the account that is meant, IPv6 addresses
        /// by their /64.
        "AXES_LOCKOUT_PARAMETERS" parameters: LockoutParameters = LockoutParameters::pair();
        /// Forget the failures of somebody who has logged in.
        "AXES_RESET_ON_SUCCESS" reset_on_success: bool = false;
        /// Whether a try during a lock makes it last anew from then on. If not, its end is fixed.
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT" reset_cool_off_on_failure_during_lockout: bool = false;
        /// Lock only the log-in to the admin.
        "AXES_ONLY_ADMIN_SITE" only_admin_site: bool = false;
        /// Let GET requests pass, whatever is locked.
        "AXES_NEVER_LOCKOUT_GET" never_lockout_get: bool = false;
        /// Let the addresses in `AXES_IP_WHITELIST` pass, whatever is locked; their failures are not counted.
        "AXES_NEVER_LOCKOUT_WHITELIST" never_lockout_whitelist: bool = false;
        /// Let nobody log in but from the addresses in `AXES_IP_WHITELIST`.
        "AXES_ONLY_WHITELIST" only_whitelist: bool = false;
        /// The addresses of which `AXES_NEVER_LOCKOUT_WHITELIST` and `AXES_ONLY_WHITELIST` speak; by itself it does nothing.
        "AXES_IP_WHITELIST" ip_whitelist: Vec<IpNet> = Vec::new();
        /// Addresses from which nobody may log in.
        "AXES_IP_BLACKLIST" ip_blacklist: Vec<IpNet> = Vec::new();
        /// The status with which a lock is answered.
        "AXES_HTTP_RESPONSE_CODE" response_code: RefusalStatus = RefusalStatus::TOO_MANY_REQUESTS;
        /// Don't record log-ins and log-outs in axes' table of them.
        "AXES_DISABLE_ACCESS_LOG" disable_access_log: bool = false;
        /// Record each failure in axes' table of them.
        "AXES_ENABLE_ACCESS_FAILURE_LOG" enable_failure_log: bool = false;
        /// How many of those rows are kept for one name as it was typed.
        "AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT" failure_log_per_user_limit: NonZeroU32 = NonZeroU32::new(1_000).expect("not zero");
        /// How long a first lock, a second one that follows it within a day, and so on last; each further one as long as the
        /// last of these. When empty, all last `AXES_COOLOFF_TIME`.
        "LOCKOUT_TIERS" tiers: Vec<time::Duration> = Vec::new();
        /// How often an address may fail, whoever it tries: for each of these the address is locked as long as the period, so
        /// that a short one slows it.
        "LOCKOUT_ADDRESS_LIMITS" address_limits: Vec<Rate> = vec![Rate::per_minute(20), Rate::per_hour(100)];
        /// The cookie by which a browser is known that has logged in before.
        "DEVICE_COOKIE_NAME" device_cookie_name: String = "deviceid".to_owned();
        /// How long a browser is known after its last log-in.
        "DEVICE_COOKIE_AGE" device_cookie_age: time::Duration = time::Duration::days(365);
        /// How long the record of log-ins, failures and log-outs is kept, axes' tables of them included; 0 for ever.
        "EVENT_RETENTION" event_retention: time::Duration = time::Duration::days(365);
    }
}
