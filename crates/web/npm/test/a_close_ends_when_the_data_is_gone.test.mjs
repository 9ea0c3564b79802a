import { after, test } from "node:test";
import assert from "node:assert/strict";
import { start } from "./support/browser.mjs";

const browser = await start(after);
const MODES = { page: {}, worker: { worker: true }, opfs: { storage: "opfs" } };

for (const [mode, options] of Object.entries(MODES)) {
  for (const who of ["the writer", "another tab"]) {
    test(`${who} saves and closes right after everything was cleared (${mode}): both calls end`, async () => {
      const open = (page) => page.evaluate(async ([name, options]) => {
        window.db = await steadfast.open(name, options);
        await db.put("a", 1);
      }, [`closing ${mode} ${who}`, options]);
      const pages = [await browser.page(), await browser.page()];
      for (const page of pages) await open(page);
      const ends = await pages[who === "the writer" ? 0 : 1].evaluate(async () => {
        await fetch("/clear").then((answer) => answer.text());
        const calls = [db.put("x", 1), db.close()];
        return Promise.all(calls.map((call) => call.then(() => "done", ({ kind }) => kind)));
      });
      assert.ok(["Evicted", "OutcomeUnknown"].includes(ends[0]), ends[0]);
      assert.equal(ends[1], "done");
      await browser.closeTabs();
    });
  }
}
