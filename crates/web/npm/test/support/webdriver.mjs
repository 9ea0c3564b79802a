// Firefox and WebKitGTK by their drivers, with a page that has the package in `window.steadfast`.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { serve } from "./server.mjs";

const ENGINES = {
  firefox: { program: process.env.GECKODRIVER ?? "geckodriver", capabilities: { "moz:firefoxOptions": { args: ["-headless"] } } },
  webkit: { program: process.env.WEBKITDRIVER ?? "WebKitWebDriver", capabilities: {}, needsDisplay: true },
};

/** A driver that does not begin to answer within this is none, in milliseconds. */
const START_MAX = 60_000;
/** No script in a page takes longer. */
const SCRIPT_MAX = 120_000;

/**
 * Starts the engine, which ends with the test file. `run(script, ...)` calls an asynchronous
 * function in the tab that is in front.
 */
export async function drive(after, engine) {
  const { program, capabilities, needsDisplay } = ENGINES[engine];
  const server = await serve();
  const port = await freePort();
  const command = needsDisplay ? ["xvfb-run", "--auto-servernum", program, `--port=${port}`] : [program, "--port", `${port}`];
  // A group of its own: ending it ends the display and the browser too.
  const driver = spawn(command[0], command.slice(1), { stdio: "ignore", detached: true });
  const failed = new Promise((_, reject) => driver.on("error", reject));
  const address = `http://127.0.0.1:${port}`;
  const send = async (method, path, body) => {
    const answer = await fetch(address + path, { method, headers: { "Content-Type": "application/json" }, ...(body ? { body: JSON.stringify(body) } : {}) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  let session;
  after(async () => {
    if (session) await send("DELETE", session).catch(() => {});
    try { process.kill(-driver.pid); } catch { /* It has ended. */ }
    await server.end();
  });
  await Promise.race([failed, answers(`${address}/status`)]);
  session = `/session/${(await send("POST", "/session", { capabilities: { alwaysMatch: capabilities } })).sessionId}`;
  await send("POST", `${session}/timeouts`, { script: SCRIPT_MAX });

  const visit = async () => {
    await send("POST", `${session}/url`, { url: `${server.address}/pages/` });
    await run(async () => { while (!window.ready) await new Promise((next) => setTimeout(next, 20)); });
  };
  const run = async (call, ...args) => {
    const script = `const done = arguments[arguments.length - 1];
      (${call})(...arguments[0]).then((value) => done({ value }), (error) => done({ thrown: \`\${error.name} \${error.kind ?? ""}: \${error.message}\` }));`;
    const { value, thrown } = await send("POST", `${session}/execute/async`, { script, args: [args] });
    if (thrown) throw new Error(thrown);
    return value;
  };
  await visit();
  return {
    run,
    visit,
    /** Opens another tab with the page, and puts it in front. */
    async openTab() {
      const { handle } = await send("POST", `${session}/window/new`, { type: "tab" });
      await send("POST", `${session}/window`, { handle });
      await visit();
      return handle;
    },
    front: (handle) => send("POST", `${session}/window`, { handle }),
    current: () => send("GET", `${session}/window`),
    closeTab: () => send("DELETE", `${session}/window`),
  };
}

async function answers(address) {
  const over = Date.now() + START_MAX;
  for (;;) {
    try {
      const { value } = await (await fetch(address)).json();
      if (value.ready) return;
    } catch (error) {
      if (Date.now() > over) throw new Error("the driver does not answer", { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
