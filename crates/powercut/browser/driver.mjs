// A browser whose profile is on the disk that loses its power.
//
//     node driver.mjs run MODE PROFILE PACKAGE
//         saves, and says on standard output what it begins and what was acknowledged
//     node driver.mjs check MODE PROFILE PACKAGE
//         says what is there, {"count": N} or {"error": "…"}; saves more in strict IndexedDB
//
// MODE is indexeddb, opfs (both through the package) or relaxed (IndexedDB by hand, the control).
//
// The page sends its lines to this program as requests. A request is answered only after its line
// was answered, so what the page says has an exact place in the order of the disk's steps.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const [task, mode, profile, folder] = process.argv.slice(2);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

// One origin, whatever the port: the browser keeps data per origin.
const ORIGIN = "http://powercut.localhost";
const MUTE = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-breakpad", "--disable-extensions", "--disable-default-apps", "--no-default-browser-check", "--password-store=basic"];

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Says a line and waits for the answer. */
async function say(line) {
  process.stdout.write(`${line}\n`);
  const { done } = await answers.next();
  if (done) throw new Error("nobody listens any more");
}

async function file(path) {
  const inPackage = path.startsWith("/steadfast/");
  const place = inPackage ? join(folder, path.slice("/steadfast/".length)) : fileURLToPath(new URL(`.${path}`, import.meta.url));
  return readFile(place);
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, ORIGIN);
  try {
    if (request.method === "GET") {
      const body = await file(pathname === "/" ? "/page.html" : pathname);
      response.writeHead(200, { "Content-Type": TYPES[extname(pathname)] ?? "text/html", "Cache-Control": "no-store" }).end(body);
      return;
    }
    let line = "";
    for await (const part of request) line += part;
    if (pathname === "/end") return end(line);
    await say(line);
    response.writeHead(204).end();
  } catch (error) {
    response.writeHead(404).end(String(error));
  }
}

let browser;
const scratch = mkdtempSync(join(tmpdir(), "steadfast-browser-"));

/**
 * Kills the browser with everything that it has started, says what the page found as the last line,
 * and ends this program.
 */
function end(line) {
  const gone = () => {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
    process.stdout.write(`${line}\n`, () => process.exit(0));
  };
  if (browser === undefined || browser.exitCode !== null) return gone();
  browser.once("exit", gone);
  process.kill(-browser.pid, "SIGKILL");
}

const server = createServer(answer);
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  const mapped = `--host-resolver-rules=MAP powercut.localhost:80 127.0.0.1:${port}`;
  const address = `${ORIGIN}/?${new URLSearchParams({ task, mode })}`;
  const env = { ...process.env, HOME: scratch, XDG_CONFIG_HOME: scratch, XDG_CACHE_HOME: scratch };
  const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = spawn(executable, [...MUTE, mapped, `--user-data-dir=${profile}`, address], { detached: true, stdio: "ignore", env });
  browser.on("error", (error) => { process.stderr.write(`${executable}: ${error.message}\n`); process.exit(1); });
  browser.on("exit", (code) => { if (code !== null) { process.stderr.write(`the browser ended (${code})\n`); process.exit(1); } });
});

// The browser does not outlive this program.
process.on("exit", () => { try { process.kill(-browser.pid, "SIGKILL"); } catch { /* it is gone already */ } });
