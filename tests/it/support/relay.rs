//! A way to a server that the test can cut.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A port on 127.0.0.1 that leads to another. It ends with this value.
pub struct Relay {
    pub port: u16,
    cut: watch::Sender<bool>,
}

impl Relay {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (cut, seen) = watch::channel(false);
        tokio::spawn(async move {
            let mut ended = seen.clone();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        tokio::spawn(lead(accepted.unwrap().0, port, seen.clone()));
                    }
                    () = async { while ended.changed().await.is_ok() {} } => return,
                }
            }
        });
        Self { port: own, cut }
    }

    /// Ends every connection, and each that comes, until it is mended.
    pub fn cut(&self, cut: bool) {
        self.cut.send(cut).unwrap();
    }
}

async fn lead(mut stream: TcpStream, port: u16, mut cut: watch::Receiver<bool>) {
    if *cut.borrow() {
        return;
    }
    let mut server = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
    tokio::select! {
        _ = copy_bidirectional(&mut stream, &mut server) => {}
        _ = cut.wait_for(|cut| *cut) => {}
    }
}
