// One script for all engines, of what wasm-bindgen made for each. They differ in little, a worker
// has all of them, and what would be there three times is a tenth of what a page loads.
//
// It is a function: each engine has variables of its own. wasm-bindgen's own way to load
// WebAssembly stays out: `src/binary.ts` has another. What is read here is laid out as wasm-bindgen
// does it; where a later one does it differently, the build stops and says so.

import { readFileSync, writeFileSync } from "node:fs";
import { scriptOf } from "./shorten.mjs";

/** A member of the object that the WebAssembly imports. */
const MEMBER = /^ {8}(?=\w+: function\()/m;
const IMPORTS = /(function __wbg_get_imports\(\) \{\n    const import0 = \{\n        __proto__: null,\n)(.*?)\n    \};\n    return \{.*?\n    \};/s;
const FUNCTION = /^(?:async )?function (\w+)\(.*?^\}\n/gms;
const METHOD = /^    (?:static )?\w+\([^)]*\) \{$.*?^    \}$/gms;
const VARIABLE = /^(?:const|let) \w+/gm;
/** What `src/binary.ts` does in their place. */
const NOT_NEEDED = ["initSync", "__wbg_load", "__wbg_init", "__wbg_init_once"];

/** Classes for backups, which are made and read in the page: a worker's script leaves them out. */
const PAGE_ONLY = ["Packing", "Unpacked"];

/**
 * What wasm-bindgen writes for browsers that have no WebAssembly either, or in more words than it
 * needs, and how that is shorter.
 */
const SHORTER = [
  [/\(typeof FinalizationRegistry === 'undefined'\)\n.*\n    : new/g, "new"],
  // Whoever has an object frees it.
  [/^(?: {8}\w+Finalization\.(?:un)?register\(.*\);|const \w+Finalization = .*)\n/gm, ""],
  [/^if \(Symbol\.dispose\) .*\n/gm, ""],
  [/^if \(!\('encodeInto' in cachedTextEncoder\)\) \{\n.*?^\}\n/gms, ""],
  [/: function\(\) \{ return handleError\(function \((.*?)\) \{(.*?)^        \}, arguments\); \}/gms, ": caught(($1) => {$2})"],
  [/^(\w+): function\((.*?)\) \{/gm, "$1: ($2) => {"],
  [/, wasm\.__wbindgen_malloc(?:, wasm\.__wbindgen_realloc)?\)/g, ")"],
  // A view is made in no time.
  [/^(function getDataViewMemory0\(\) \{\n).*?return cachedDataViewMemory0;/gms, "$1    return new DataView(wasm.memory.buffer);"],
  [/^.*\bcachedDataViewMemory0 = null;\n/gm, ""],
  // Names and messages are short: it need not be found out whether they are ASCII.
  [/^function passStringToWasm0\(.*?^\}\n/gms, "function passStringToWasm0(arg) {\nreturn passArray8ToWasm0(cachedTextEncoder.encode(arg));\n}\n"],
  [/^(function passArray8ToWasm0\(arg), malloc\) \{(.*?)malloc\(/gms, "$1) {$2wasm.__wbindgen_malloc("],
  // What makes a promise is called once, at once.
  [/try \{\s*var state0 = \{a: arg0, b: arg1\};.*?return (\w+)\(a, state0\.b, arg0, arg1\);.*?const ret = new Promise\(cb0\);.*?state0\.a = 0;\s*\}/gs, "return new Promise((a, b) => $1(arg0, arg1, a, b));"],
  // Where the WebAssembly cannot give memory it has broken down, and frees none.
  [/let (ptr0, len0, ptr1, len1);\n *try \{(.*?)\n *\} catch \(e\) \{.*?throw e;\n *\}/gs, "let $1;$2"],
  [/let result;\n *try \{\n *result = (arg0 instanceof \w+);\n *\} catch \(_\) \{\n *result = false;\n *\}\n *const ret = result;/g, "const ret = is(() => $1);"],
  [/const ret = (wasm\..*?);\n *if \(ret\[2\]\) \{\n *throw takeFromExternrefTable0\(ret\[1\]\);\n *\}\n *return takeFromExternrefTable0\(ret\[0\]\);/g, "return taken($1);"],
  [/^function isLikeNone/gm, "const pair = (ptr) => [ptr, WASM_VECTOR_LEN];\nfunction taken(ret) {\nif (ret[2]) throw takeFromExternrefTable0(ret[1]);\nreturn takeFromExternrefTable0(ret[0]);\n}\nfunction is(f) {\ntry { return f(); } catch { return false; }\n}\nfunction isLikeNone"],
  [/^function handleError/gm, "const caught = (f) => (...args) => handleError(f, args);\nfunction handleError"],
];

/**
 * Makes the script and its types, beside those of the engines. The one that can do the most comes
 * first.
 */
export function merge(folder, engines) {
  const texts = engines.map((engine) => readFileSync(`${folder}/${engine}.js`, "utf8"));
  const [first, ...others] = texts;
  const members = new Map(), functions = new Map();
  for (const text of texts) {
    const body = IMPORTS.exec(text)?.[2] ?? stop("imports");
    for (const member of body.split(MEMBER).filter((member) => member !== "")) add(members, member.slice(0, member.indexOf(":")), member);
    for (const [whole, name] of text.matchAll(FUNCTION)) {
      if (!NOT_NEEDED.includes(name) && name !== "__wbg_get_imports") add(functions, name, whole);
    }
  }
  for (const part of others.flatMap((text) => [...text.match(VARIABLE) ?? [], ...text.match(METHOD) ?? []])) {
    if (!first.includes(part)) stop(part);
  }
  const names = engines.map((engine) => `${scriptOf(engine)}: import0`).join(", ");
  const imports = IMPORTS.exec(first)[1] + [...members.values()].join(",\n") + `\n    };\n    return { ${names} };\n}\n`;
  const classes = [...first.matchAll(/^(?:export )?class (\w+)/gm)].map(([, name]) => name);
  const rest = first.replaceAll(FUNCTION, "").replaceAll(/^export \{.*$|^\/[/*] .*$/gm, "").replaceAll(/^export /gm, "");
  const whole = `export function glue() {\n${rest}${[...functions.values()].join("\n")}\n${imports}return { ${classes.join(", ")}, imports: __wbg_get_imports, finish: __wbg_finalize_init };\n}\n`;
  const shorter = SHORTER.reduce((text, [long, short]) => (long.test(text) ? text.replaceAll(long, short) : stop(long)), whole);
  // An arrow function has no `arguments` of its own.
  if (/\barguments\b/.test(shorter)) stop("arguments");
  const all = shorter.replaceAll(METHOD, passed);
  writeFileSync(`${folder}/glue.js`, all);
  writeFileSync(`${folder}/glue-worker.js`, PAGE_ONLY.reduce(without, all));
  writeFileSync(`${folder}/glue.d.ts`, `import type * as all from "./${engines[0]}.js";

export interface Glue {
${classes.map((name) => `  ${name}: typeof all.${name};`).join("\n")}
  imports(): WebAssembly.Imports;
  finish(instance: WebAssembly.Instance, module: WebAssembly.Module): unknown;
}
export function glue(): Glue;
`);
}

/** The script without a class. What the WebAssembly imports of it stays, and is never called. */
function without(text, name) {
  const rest = text.replace(new RegExp(`^class ${name} \\{.*?^\\}\n`, "ms"), "").replace(`${name}.__wrap(arg0)`, "undefined").replace(`return { Engine, ${name},`, "return { Engine,").replace(new RegExp(`(return \\{ Engine, .*?), ${name},`), "$1,");
  return new RegExp(`\\b${name}\\b`).test(rest) ? stop(name) : rest;
}

/** The method with what it passes to the WebAssembly in the call itself, and not in variables. */
function passed(method) {
  const pairs = new Map();
  const rest = method.replaceAll(/^ *(?:const )?ptr(\d) = (pass\w+\(\w+\));\n *(?:const )?len\1 = WASM_VECTOR_LEN;\n/gm, (_, number, pass) => {
    pairs.set(number, pass);
    return "";
  });
  return rest.replace(/^ *let ptr0, len0.*\n/m, "").replaceAll(/ptr(\d), len\1/g, (_, number) => `...pair(${pairs.get(number) ?? stop(method)})`);
}

function add(all, name, text) {
  // Its comments have numbers of the engine.
  const trimmed = text.replaceAll(/^\s*\/\/.*\n/gm, "").trimEnd().replace(/,$/, "");
  const known = all.get(name);
  if (known !== undefined && known !== trimmed) stop(name);
  all.set(name, trimmed);
}

function stop(part) {
  throw new Error(`wasm-bindgen's scripts cannot be merged, see glue.mjs: ${part}`);
}
