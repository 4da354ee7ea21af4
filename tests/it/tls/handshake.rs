//! What is agreed on, and what a connection that agrees on nothing may cost.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslConnector, SslMethod, SslOptions, SslVerifyMode, SslVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::rustls::ProtocolVersion;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use super::{HOST, House};
use crate::support::certificates::{KeyForm, Made};
use crate::support::tls::Dial;
use crate::support::wait::PATIENCE;
use crate::support::{Browser, Client};

/// What OpenSSL makes of a handshake with one version of TLS.
fn with_openssl(port: u16, version: SslVersion) -> Result<String, String> {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    builder.set_verify(SslVerifyMode::NONE);
    builder.set_security_level(0);
    builder.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
    builder.set_min_proto_version(Some(version)).unwrap();
    builder.set_max_proto_version(Some(version)).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let shaken = builder.build().connect(HOST, stream);
    shaken.map(|stream| stream.ssl().version_str().to_owned()).map_err(|error| error.to_string())
}

/// The port of a server that speaks the versions of old to two clients.
fn serves_older(made: &Made) -> u16 {
    let mut builder = SslAcceptor::mozilla_intermediate(SslMethod::tls_server()).unwrap();
    builder.set_security_level(0);
    builder.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
    builder.clear_options(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
    builder.set_min_proto_version(Some(SslVersion::TLS1)).unwrap();
    builder.set_certificate(&made.leaf).unwrap();
    builder.set_private_key(&PKey::private_key_from_pem(made.key.as_bytes()).unwrap()).unwrap();
    let (acceptor, listener) = (builder.build(), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(2).flatten() {
            let _ = acceptor.accept(stream);
        }
    });
    port
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_and_nothing_older() {
    let house = House::new(|authority| authority.made_as(HOST, KeyForm::RsaPkcs1, 90 * 86_400));
    let _signet = house.serve();
    for (version, name) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let dial = Dial::with(house.port, HOST, &house.authority.root(), &[version], &[]);
        let stream = dial.shake(None).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(name));
    }
    assert_eq!(with_openssl(house.port, SslVersion::TLS1_2).as_deref(), Ok("TLSv1.2"));
    assert_eq!(with_openssl(house.port, SslVersion::TLS1_3).as_deref(), Ok("TLSv1.3"));
    let older = serves_older(&house.authority.made(HOST));
    for (old, name) in [(SslVersion::TLS1, "TLSv1"), (SslVersion::TLS1_1, "TLSv1.1")] {
        assert_eq!(with_openssl(older, old).as_deref(), Ok(name), "this client can");
        let refused = with_openssl(house.port, old).unwrap_err();
        assert!(refused.contains("alert"), "{refused}");
    }
}

#[tokio::test]
async fn http_1_1_is_the_only_protocol() {
    let house = House::new(|authority| authority.made(HOST));
    let _signet = house.serve();
    let with = |protocols: &[&str]| {
        Dial::with(house.port, HOST, &house.authority.root(), &[&TLS13, &TLS12], protocols)
    };
    let mut line = with(&["h2", "http/1.1"]).connect(None).await.unwrap();
    assert_eq!(line.protocol.as_deref(), Some(&b"http/1.1"[..]));
    assert_eq!(line.get(HOST, "/jwks.json").await.unwrap().status, 200);
    let mut line = with(&[]).connect(None).await.unwrap();
    assert_eq!((line.protocol.clone(), line.get(HOST, "/jwks.json").await.unwrap().status), (None, 200));
    // One that speaks HTTP/2 alone learns it here, not from what it cannot read (RFC 7301 §3.2).
    assert!(with(&["h2"]).shake(None).await.is_err());
}

#[tokio::test]
async fn a_whole_login_goes_over_our_own_tls() {
    let house = House::new(|authority| authority.made(HOST));
    let _signet = house.serve();
    let site = house.site();
    let tokens = Client::new(&site, "web").login("alice", "openid offline_access").await;
    assert!(site.userinfo(&tokens.access).await.expect(200).json()["sub"].is_string());
    let page = Browser::new(&site).open("/").await;
    assert_eq!(page.answer.header("strict-transport-security"), "max-age=31536000");
    assert!(page.answer.all("set-cookie").iter().all(|cookie| cookie.starts_with("__Host-")));
}

#[tokio::test]
async fn plain_http_gets_a_short_answer_and_an_end() {
    let house = House::new(|authority| authority.made(HOST));
    let _signet = house.serve();
    let long = format!("POST /x HTTP/1.1\r\nhost: x\r\n\r\n{}", "a".repeat(50_000));
    for request in
        ["GET / HTTP/1.1\r\nhost: op.example.com\r\n\r\n", "G", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &long]
    {
        let mut stream = house.dial().tcp(None).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        assert!(head.contains("\r\nconnection: close"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert!(body.contains("https://"), "{body}");
    }
}

#[tokio::test]
async fn half_handshakes_cost_the_others_nothing_and_end() {
    let house = House::new(|authority| authority.made(HOST));
    let _signet = house.serve();
    let begun = Instant::now();
    let mut silent = Vec::new();
    for number in 0..400 {
        let mut stream = house.dial().tcp(None).await.unwrap();
        if number % 2 == 0 {
            // The head of a ClientHello whose rest never comes.
            stream.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]).await.unwrap();
        }
        silent.push(stream);
    }
    let client = Client::new(&house.site(), "web");
    let login = tokio::time::timeout(PATIENCE, client.login("alice", "openid")).await;
    assert!(login.is_ok(), "the others wait for half a handshake");
    // More than are allowed at once: the oldest have ended to make room, and not because their time was over.
    let mut rest = [0_u8; 1];
    for oldest in &mut silent[..400 - 256] {
        // Half of what a handshake may take.
        let ended = tokio::time::timeout(Duration::from_secs(5), oldest.read(&mut rest)).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "the oldest handshakes hold on");
    }
    println!("400 half handshakes, a login and 144 ends: {:?}", begun.elapsed());
    let last = silent.last_mut().unwrap();
    let ended = tokio::time::timeout(PATIENCE, last.read(&mut rest)).await;
    assert!(matches!(ended, Ok(Ok(0) | Err(_))), "a silent connection is never ended");
}

#[tokio::test]
async fn what_is_no_tls_at_all_ends_at_once() {
    let house = House::new(|authority| authority.made(HOST));
    let _signet = house.serve();
    for rubbish in [&b"\0\0\0\0\0\0\0\0"[..], b"\x16\x03\x01\0\x05hello", b"ssh-2.0\r\n", b"\xff"] {
        let mut stream = house.dial().tcp(None).await.unwrap();
        stream.write_all(rubbish).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "{rubbish:?}");
        assert!(!answer.starts_with(b"HTTP"), "{rubbish:?}");
    }
    let mut line = house.dial().connect(None).await.unwrap();
    assert_eq!(line.get(HOST, "/api/health").await.unwrap().status, 200);
}
