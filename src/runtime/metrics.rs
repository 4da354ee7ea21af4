//! The listener for figures: apart from the provider's, so that it can stay inside.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use super::assembly::StartError;
use super::framing;
use super::http::{Bounds, Http, UnderWay};
use super::listener::{Listener, listen};
use crate::observe::{found_ready, render_metrics, start_metrics, tidy_metrics};
use crate::provider::Provider;
use crate::settings::Metrics;
use crate::web::Unreadable;

/// How many may read the figures at once; more wait.
const READERS: usize = 16;

/// How often durations are put into their buckets while nobody reads.
const TIDY: Duration = Duration::from_secs(30);

/// How long the database may take before it counts as one that is not there: a reader waits ten seconds.
const LOOK: Duration = Duration::from_secs(5);

/// Figures that are served until this is dropped.
pub(super) struct ServedMetrics {
    serving: tokio::task::JoinHandle<()>,
    tidying: tokio::task::JoinHandle<()>,
}

impl Drop for ServedMetrics {
    fn drop(&mut self) {
        self.serving.abort();
        self.tidying.abort();
    }
}

/// Begins to count and to serve.
///
/// # Errors
/// When the address cannot be listened on, or something else in the process counts.
pub(super) async fn serve_metrics(
    settings: &Metrics,
    provider: Arc<ArcSwap<Provider>>,
) -> Result<ServedMetrics, StartError> {
    let listener = listen(&settings.address, "telemetry.metrics.address").await?;
    start_metrics()?;
    tracing::info!(address = listener.address(), path = settings.path, "metrics are served");
    let router = Router::new().route(&settings.path, get(figures)).with_state(provider);
    let tidying = tokio::spawn(async {
        let mut turns = tokio::time::interval(TIDY);
        loop {
            turns.tick().await;
            tidy_metrics();
        }
    });
    let http = Http::new(Bounds { timeouts: settings.timeouts, header_bytes: settings.header_bytes });
    Ok(ServedMetrics { serving: tokio::spawn(accept(listener, router, http)), tidying })
}

async fn figures(State(provider): State<Arc<ArcSwap<Provider>>>) -> Response {
    // Nobody else may look at the database, and whoever reads the figures relies on `signet_ready`.
    let provider = provider.load_full();
    if tokio::time::timeout(LOOK, provider.writable()).await.is_err() {
        found_ready(false);
    }
    let text = render_metrics().unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}

async fn accept(listener: Listener, router: Router, http: Http) {
    let readers = Arc::new(Semaphore::new(READERS));
    loop {
        let Ok(turn) = Arc::clone(&readers).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection for metrics could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (http, router, under_way) = (http.clone(), router.clone(), UnderWay::default());
        tokio::spawn(async move {
            let _turn = turn;
            let answering = under_way.clone();
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let (router, answering) = (router.clone(), answering.begin());
                let mut request = request.map(Body::new);
                framing::unmark(&mut request);
                async move {
                    let _answering = answering;
                    match request.extensions().get::<Unreadable>() {
                        Some(unreadable) => Ok(unreadable.status().into_response()),
                        None => router.oneshot(request).await,
                    }
                }
            });
            let stream = http.framed(stream, under_way);
            if let Err(error) = http.builder.serve_connection(stream, service).await {
                tracing::debug!(%error, "a connection for metrics ended early");
            }
        });
    }
}
