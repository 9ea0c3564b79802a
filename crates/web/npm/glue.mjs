// One script for all engines, of what wasm-bindgen made for each. They differ in little, a worker
// has all of them, and what would be there three times is a tenth of what a page loads.
//
// It is a function: each engine has variables of its own. wasm-bindgen's own way to load
// WebAssembly stays out: `src/binary.ts` has another. What is read here is laid out as wasm-bindgen
// does it; where a later one does it differently, the build stops and says so.

import { readFileSync, writeFileSync } from "node:fs";

/** A member of the object that the WebAssembly imports. */
const MEMBER = /^ {8}(?=\w+: function\()/m;
const IMPORTS = /(function __wbg_get_imports\(\) \{\n    const import0 = \{\n        __proto__: null,\n)(.*?)\n    \};\n    return \{.*?\n    \};/s;
const FUNCTION = /^(?:async )?function (\w+)\(.*?^\}\n/gms;
const METHOD = /^    (?:static )?\w+\([^)]*\) \{$.*?^    \}$/gms;
const VARIABLE = /^(?:const|let) \w+/gm;
/** What `src/binary.ts` does in their place. */
const NOT_NEEDED = ["initSync", "__wbg_load", "__wbg_init", "__wbg_init_once"];

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
  [/^(function pass\w+ToWasm0\(arg), malloc(?:, realloc)?\) \{/gm, "$1) {\nconst { __wbindgen_malloc: malloc, __wbindgen_realloc: realloc } = wasm;"],
  [/^    if \(realloc === undefined\) \{.*?^    \}\n/gms, ""],
  // Where the WebAssembly cannot give memory it has broken down, and frees none.
  [/let (ptr0, len0, ptr1, len1);\n *try \{(.*?)\n *\} catch \(e\) \{.*?throw e;\n *\}/gs, "let $1;$2"],
  [/let result;\n *try \{\n *result = (arg0 instanceof \w+);\n *\} catch \(_\) \{\n *result = false;\n *\}\n *const ret = result;/g, "const ret = is(() => $1);"],
  [/^function isLikeNone/gm, "function is(f) {\ntry { return f(); } catch { return false; }\n}\nfunction isLikeNone"],
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
  const names = engines.map((engine) => `"./${engine}_bg.js": import0`).join(", ");
  const imports = IMPORTS.exec(first)[1] + [...members.values()].join(",\n") + `\n    };\n    return { ${names} };\n}\n`;
  const classes = [...first.matchAll(/^(?:export )?class (\w+)/gm)].map(([, name]) => name);
  const rest = first.replaceAll(FUNCTION, "").replaceAll(/^export \{.*$|^\/[/*] .*$/gm, "").replaceAll(/^export /gm, "");
  const whole = `export function glue() {\n${rest}${[...functions.values()].join("\n")}\n${imports}return { ${classes.join(", ")}, imports: __wbg_get_imports, finish: __wbg_finalize_init };\n}\n`;
  const shorter = SHORTER.reduce((text, [long, short]) => (long.test(text) ? text.replaceAll(long, short) : stop(long)), whole);
  // An arrow function has no `arguments` of its own.
  if (/\barguments\b/.test(shorter)) stop("arguments");
  writeFileSync(`${folder}/glue.js`, shorter);
  writeFileSync(`${folder}/glue.d.ts`, `import type * as all from "./${engines[0]}.js";

export interface Glue {
${classes.map((name) => `  ${name}: typeof all.${name};`).join("\n")}
  imports(): WebAssembly.Imports;
  finish(instance: WebAssembly.Instance, module: WebAssembly.Module): unknown;
}
export function glue(): Glue;
`);
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
