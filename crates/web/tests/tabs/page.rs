//! A web server for the one page that every tab shows, and for its worker.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

const PAGE: &str = "<!doctype html><title>notes</title><script type=module>
import start, * as tab from './tab.js';
await start();
window.tab = tab;
// Runs the body of an asynchronous function in a worker, with what the page has as `tab`.
let worker;
window.inWorker = body => new Promise((done, no) => {
    worker ??= new Worker('./worker.js', { type: 'module' });
    worker.onmessage = ({ data }) => data.error ? no(data.error) : done(data.value);
    worker.postMessage(body);
});
</script>";

const WORKER: &str = "import start, * as tab from './tab.js';
const Body = (async () => {}).constructor;
const started = start();
onmessage = async ({ data }) => {
    await started;
    try {
        postMessage({ value: await new Body('tab', data)(tab) });
    } catch ({ name, message }) {
        postMessage({ error: { name, message } });
    }
};
";

/// Has the browser clear what the site has stored, as the person's own command does.
const CLEAR: &str = "Clear-Site-Data: \"storage\"\r\n";

/// Serves the page to this machine, for as long as the test's process lives. Returns its address.
pub(crate) fn serve(files: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    // A secure context, which locks and caches need, is `https:` or a name of this machine.
    let address = format!(
        "http://localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let files = files.clone();
            // A tab that closes in the middle of a request is no concern of the server's.
            thread::spawn(move || drop(answer(stream, &files)));
        }
    });
    address
}

fn answer(mut stream: TcpStream, files: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let path = request.split(' ').nth(1).unwrap_or("/");
    let (kind, body) = match path {
        "/" => ("text/html", PAGE.as_bytes().to_vec()),
        "/worker.js" => ("text/javascript", WORKER.as_bytes().to_vec()),
        "/clear" => ("text/plain", b"cleared".to_vec()),
        "/tab.js" => ("text/javascript", std::fs::read(files.join("tab.js"))?),
        "/tab_bg.wasm" => (
            "application/wasm",
            std::fs::read(files.join("tab_bg.wasm"))?,
        ),
        _ => ("", Vec::new()),
    };
    let status = if kind.is_empty() {
        "404 Not Found"
    } else {
        "200 OK"
    };
    let clear = if path == "/clear" { CLEAR } else { "" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{clear}Connection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}
