// Members that only scripts of the package know get short names, which saves a third of a kilobyte
// of the first load. Each bundle gets other ones: so none may be in a message between tabs, nor in
// what the package exports, nor be a name of JavaScript, of the browser or of the WebAssembly.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NAMES = [
  "__destroy_into_raw", "__wbg_ptr", "__wrap", "_wbg_cb_unref", "admit", "catchUp", "clientChannel", "clientLock", "conclude",
  "endIfOver", "expects", "failed", "failures", "fits", "forget", "hasMark", "heard", "heir", "heirLock", "isAwaited", "isEmpty", "isFull", "isLeft", "isRefusing",
  "isSubmitted", "isTight", "isTree", "isWriter", "jump", "lacks", "lags", "last", "lastTransaction", "leave", "loosen", "make", "onFailure",
  "onStatus", "opened", "over", "pair", "postpone", "praise", "prepare", "publish", "refusal", "refuse", "remember", "renew",
  "resign", "saved", "sent", "settled", "spare", "spend", "submitted", "subscribed", "takeOver", "takes", "tell", "tellIfNear",
  "titles", "wants", "waits", "wasCommitted", "watch", "workerLock", "writerLock", "wrote",
];

/** Where is declared what goes from one thread to another. */
const MESSAGES = ["messages", "candidate", "errand", "error", "place", "reports", "requests"];

/** The names, for esbuild. */
export const INNER = new RegExp(`^(?:${NAMES.join("|")})$`);

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Throws if one of the names means something outside of a bundle. */
export function checkInner() {
  const compiler = dirname(fileURLToPath(import.meta.resolve("@microsoft/api-extractor/package.json")));
  const lib = join(compiler, "node_modules/typescript/lib");
  const files = [
    here("dist/index.d.ts"),
    ...MESSAGES.map((name) => here(`src/${name}.ts`)),
    ...readdirSync(here("src/wasm")).filter((name) => /(?<!_inline)\.d\.ts$/.test(name)).map((name) => here(`src/wasm/${name}`)),
    ...readdirSync(lib).filter((name) => /^lib\..*\.d\.ts$/.test(name)).map((name) => join(lib, name)),
  ];
  for (const file of files) {
    const whole = readFileSync(file, "utf8");
    const text = (file.endsWith(".d.ts") ? whole : declarations(whole)).replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\/\/.*/g, "");
    for (const name of NAMES) {
      if (new RegExp(`\\b${name}\\??\\s*[:(<]`).test(text)) throw new Error(`${name} is no inner name: ${file} has it`);
    }
  }
}

/** What the types of a module have, without its code. */
function declarations(text) {
  return [...text.matchAll(/^export (?:interface .*\}$|interface [^]*?^\}$|type [^]*?;$)/gm)].join("\n");
}
