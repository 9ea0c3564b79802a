import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);

const WRONG = {
  indexeddb: "steadfast_opfs_bg.wasm",
  opfs: "steadfast_bg.wasm",
  memory: "steadfast_bg.wasm",
};

for (const [storage, file] of Object.entries(WRONG)) {
  test(`${storage} does not open with ${file}, and nothing is made`, async () => {
    const page = await browser.page();
    const found = await page.evaluate(async ([storage, file]) => {
      const address = new URL(`/steadfast/${file}`, location.href).href;
      const option = storage === "memory" ? "wholeWasm" : "wasm";
      const error = await steadfast.open("mixed", { storage, [option]: address }).then(() => "opened", ({ kind, message }) => `${kind}: ${message}`);
      return { error, databases: (await indexedDB.databases()).map(({ name }) => name) };
    }, [storage, file]);
    assert.match(found.error, /^Unsupported: the WebAssembly of steadfast could not be loaded \(Error: it is not steadfast(_whole|_opfs)?_bg\.wasm\)/);
    assert.deepEqual(found.databases, []);
    await browser.closeTabs();
  });
}
