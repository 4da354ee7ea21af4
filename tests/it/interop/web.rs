//! HTTP as browsers and relying parties speak it: in the clear, or over TLS to one provider whose authority they know.

use std::convert::Infallible;
use std::pin::Pin;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::HOST;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::Url;
use url::{Origin, Position};

use crate::support::Answer;
use crate::support::tls::Dial;

/// Sends requests; redirects are the caller's to follow.
#[derive(Clone)]
pub struct Web {
    /// Makes requests, and sends those in the clear.
    pub http: reqwest::Client,
    tls: Option<(Origin, Dial)>,
}

impl Web {
    /// In the clear, wherever a request leads.
    pub fn clear() -> Self {
        let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self { http: builder.build().unwrap(), tls: None }
    }

    /// Over TLS to this provider and nobody else, trusting its authority (PEM) alone.
    pub fn tls(issuer: &str, authority: &[u8]) -> Self {
        let url = Url::parse(issuer).unwrap();
        let dial = Dial::new(url.port().unwrap(), "127.0.0.1", authority);
        Self { tls: Some((url.origin(), dial)), ..Self::clear() }
    }

    pub async fn send(&self, request: reqwest::Request) -> Answer {
        let Some((origin, dial)) = &self.tls else {
            let answer = self.http.execute(request).await.unwrap();
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            return Answer { status, headers, body: answer.bytes().await.unwrap() };
        };
        let url = request.url();
        assert_eq!(url.origin(), *origin, "{url}");
        let target = &url[Position::BeforePath..Position::AfterQuery];
        let mut sent = Request::builder().method(request.method()).uri(target).header(HOST, url.authority());
        sent.headers_mut().unwrap().extend(request.headers().clone());
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec();
        let mut line = dial.connect(None).await.unwrap();
        line.send(sent.body(Body::from(body)).unwrap()).await.unwrap()
    }
}

/// The crate revokes at https addresses only (RFC 7009 §2). In the clear the client is told of an https address, and the
/// request that the crate makes for it goes out by http.
impl<'c> AsyncHttpClient<'c> for Web {
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Infallible>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let mut request = reqwest::Request::try_from(request).unwrap();
        if self.tls.is_none() {
            request.url_mut().set_scheme("http").unwrap();
        }
        Box::pin(async move {
            let answer = self.send(request).await;
            let mut response = openidconnect::http::Response::builder().status(answer.status);
            response.headers_mut().unwrap().extend(answer.headers);
            Ok(response.body(answer.body.to_vec()).unwrap())
        })
    }
}
