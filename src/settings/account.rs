use jiff::tz::TimeZone;

use super::{define::section, policy::Rate};

section! {
    /// What people do with their own account.
    pub struct AccountSettings {
        /// Whether people may register. They can log in once they have opened the link that their address is sent.
        "REGISTRATION_OPEN" registration_open: bool = false;
        /// Whether people may delete their own account.
        "ACCOUNT_DELETION_OPEN" deletion_open: bool = true;
        /// How long a link to reset a password opens.
        "PASSWORD_RESET_TIMEOUT" password_reset_timeout: time::Duration = time::Duration::days(3);
        /// The time zone of the Django project beside, an IANA name: its links to reset a password count in it.
        "TIME_ZONE" time_zone: TimeZone = TimeZone::UTC;
        /// How long a link to confirm an address opens. Who has registered and not opened it by then is forgotten.
        "CONFIRMATION_TIMEOUT" confirmation_timeout: time::Duration = time::Duration::days(3);
        /// For how long the password, once given, is not asked for again before a change of address and before everything
        /// is ended; 0 for asking each time.
        "SUDO_TIMEOUT" sudo_timeout: time::Duration = time::Duration::seconds(300);
        /// Write to people whose password was changed.
        "NOTIFY_PASSWORD_CHANGE" notify_password_change: bool = true;
        /// Write to the old address of people whose address is being changed.
        "NOTIFY_EMAIL_CHANGE" notify_email_change: bool = true;
        /// Write to people who have logged in with a browser that is not known.
        "NOTIFY_NEW_DEVICE" notify_new_device: bool = true;
        /// How often one network may register, ask for links to reset passwords and ask to change an address; beyond that it
        /// is answered 429.
        "ACCOUNT_LIMITS_PER_IP" limits_per_ip: Vec<Rate> = vec![Rate::per_minute(30), Rate::per_hour(200)];
        /// How much mail of these kinds one address is sent, whoever asks for it; beyond that all is answered as before, and
        /// none is sent.
        "ACCOUNT_LIMITS_PER_EMAIL" limits_per_email: Vec<Rate> = vec![Rate::per_hour(5)];
    }
}
