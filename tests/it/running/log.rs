//! `log`: what is written, how, and where to.

use std::fs;

use super::serve_plain;
use crate::support::Process;

/// Serves, asks for a page that is not there, and ends.
fn told(log: &str) -> (Process, String) {
    let (mut process, address) = serve_plain(&format!("log: {{{log}}}"));
    let answer = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        write!(stream, "GET /nowhere HTTP/1.1\r\nHost: op.example.com\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.join().unwrap().starts_with("HTTP/1.1 404"));
    process.stop();
    let output = process.output();
    (process, output)
}

/// The log files in the folder of a process.
fn files(process: &Process) -> Vec<(String, String)> {
    let entries = fs::read_dir(process.folder()).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let logs = names.filter(|name| name.ends_with(".log"));
    logs.map(|name| (name.clone(), fs::read_to_string(process.folder().join(&name)).unwrap())).collect()
}

#[test]
fn a_level_leaves_out_what_is_less_important() {
    for (level, info, debug) in [
        ("error", false, false),
        ("warn", false, false),
        ("info", true, false),
        ("debug", true, true),
        ("trace", true, true),
    ] {
        let (_process, output) = told(&format!("level: {level}"));
        assert_eq!(output.contains("request refused"), info, "{level}: {output}");
        assert_eq!(output.contains("answered"), debug, "{level}: {output}");
    }
}

#[test]
fn a_format_is_for_people_or_for_programs() {
    for (format, json) in [("text", false), ("json", true)] {
        let (_process, output) = told(&format!("format: {format}"));
        let line = output.lines().find(|line| line.contains("request refused")).expect("it is told");
        assert_eq!(serde_json::from_str::<serde_json::Value>(line).is_ok(), json, "{line}");
    }
}

#[test]
fn a_file_takes_the_lines_and_standard_output_keeps_them_when_it_shall() {
    for (keep, on_output) in [(false, false), (true, true)] {
        let (process, output) = told(&format!("file_path: signet.log, keep_stdout: {keep}"));
        let files = files(&process);
        assert!(matches!(files.as_slice(), [(_, text)] if text.contains("request refused")), "{files:?}");
        assert_eq!(output.contains("request refused"), on_output, "{output}");
    }
}

#[test]
fn the_name_of_the_file_tells_when_it_was_opened() {
    let (process, _) = told("file_path: 'signet.{datetime:2006-01-02}.log'");
    let (name, _) = files(&process).remove(0);
    let date =
        name.strip_prefix("signet.").and_then(|rest| rest.strip_suffix(".log")).expect("both ends stand");
    assert!(date.len() == 10 && date.starts_with("20"), "{name}");
    let (process, _) = told("file_path: 'signet.{unix}.log'");
    let (name, _) = files(&process).remove(0);
    let seconds =
        name.trim_start_matches("signet.").trim_end_matches(".log").parse::<i64>().expect("seconds");
    assert!(signet::clock::Clock::system().now() - seconds < 3600, "{name}");
}
