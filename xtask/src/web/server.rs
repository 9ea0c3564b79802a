//! A file server for one's own machine: GET, and nothing else.
//!
//! It listens on localhost only, serves regular files below one folder, and tells the browser to
//! ask again each time. `xtask` has no dependencies, and a page needs no more than this.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::console::say;
use crate::part::{Result, Stop};

/// No request that is answered is longer.
const REQUEST_LEN_MAX: u64 = 16 << 10;
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the folder until the program is interrupted.
pub(super) fn serve(folder: &Path, port: u16) -> Result {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        Stop::failed(format!(
            "port {port} cannot be listened on ({error}): choose another with `--port N`"
        ))
    })?;
    say(&format!(
        "\nhttp://localhost:{port}/ is the page; Ctrl-C ends it"
    ));
    for stream in listener.incoming() {
        let folder = folder.to_path_buf();
        if let Ok(stream) = stream {
            // A browser that disconnects early is not a reason to stop.
            thread::spawn(move || drop(answer(&folder, stream)));
        }
    }
    Ok(())
}

fn answer(folder: &Path, mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    let mut lines = BufReader::new((&stream).take(REQUEST_LEN_MAX));
    lines.read_line(&mut request)?;
    // The rest of the request must be read. Otherwise the browser takes the end of the connection
    // for an error.
    let mut header = String::new();
    while lines.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let (status, kind, body) = match (words.next(), words.next()) {
        (Some("GET"), Some(target)) => match file(folder, target) {
            Some((path, body)) => ("200 OK", media_type(&path), body),
            None => ("404 Not Found", "text/plain", b"not found\n".to_vec()),
        },
        _ => (
            "405 Method Not Allowed",
            "text/plain",
            b"only GET\n".to_vec(),
        ),
    };
    let len = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    stream.flush()
}

/// The file that a target names, if it is below the folder.
fn file(folder: &Path, target: &str) -> Option<(PathBuf, Vec<u8>)> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !Path::new(name).components().all(is_plain) {
        return None;
    }
    let path = folder.join(name);
    let body = fs::read(&path).ok()?;
    Some((path, body))
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
