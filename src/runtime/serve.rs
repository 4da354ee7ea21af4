//! Listening and stopping.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::{Service, ServiceExt};

use super::assembly::{StartError, storage_options, take_over};
use super::connections::Connections;
use super::framing;
use super::http::{Bounds, Http, UnderWay};
use super::listener::{Listener, listen};
use super::metrics::{ServedMetrics, serve_metrics};
use super::stop::{Stop, Stopping};
use super::tls::{Certificates, Handshakes};
use super::{Assembly, Reloader, notify};
use crate::clock::Clock;
use crate::observe::OpenConnection;
use crate::settings::Settings;
use crate::storage::{Storage, StorageLock};
use crate::tasks;

/// How long a connection that was just accepted may take to send its request when no more are: hyper closes one of which
/// nothing was read yet.
const FIRST_REQUEST: Duration = Duration::from_millis(500);

/// How long the database may take to let go of its connections.
const CLOSE: Duration = Duration::from_secs(5);

/// How long a stopping Signet waits until the last refusals are kept.
const LAST_REFUSALS: Duration = Duration::from_secs(2);

/// A Signet that listens.
pub struct Running {
    /// The address it listens on.
    pub address: String,
    listener: Listener,
    assembly: Assembly,
    storage: Storage,
    clock: Clock,
    http: Http,
    metrics: Option<ServedMetrics>,
    certificates: Option<Certificates>,
    // Held for life: a second process on the same SQLite file refuses to start.
    _lock: StorageLock,
}

/// Opens everything that these settings name.
///
/// # Errors
/// When the database, the users file, the certificate or the address cannot be opened.
pub async fn serve(settings: Settings, listener: Option<TcpListener>) -> Result<Running, StartError> {
    let storage = Storage::open(&storage_options(&settings)).await?;
    let lock = storage.hold_lock().await?;
    storage.migrate().await?;
    let clock = Clock::system();
    let certificates = match &settings.server.tls {
        Some(tls) => Some(Certificates::open(tls, clock.clone()).map_err(StartError::Tls)?),
        None => None,
    };
    let listener = match listener {
        Some(listener) => Listener::Tcp(listener),
        None => listen(&settings.server.address, "server.address").await?,
    };
    let address = listener.address();
    let metrics = settings.metrics.clone();
    let (timeouts, header_bytes) = (settings.server.timeouts, settings.server.header_bytes);
    let http = Http::new(Bounds { timeouts, header_bytes });
    let assembly = Assembly::build(settings, storage.clone(), clock.clone())?;
    take_over(&assembly.provider.load()).await?;
    let metrics = match &metrics {
        Some(metrics) => Some(serve_metrics(metrics, assembly.provider.clone()).await?),
        None => None,
    };
    Ok(Running { address, listener, assembly, storage, clock, http, metrics, certificates, _lock: lock })
}

impl Running {
    /// What swaps the configuration while it serves.
    pub fn reloader(&self) -> Reloader {
        Reloader::new(self.assembly.provider.clone(), self.certificates.clone())
    }

    /// Serves until it is told how to stop, and stops so; last, it lets go of the database.
    pub async fn until(self, orders: mpsc::Receiver<Stop>) {
        let Self { listener, assembly, storage, clock, http, metrics, certificates, .. } = self;
        let upkeep = tokio::spawn(tasks::upkeep(storage.clone(), clock));
        let refusals = assembly.refusals.clone();
        let keeper = tokio::spawn(tasks::keep_refusals(storage.clone(), refusals.clone()));
        let fetching = tokio::spawn(tasks::fetch_ahead(assembly.provider.clone()));
        let renewals = certificates.clone().map(|certificates| tokio::spawn(certificates.renew()));
        let handshakes = certificates.map(Handshakes::new);
        let graceful = GracefulShutdown::new();
        let mut connections = Connections::within_limits();
        let mut stopping = Stopping::new(orders, assembly.provider.clone());
        notify::ready();
        loop {
            let accepted = tokio::select! {
                accepted = async { (connections.place().await, listener.accept().await) } => accepted,
                () = stopping.accepting_ends() => break,
            };
            let (place, (stream, peer)) = match accepted {
                (place, Ok(accepted)) => (place, accepted),
                (_, Err(error)) => {
                    // Out of descriptors, most likely: those in use end, so wait a little.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let (under_way, http) = (UnderWay::default(), http.clone());
            let answering = under_way.clone();
            let (router, last_answers) = (assembly.router.clone(), stopping.last_answers());
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let (mut router, last_answers) = (router.clone(), last_answers.clone());
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                framing::unmark(&mut request);
                let answering = answering.begin();
                async move {
                    let _answering = answering;
                    let ready = ServiceExt::<Request<Body>>::ready(&mut router).await?;
                    let mut response = ready.call(request).await?;
                    last_answers.tell(&mut response);
                    Ok::<_, Infallible>(response)
                }
            });
            let watcher = graceful.watcher();
            let handshake = handshakes.as_ref().map(Handshakes::begin);
            tokio::spawn(async move {
                let _counted = OpenConnection::count();
                let _held = place;
                let served = match handshake {
                    None => {
                        let stream = http.framed(stream, under_way);
                        watcher.watch(http.builder.serve_connection(stream, service)).await
                    }
                    Some(handshake) => match handshake.shake(stream, peer).await {
                        Some(stream) => {
                            let stream = http.framed(stream, under_way);
                            watcher.watch(http.builder.serve_connection(stream, service)).await
                        }
                        None => return,
                    },
                };
                if let Err(error) = served {
                    tracing::debug!(%error, %peer, "a connection ended early");
                }
            });
        }
        drop(listener);
        tracing::info!("stopping: no new connections, answering what is under way");
        upkeep.abort();
        fetching.abort();
        if let Some(renewals) = renewals {
            renewals.abort();
        }
        stopping
            .finish(async {
                if graceful.count() > 0 {
                    tokio::time::sleep(FIRST_REQUEST).await;
                }
                graceful.shutdown().await;
            })
            .await;
        refusals.close();
        if tokio::time::timeout(LAST_REFUSALS, keeper).await.is_err() {
            tracing::warn!("the last refusals were not kept: the database did not answer in time");
        }
        if tokio::time::timeout(CLOSE, storage.close()).await.is_err() {
            tracing::warn!("the database did not let go in time");
        }
        tracing::info!("passwords: {}", assembly.provider.load().users.passwords().tally());
        drop(metrics);
    }
}
