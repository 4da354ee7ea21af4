//! The HTTP client that the client library speaks through: no redirects, ten seconds, one megabyte.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// The longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer, in bytes.
const LIMIT: usize = 1024 * 1024;

/// Why the provider could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("no answer from {host}")]
    Unanswered { host: String, source: reqwest::Error },
    #[error("the answer is longer than {LIMIT} bytes")]
    TooLong,
    #[error("the request or its answer is not HTTP")]
    Malformed(#[source] openidconnect::http::Error),
}

/// One connection pool for everything the demo asks.
pub(crate) struct HttpClient {
    client: reqwest::Client,
}

impl HttpClient {
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        // A redirect could lead a request, with its secrets, to a host that nobody named.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self { client })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let unanswered = |source| HttpError::Unanswered { host: host.clone(), source };
        let request = reqwest::Request::try_from(request).map_err(unanswered)?;
        let mut response = self.client.execute(request).await.map_err(unanswered)?;
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            headers.extend(response.headers().clone());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            if body.len().saturating_add(chunk.len()) > LIMIT {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        answer.body(body).map_err(HttpError::Malformed)
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
