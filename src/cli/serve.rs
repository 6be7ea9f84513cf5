//! `vestibule serve`.

use std::{
    io::{Write, stdout},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
};

use anyhow::{Context, bail};

use super::Setup;
use crate::{
    auth::{pace::Pace, superuser},
    clock::Clock,
    db::{self, Migrations},
    feed,
    settings::{KEY_LENGTH, Settings},
    site::Site,
    tasks,
    web::{
        metrics,
        server::{self, Shared},
    },
};

#[derive(Debug, Default, clap::Args)]
pub(super) struct Arguments {
    /// The address and port to listen on (setting BIND)
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<String>,
}

pub(super) fn run(mut setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    if let Some(bind) = &arguments.bind {
        setup.settings.set_argument("BIND", "--bind", bind)?;
    }
    // Each connection takes one; where that is not allowed, as many as there are must do.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let listener = listen(&setup.settings)?;
    let (address, for_metrics) = (listener.local_addr()?, listen_for_metrics(&setup.settings)?);
    migrate(&setup.settings, setup.program.migrations)?;
    let urls = setup.program.urls;
    let site = setup.site()?;
    feed::subscribe(&mut *site.auth.database.get()?, &site.couriers)?;
    let invitation = superuser::new_setup_token(&site.auth)?;
    let numbers = for_metrics.as_ref().map(TcpListener::local_addr).transpose()?;
    // Where nobody reads it, the site serves all the same.
    let _ = stdout().write_all(announcement(&site, address, numbers, invitation.as_deref()).as_bytes());
    survey_in_background(&site);
    tasks::start(&site);
    serve(Shared::new(site)?.with_urls(urls), listener, for_metrics)
}

fn serve(shared: Shared, listener: TcpListener, for_metrics: Option<TcpListener>) -> anyhow::Result<()> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    actix_web::rt::System::new().block_on(async {
        if let Some(listener) = for_metrics {
            actix_web::rt::spawn(metrics::start(&shared, listener)?);
        }
        server::start(shared, listener, workers)?.await
    })?;
    Ok(())
}

fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    let bind = &settings.server.bind;
    let listener = TcpListener::bind(bind.as_str()).with_context(|| format!("cannot listen on {bind}"))?;
    refuse_unsafe(settings, listener.local_addr()?)?;
    Ok(listener)
}

fn listen_for_metrics(settings: &Settings) -> anyhow::Result<Option<TcpListener>> {
    match settings.server.metrics_bind.as_str() {
        "" => Ok(None),
        bind => Ok(Some(TcpListener::bind(bind).with_context(|| format!("cannot listen on {bind} (METRICS_BIND)"))?)),
    }
}

/// What is convenient on one's own machine is not safe where others can connect.
fn refuse_unsafe(settings: &Settings, address: SocketAddr) -> anyhow::Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    if settings.security.secret_key.expose().chars().count() < KEY_LENGTH {
        bail!("{address} can be reached by others: set SECRET_KEY to at least {KEY_LENGTH} random characters");
    }
    if settings.security.allowed_hosts.is_empty() {
        bail!("{address} can be reached by others: set ALLOWED_HOSTS to the host names of this site");
    }
    Ok(())
}

fn migrate(settings: &Settings, others: Option<Migrations>) -> anyhow::Result<()> {
    let migrated = db::migrate_with(&settings.database.url, &Clock::system(), false, others)?;
    if !migrated.applied.is_empty() {
        tracing::info!(steps = migrated.applied.len(), database = %settings.database.url, "database migrated");
    }
    Ok(())
}

fn announcement(site: &Site, address: SocketAddr, numbers: Option<SocketAddr>, invitation: Option<&str>) -> String {
    let base = format!("http://{address}{}", site.path("/"));
    let mut lines = vec![format!("{} is running at {base} (Ctrl-C stops it)", site.settings.server.site_name)];
    if let Some(address) = numbers {
        lines.push(format!("Numbers for Prometheus are at http://{address}/metrics"));
    }
    if let Some(token) = invitation {
        let minutes = superuser::SETUP_LINK_AGE.whole_minutes();
        lines.push(format!("Nobody administers this site yet. Within {minutes} minutes, make the first superuser at"));
        lines.push(format!("    {base}setup/{token}/"));
    }
    lines.join("\n") + "\n"
}

/// Finds out how long refusals must take, without keeping anybody waiting.
fn survey_in_background(site: &Site) {
    let auth = Arc::clone(&site.auth);
    thread::spawn(move || {
        if let Err(error) = Pace::survey(&auth) {
            tracing::warn!(%error, "the password schemes in use could not be measured");
        }
    });
}
