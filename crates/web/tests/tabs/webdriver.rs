//! As much of the WebDriver protocol as these tests speak.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

const START_LIMIT: Duration = Duration::from_secs(60);

/// A driver process; ended when this is dropped.
pub(crate) struct Driver {
    process: Child,
    address: SocketAddr,
}

/// What a driver or a script answered that is not a success.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl Driver {
    /// Starts `command` on a free port.
    pub(crate) fn start(command: &mut Command) -> Self {
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.local_addr().unwrap().port()
        };
        let process = command
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut driver = Self {
            process,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
        };
        let started = Instant::now();
        // That the port takes a connection says nothing: before the driver listens, a connection to
        // a port of this range can meet itself.
        while driver.send("GET", "/status", &Value::Null).is_err() {
            let ended = driver.process.try_wait().unwrap();
            assert!(ended.is_none(), "{command:?} has ended: {ended:?}");
            assert!(started.elapsed() < START_LIMIT, "{command:?} is silent");
            thread::sleep(Duration::from_millis(50));
        }
        driver
    }

    /// Sends a command of the protocol.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        let answer = self
            .exchange(method, path, body)
            .map_err(|error| Failure(format!("{method} {path}: {error}")))?;
        let value = answer.get("value").cloned().unwrap_or_default();
        match value.get("error") {
            Some(error) => Err(Failure(format!(
                "{method} {path}: {error} {}",
                value.get("message").unwrap_or(&Value::Null)
            ))),
            None => Ok(value),
        }
    }

    fn exchange(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let mut stream = TcpStream::connect(self.address)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut reader = BufReader::new(stream);
        let mut len = 0_u64;
        let mut line = String::new();
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                len = value.trim().parse().unwrap_or(0);
            }
        }
        let mut answer = Vec::new();
        reader.take(len).read_to_end(&mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A driver that has ended already is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
