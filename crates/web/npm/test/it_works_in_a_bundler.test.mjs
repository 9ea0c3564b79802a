import { after, test } from "node:test";
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { application } from "./support/application.mjs";
import { start } from "./support/browser.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = await application(after, {});

await writeFile(join(folder, "app.ts"), `
import { open, type Database, type Status, type Value, SteadfastError } from "steadfast";
import wasm from "steadfast/steadfast.wasm";
import opfs from "steadfast/steadfast-opfs.wasm";

interface Note { text: string; tags: string[] }

async function run(): Promise<string> {
  const db: Database = await open("bundled", { wasm });
  const note: Note = { text: "from a bundle", tags: ["a"] };
  await db.put("note", { ...note });
  const found = await db.get<{ text: string; tags: string[] }>("note");
  const all: [string, Value][] = await db.scan();
  const status: Status = await db.status();
  await db.transact(async (tx) => { tx.put("n", (await tx.get<number>("n") ?? 0) + 1); });
  await db.close();
  const fast = await open("bundled fast", { storage: "opfs", wasm: opfs, worker: new URL("./worker.js", import.meta.url) });
  await fast.put("a", new Uint8Array([1]));
  const kept = await fast.get("a");
  await fast.close();
  const error = await db.put("x", 1).catch((error: unknown) => error);
  return [found?.text, all.length, status.survives, kept instanceof Uint8Array, error instanceof SteadfastError].join();
}

(window as unknown as { result: Promise<string> }).result = run();
`);
await writeFile(join(folder, "worker.ts"), 'import "steadfast/worker";\n');
await writeFile(join(folder, "index.html"), '<!doctype html><title>Bundled</title><script type="module" src="app.js"></script>');

test("its types hold in a strict program", () => {
  const options = ["--strict", "--noEmit", "--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", "--lib", "es2022,dom", "--types", "", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
  execFileSync(here("../node_modules/.bin/tsc"), [...options, "app.ts"], { cwd: folder, stdio: "inherit" });
});

test("bundled by esbuild it opens, saves and reads, in the page and in a worker", async () => {
  await build({
    entryPoints: [join(folder, "app.ts"), join(folder, "worker.ts")],
    outdir: folder, bundle: true, splitting: true, format: "esm", target: "es2022", minify: true, logLevel: "error",
    loader: { ".wasm": "file" },
  });
  const browser = await start(after, { folders: { bundle: folder } });
  const page = await browser.page("/bundle/");
  assert.equal(await page.evaluate(() => window.result), "from a bundle,1,power-loss,true,true");
});
