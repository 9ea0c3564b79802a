import { test } from "node:test";
import assert from "node:assert/strict";
import { HOMES, LIMIT, report, total } from "../size.mjs";

for (const home of HOMES) {
  test(`with ${home} a page loads at most ${LIMIT / 1000} kB, compressed`, () => {
    report();
    assert.ok(total(home) <= LIMIT, `${total(home)} bytes`);
  });
}
