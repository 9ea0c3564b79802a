//! `cargo xtask web`: the npm package and the page, built and served.

pub mod package;
mod server;
pub mod site;

use crate::console::say;
use crate::part::{Result, Stop};
use crate::workspace::Workspace;

const HELP: &str = "\
Builds the npm package (crates/web/npm/dist) and the page on it (target/site), and serves the page.

Usage: cargo xtask web [OPTIONS]

Options:
  --build      only build
  --port N     serve on this port of localhost; 8080 by default
  --help       this page

What is missing is installed: nodejs and npm with apt-get, wasm-bindgen into target/tools, the rest by `npm ci`.
";
const PORT: u16 = 8080;

/// Builds the page, and serves it until it is interrupted.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result {
    let mut port = PORT;
    let mut serves = true;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => {
                say(HELP.trim_end());
                return Ok(());
            }
            "--build" => serves = false,
            "--port" => match arguments.next().and_then(|port| port.parse().ok()) {
                Some(number) => port = number,
                None => return Err(Stop::failed("`--port` needs a number, such as 8080")),
            },
            other => {
                return Err(Stop::failed(format!(
                    "`cargo xtask web` has no option `{other}`: see `cargo xtask web --help`"
                )));
            }
        }
    }
    package::build(workspace)?;
    let site = site::assemble(workspace)?;
    if serves {
        server::serve(&site, port)?;
    }
    Ok(())
}
