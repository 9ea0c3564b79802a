//! A browser of its own for every test, and its tabs.

use std::cell::RefCell;
use std::env;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::page::serve;
use crate::webdriver::{Driver, Failure};

/// The families of browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    fn named_by_the_environment() -> Self {
        match env::var("STEADFAST_ENGINE").as_deref() {
            Ok("chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            other => panic!("STEADFAST_ENGINE is {other:?}: see tests/tabs/main.rs"),
        }
    }

    fn driver(self) -> Driver {
        let program = |variable: &str, usual: &str| {
            Command::new(env::var(variable).unwrap_or_else(|_| usual.to_owned()))
        };
        Driver::start(&mut match self {
            Self::Chromium => program("CHROMEDRIVER", "chromedriver"),
            Self::Firefox => program("GECKODRIVER", "geckodriver"),
            Self::WebKit => program("SAFARIDRIVER", "WebKitWebDriver"),
        })
    }

    fn capabilities(self) -> Value {
        match self {
            Self::Chromium => json!({ "goog:chromeOptions": {
                "binary": env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into()),
                "args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
                    "--disable-sync"],
            }}),
            Self::Firefox => json!({ "moz:firefoxOptions": { "args": ["-headless"] } }),
            Self::WebKit => json!({}),
        }
    }
}

/// A running browser with the page in one tab.
pub(crate) struct Browser {
    pub(crate) engine: Engine,
    pub(crate) address: String,
    driver: Driver,
    session: String,
    /// The tab that commands go to.
    current: RefCell<String>,
}

/// A tab with the page in it.
#[derive(Clone, Debug)]
pub(crate) struct Tab(String);

impl Browser {
    /// Starts the engine that the environment names, with one tab.
    pub(crate) fn start() -> (Self, Tab) {
        let files = env::var("STEADFAST_PAGE").expect("STEADFAST_PAGE: see tests/tabs/main.rs");
        let engine = Engine::named_by_the_environment();
        let driver = engine.driver();
        let body = json!({ "capabilities": { "alwaysMatch": engine.capabilities() } });
        let session = driver.send("POST", "/session", &body).expect("a session");
        let session = session["sessionId"].as_str().expect("its name").to_owned();
        let browser = Self {
            engine,
            address: serve(PathBuf::from(files)),
            driver,
            session,
            current: RefCell::new(String::new()),
        };
        browser.post("/timeouts", &json!({ "script": 60_000 }));
        let window = browser.get("/window");
        let tab = Tab(window.as_str().expect("a window").to_owned());
        browser.current.replace(tab.0.clone());
        browser.visit(&tab);
        (browser, tab)
    }

    /// Opens another tab with the page.
    pub(crate) fn open_tab(&self) -> Tab {
        let window = self.post("/window/new", &json!({ "type": "tab" }));
        let tab = Tab(window["handle"].as_str().expect("a window").to_owned());
        self.visit(&tab);
        tab
    }

    /// Loads the page in a tab, also anew.
    pub(crate) fn visit(&self, tab: &Tab) {
        self.turn_to(tab);
        self.post("/url", &json!({ "url": self.address }));
        let ready =
            "while (!window.tab) await new Promise(next => setTimeout(next, 20)); return true";
        self.run(tab, ready).expect("the page to load");
    }

    /// Closes a tab, as a person does.
    pub(crate) fn close(&self, tab: &Tab) {
        self.turn_to(tab);
        self.command("DELETE", "/window", &json!({}))
            .expect("the tab to close");
    }

    /// Runs the body of an asynchronous function in a tab. What it throws is told as `name:
    /// message`.
    pub(crate) fn run(&self, tab: &Tab, body: &str) -> Result<Value, Failure> {
        self.turn_to(tab);
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {body} }})().then(
               value => done({{ value: value === undefined ? null : value }}),
               error => done({{ thrown: `${{error.name}}: ${{error.message}}` }}));"
        );
        let answer = self.command(
            "POST",
            "/execute/async",
            &json!({ "script": script, "args": [] }),
        )?;
        match answer.get("thrown").and_then(Value::as_str) {
            Some(error) => Err(Failure(error.to_owned())),
            None => Ok(answer["value"].clone()),
        }
    }

    /// [`run`](Self::run) of what must not fail.
    pub(crate) fn must(&self, tab: &Tab, body: &str) -> Value {
        self.run(tab, body)
            .unwrap_or_else(|Failure(error)| panic!("{body}: {error}"))
    }

    /// [`run`](Self::run) of what must fail; returns how.
    pub(crate) fn fails(&self, tab: &Tab, body: &str) -> String {
        match self.run(tab, body) {
            Err(Failure(error)) => error,
            Ok(value) => panic!("{body}: it should have failed, and gave {value}"),
        }
    }

    /// [`run`](Self::run) in the tab's worker.
    pub(crate) fn run_in_worker(&self, tab: &Tab, body: &str) -> Result<Value, Failure> {
        let body = Value::from(body);
        self.run(tab, &format!("return await inWorker({body})"))
    }

    /// [`run_in_worker`](Self::run_in_worker) of what must not fail.
    pub(crate) fn must_in_worker(&self, tab: &Tab, body: &str) -> Value {
        self.run_in_worker(tab, body)
            .unwrap_or_else(|Failure(error)| panic!("{body}: {error}"))
    }

    /// [`run_in_worker`](Self::run_in_worker) of what must fail; returns how.
    pub(crate) fn fails_in_worker(&self, tab: &Tab, body: &str) -> String {
        match self.run_in_worker(tab, body) {
            Err(Failure(error)) => error,
            Ok(value) => panic!("{body}: it should have failed, and gave {value}"),
        }
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn chromium(&self, name: &str, parameters: &Value) {
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": name, "params": parameters }),
        );
    }

    fn turn_to(&self, tab: &Tab) {
        if *self.current.borrow() != tab.0 {
            self.post("/window", &json!({ "handle": tab.0 }));
            self.current.replace(tab.0.clone());
        }
    }

    fn get(&self, path: &str) -> Value {
        self.command("GET", path, &json!({})).unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.command("POST", path, body).unwrap()
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        let path = format!("/session/{}{path}", self.session);
        self.driver.send(method, &path, body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A browser that is gone already is fine.
        let _ = self.command("DELETE", "", &json!({}));
    }
}
