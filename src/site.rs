//! An installation: its settings and everything that is made of them. One per process.

use std::{fmt, sync::Arc, time::Instant};

use crate::{
    accounts::{self, Accounts, letters::Office},
    admin::{Admin, ModelAdmin},
    auth::{
        Auth, AuthError, Credentials, Outcome, authenticate_holding,
        backends::{self, AuthenticationBackend, Backends, Registry, UnknownBackend},
        hashers::{BadOptions, Hashers, HashingPool, Load, Queued},
        models::user,
        pace::Pace,
        reset_token::ResetTokens,
        second_step::{SecondStep, SecondSteps},
        signals::{self, Signals},
        validators::{self, PasswordValidator, Validators},
    },
    client::Client,
    clock::Clock,
    db::{self, Database, DbError},
    devices, events,
    feed::{self, Courier, FeedError},
    jwt::{self, Claims, DefaultClaims, Jwt, KeyError},
    lockout::{self, AxesStandaloneBackend, Lockout},
    mail::{EmailBackend, MailError, Mailer, outbox::Postman},
    metrics::Metrics,
    secret_key::{self, SecretKeyError},
    settings::Settings,
    templates::Templates,
};

/// Why an installation can't be made of its settings.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The secret key.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// A backend that nobody registered.
    #[error(transparent)]
    Backend(#[from] UnknownBackend),
    /// A hasher or validator.
    #[error(transparent)]
    Options(#[from] BadOptions),
    /// The keys of tokens.
    #[error(transparent)]
    Jwt(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// How mail is sent.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// How events leave.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The names of what is counted.
    #[error(transparent)]
    Metrics(#[from] prometheus::Error),
}

/// An installation.
pub struct Site {
    /// Its settings.
    pub settings: Settings,
    /// Its authentication.
    pub auth: Arc<Auth>,
    /// Its tokens.
    pub jwt: Arc<Jwt>,
    /// What is counted, if `METRICS_BIND` says where it can be read.
    pub metrics: Option<Metrics>,
    /// What people do with their own account.
    pub accounts: Arc<Accounts>,
    /// What administrators see and do.
    pub admin: Admin,
    /// Takes mail somewhere.
    pub mailer: Arc<Mailer>,
    /// Where letters are made and sent from.
    pub office: Arc<Office>,
    /// Take events to other programs.
    pub couriers: Vec<Arc<Courier>>,
    /// The templates that a library user put in place of ours.
    pub templates: Arc<Templates>,
    hashing: HashingPool,
}

/// Makes a [`Site`], with what a library user adds.
pub struct Builder {
    settings: Settings,
    clock: Clock,
    registry: Registry,
    validators: validators::Registry,
    signals: Signals,
    second_steps: SecondSteps,
    claims: Box<dyn Claims>,
    templates: Templates,
    mailer: Option<Mailer>,
    admin: Vec<Box<dyn ModelAdmin>>,
}

impl Site {
    /// Starts with `settings`.
    pub fn builder(settings: Settings) -> Builder {
        let mut signals = Signals::default();
        signals.user_logged_in.connect(signals::update_last_login);
        events::connect(&mut signals);
        accounts::connect(&mut signals, &settings);
        devices::connect(&mut signals);
        jwt::connect(&mut signals);
        let lockout = Arc::new(Lockout::new(&settings));
        if lockout.is_on() {
            lockout::connect(&lockout, &mut signals);
        }
        let mut registry = backends::built_in();
        registry.insert(
            lockout::BACKEND.to_owned(),
            Box::new(move |_| Box::new(AxesStandaloneBackend::new(Arc::clone(&lockout)))),
        );
        let (second_steps, claims) = (SecondSteps::default(), Box::new(DefaultClaims));
        Builder {
            settings,
            clock: Clock::system(),
            registry,
            validators: validators::Registry::built_in(),
            signals,
            second_steps,
            claims,
            templates: Templates::default(),
            mailer: None,
            admin: Vec::new(),
        }
    }

    /// Asks the backends who somebody is, on a thread that may wait and within the bounds of the hashing pool. A refusal
    /// takes as long whoever was asked for.
    pub async fn authenticate(&self, client: &Client, credentials: Credentials) -> Result<Outcome, AuthError> {
        let (auth, queued, client) = (Arc::clone(&self.auth), Queued::of(client), client.clone());
        let work = move || (Instant::now(), authenticate_holding(&auth, &client, &credentials));
        let (started, (outcome, held)) = self.hashing.run(queued, work).await?;
        if !held.is_empty() {
            // Places are given back, off the threads that hash, before anybody is told that they were let in.
            let _ = tokio::task::spawn_blocking(move || drop(held)).await;
        }
        let after_a_try = match &outcome {
            Ok(Outcome::Refused) => true,
            Err(AuthError::Locked(lock)) => lock.after_a_try,
            _ => false,
        };
        if after_a_try {
            let rest = self.auth.pace.of_refusal().saturating_sub(started.elapsed());
            tokio::time::sleep(rest).await;
        }
        outcome
    }

    /// Computes a hash for `client` within the bounds of the hashing pool.
    pub async fn hash<T: Send + 'static>(
        &self,
        client: &Client,
        work: impl FnOnce(&Auth) -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let auth = Arc::clone(&self.auth);
        self.hashing.run(Queued::of(client), move || work(&auth)).await
    }

    /// Runs `work` that takes some milliseconds of a processor on a thread that may wait.
    pub async fn think<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Auth) -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let auth = Arc::clone(&self.auth);
        tokio::task::spawn_blocking(move || work(&auth)).await.map_err(|_| AuthError::Cancelled)
    }

    /// As [`Self::run`], for work that is one transaction: what several write at once goes to the disk together.
    pub async fn run_together<T, E>(
        &self,
        work: impl FnOnce(&mut db::Db, &Auth) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + From<diesel::result::Error> + Send + 'static,
    {
        let auth = Arc::clone(&self.auth);
        self.auth.database.run_together(move |db| work(db, &auth)).await
    }

    /// How busy the hashing pool is.
    pub fn hashing_load(&self) -> Load {
        self.hashing.load()
    }

    /// Runs `work` with a connection on a thread that may wait.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&mut db::Db, &Auth) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let auth = Arc::clone(&self.auth);
        self.auth.database.run(move |db| work(db, &auth)).await
    }
}

impl Builder {
    /// Adds a backend, known by the last part of its path in `AUTHENTICATION_BACKENDS`.
    #[must_use]
    pub fn backend<B: AuthenticationBackend + 'static>(
        mut self,
        name: &str,
        make: impl Fn() -> B + Send + Sync + 'static,
    ) -> Self {
        self.registry.insert(name.to_owned(), Box::new(move |_| Box::new(make())));
        self
    }

    /// Adds a rule for new passwords, known by the last part of its path in `AUTH_PASSWORD_VALIDATORS`.
    #[must_use]
    pub fn password_validator<V: PasswordValidator + 'static>(
        mut self,
        name: &str,
        make: impl Fn() -> V + Send + Sync + 'static,
    ) -> Self {
        self.validators.add(name, make);
        self
    }

    /// Adds a second step to the log-in.
    #[must_use]
    pub fn second_step(mut self, step: impl SecondStep + 'static) -> Self {
        self.second_steps.0.push(Box::new(step));
        self
    }

    /// Connects receivers of signals.
    #[must_use]
    pub fn receivers(mut self, connect: impl FnOnce(&mut Signals)) -> Self {
        connect(&mut self.signals);
        self
    }

    /// Says something else in tokens than [`DefaultClaims`].
    #[must_use]
    pub fn claims(mut self, claims: impl Claims + 'static) -> Self {
        self.claims = Box::new(claims);
        self
    }

    /// Sends mail by a backend of one's own, whatever `EMAIL_BACKEND` says.
    #[must_use]
    pub fn email_backend(mut self, backend: impl EmailBackend + 'static) -> Self {
        self.mailer = Some(Mailer::with(Box::new(backend)));
        self
    }

    /// Shows a page or a letter by another template than ours: see [`templates`](crate::templates).
    #[must_use]
    pub fn template<T: 'static>(
        mut self,
        render: impl Fn(&T) -> askama::Result<String> + Send + Sync + 'static,
    ) -> Self {
        self.templates.replace(render);
        self
    }

    /// Shows another table in the admin.
    #[must_use]
    pub fn admin(mut self, model: impl ModelAdmin) -> Self {
        self.admin.push(Box::new(model));
        self
    }

    /// Another time than the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The classes of the backends that are known.
    pub fn backend_names(&self) -> Vec<String> {
        self.registry.keys().cloned().collect()
    }

    /// The rules for new passwords alone, without a database.
    pub fn validators(&self) -> Result<Validators, BadOptions> {
        let settings = &self.settings;
        Validators::new(&settings.auth.password_validators, &self.validators, &settings.server.site_name)
    }

    /// What takes mail somewhere, alone; once.
    pub fn mailer(&mut self) -> Result<Mailer, MailError> {
        match self.mailer.take() {
            Some(mailer) => Ok(mailer),
            None => Mailer::new(&self.settings.email, &self.clock),
        }
    }

    /// Makes the site. The database must have been migrated.
    pub fn build(mut self) -> Result<Site, SiteError> {
        let (validators, mailer) = (self.validators()?, self.mailer()?);
        let settings = self.settings;
        let metrics = match settings.server.metrics_bind.as_str() {
            "" => None,
            _ => Some(Metrics::new()?),
        };
        if let Some(metrics) = &metrics {
            metrics.connect(&mut self.signals);
        }
        let couriers =
            feed::couriers(&settings.events, &settings.server.site_name)?.into_iter().map(Arc::new).collect();
        let keys = secret_key::keys(&settings.security)?;
        let jwt = Arc::new(Jwt::new(settings.jwt.clone(), &keys, self.claims)?);
        let backends = Backends::new(&settings.auth.backends, &self.registry)?;
        let hashers = Hashers::new(&settings.auth)?;
        let database = Database::open(&settings.database)?;
        let hashers = follow_rows(hashers, &settings, &database)?;
        let admin = Admin::new(&settings, self.admin);
        admin.record_models(&mut *database.get()?)?;
        let hashing = HashingPool::new(hashers.most_at_once());
        let auth = Auth {
            backends,
            hashers,
            validators,
            reset_tokens: ResetTokens::new(&settings.account),
            signals: self.signals,
            second_steps: self.second_steps,
            pace: Pace::default(),
            clock: self.clock,
            keys,
            database,
        };
        let (auth, templates) = (Arc::new(auth), Arc::new(self.templates));
        let accounts = Arc::new(Accounts::new(Arc::clone(&auth), &settings));
        let (mailer, name) = (Arc::new(mailer), settings.server.site_name.clone());
        let postman = Postman::new(Arc::clone(&mailer), settings.email.retry_for);
        let office = Arc::new(Office::new(Arc::clone(&accounts), Arc::clone(&templates), postman, name));
        Ok(Site { settings, auth, jwt, metrics, accounts, admin, mailer, office, couriers, templates, hashing })
    }
}

/// On a database that Django made, and without a choice in the settings, new hashes are made as its rows were: else both
/// programs would rehash each other's passwords for ever.
fn follow_rows(hashers: Hashers, settings: &Settings, database: &Database) -> Result<Hashers, DbError> {
    let mut db = database.get()?;
    if !settings.auth.password_hashers.is_empty() || !db::was_adopted(&mut db)? {
        return Ok(hashers);
    }
    Ok(match user::newest_password(&mut db)? {
        Some(encoded) => hashers.preferring(&encoded),
        None => hashers,
    })
}

/// Where things are.
impl Site {
    /// A path of ours, below the prefix under which the site is mounted.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.settings.server.script_name.as_str())
    }

    /// Where people are sent to log in.
    pub fn login_url(&self) -> String {
        self.resolve(&self.settings.auth.login_url)
    }

    /// Where log-in leads.
    pub fn login_redirect_url(&self) -> String {
        self.resolve(&self.settings.auth.login_redirect_url)
    }

    /// Where log-out leads; `None` for a page that says so.
    pub fn logout_redirect_url(&self) -> Option<String> {
        let url = &self.settings.auth.logout_redirect_url;
        (!url.is_empty()).then(|| self.resolve(url))
    }

    /// A path of ours that is the default gets the prefix; what an operator wrote is taken as it is.
    fn resolve(&self, url: &str) -> String {
        let ours = ["/login/", "/dashboard/"].contains(&url);
        if ours { self.path(url) } else { url.to_owned() }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Site").finish_non_exhaustive()
    }
}
