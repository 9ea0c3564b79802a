// Places other than a page: there a database opens, or the error names the place and what to do.

import { after, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

// A frame without an origin of its own asks for the scripts as a stranger.
const browser = await start(after, { headers: () => ({ "Access-Control-Allow-Origin": "*" }) });
beforeEach(() => browser.closeTabs());

const WORKS = { use: "works", rescue: "works", destroy: "works" };
const OPTIONS = [{}, { worker: true }, { storage: "opfs" }];
const MEMORY = [{ storage: "memory" }, { storage: "memory", worker: true }];
const NO_DATABASE = /^SteadfastError NoStore change-the-call: there is no database `here .*`: look at its name.*memory/;

/** What a worker of that kind says. */
const inWorker = (page, kind, options) => page.evaluate(async ([kind, options]) => {
  const { port1, port2 } = new MessageChannel();
  const answers = { dedicated: () => worker, shared: () => worker.port, service: () => port1 };
  let worker;
  if (kind === "dedicated") worker = new Worker("/pages/places.js", { type: "module" });
  if (kind === "shared") worker = new SharedWorker("/pages/places.js", { type: "module" });
  if (kind === "service") {
    await navigator.serviceWorker.register("/pages/places.js", { type: "module" });
    worker = (await navigator.serviceWorker.ready).active;
  }
  const target = answers[kind]();
  const answer = new Promise((resolve, reject) => {
    target.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  if (kind === "shared") target.postMessage({ options });
  else worker.postMessage({ options }, kind === "service" ? [port2] : []);
  return answer;
}, [kind, options]);

/** What a frame says. */
const inFrame = (page, sandbox, options, site = "") => page.evaluate(([sandbox, options, site]) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  if (sandbox) frame.sandbox = sandbox;
  frame.src = `${site}/pages/frame.html`;
  onmessage = ({ data }) => {
    if (data === "ready") return frame.contentWindow.postMessage({ options }, "*");
    frame.remove();
    resolve(data);
  };
  document.body.append(frame);
}), [sandbox, options, site]);

test("in a worker, in a shared worker and in a frame of the same site it works, and memory ends with it", async () => {
  const page = await browser.page();
  for (const options of OPTIONS) {
    assert.deepEqual(await inWorker(page, "dedicated", options), WORKS, JSON.stringify(options));
    assert.deepEqual(await inFrame(page, "", options), WORKS, JSON.stringify(options));
    if (options.storage !== "opfs") assert.deepEqual(await inWorker(page, "shared", options), WORKS, JSON.stringify(options));
  }
  for (const options of MEMORY) {
    for (const found of [await inWorker(page, "dedicated", options), await inWorker(page, "shared", options), await inFrame(page, "", options), await inFrame(page, "allow-scripts", options)]) {
      assert.match(found.rescue, NO_DATABASE);
      assert.deepEqual({ ...found, rescue: "works" }, WORKS, JSON.stringify(options));
    }
  }
});

test("a shared worker is told that it can have no private files", async () => {
  const found = await inWorker(await browser.page(), "shared", { storage: "opfs" });
  assert.match(found.use, /^SteadfastError Unsupported change-the-call: .*a shared worker can make none: open the database in the page, or with `storage: "indexeddb"`$/);
});

test("a service worker is told to leave it to the page", async () => {
  const page = await browser.page();
  for (const options of [...OPTIONS, ...MEMORY]) {
    for (const said of Object.values(await inWorker(page, "service", options))) {
      assert.match(said, /^SteadfastError Unsupported change-the-call: a service worker cannot load .*: open the database in the page, and send it what to keep$/, JSON.stringify(options));
    }
  }
});

test("a sandboxed frame is told that it may store nothing, whatever it calls", async () => {
  const page = await browser.page();
  for (const options of OPTIONS) {
    for (const said of Object.values(await inFrame(page, "allow-scripts", options))) {
      assert.match(said, /^SteadfastError PermissionDenied change-the-call: .*sandboxed frame.*open the database in a page of its own, or with `storage: "memory"` \(SecurityError: /, JSON.stringify(options));
    }
  }
});

test("a frame of another site works, or is told that it may store nothing; memory works in any case", async () => {
  const page = await browser.page();
  const site = browser.address.replace("localhost", "127.0.0.1");
  for (const options of OPTIONS) {
    const found = Object.values(await inFrame(page, "", options, site));
    if (found.every((said) => said === "works")) continue;
    for (const said of found) assert.match(said, /^SteadfastError PermissionDenied change-the-call: .*open the database in a page of its own/, JSON.stringify(options));
  }
  for (const options of MEMORY) assert.equal((await inFrame(page, "", options, site)).use, "works");
});
