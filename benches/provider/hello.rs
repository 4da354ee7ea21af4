//! The floor: an axum server that only says hello, in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use axum::Router;
use axum::routing::get;

use crate::Outcome;
use crate::process::Process;

/// The argument that makes this program the hello server.
pub const ARGUMENT: &str = "hello-server";

/// Starts it; gives its address too.
pub fn start() -> Outcome<(Process, String)> {
    let mut child = Command::new(std::env::current_exe()?).arg(ARGUMENT).stdout(Stdio::piped()).spawn()?;
    let mut address = String::new();
    let stdout = child.stdout.take().ok_or("the hello server has no output")?;
    BufReader::new(stdout).read_line(&mut address)?;
    Ok((Process::of(child), address.trim().to_owned()))
}

/// Serves until it is stopped.
pub fn serve() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        let router = Router::new().route("/", get(|| async { "hello" }));
        axum::serve(
            axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))),
            router,
        )
        .await?;
        Ok(())
    })
}
