// Makes of the declarations of all modules one file, with what the package exports and what that
// names: what is inside is nobody's to import.

import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Writes the declarations of every entry into this folder. */
export function types(dist) {
  const each = join(folder, "build/types");
  rmSync(each, { recursive: true, force: true });
  execFileSync(process.execPath, [join(folder, "node_modules/typescript/bin/tsc"), "--emitDeclarationOnly", "--stripInternal", "--outDir", each], { cwd: folder, stdio: "inherit" });
  for (const name of readdirSync(join(folder, "src/wasm"))) {
    if (name.endsWith(".d.ts")) cpSync(join(folder, "src/wasm", name), join(each, "wasm", name));
  }
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(each, "index.d.ts"),
      compiler: { overrideTsconfig: { compilerOptions: { target: "es2022", module: "es2022", moduleResolution: "bundler", lib: ["es2022", "dom", "esnext.disposable"], types: [], strict: true }, include: [each] } },
      newlineKind: "lf",
      apiReport: { enabled: false },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: join(dist, "index.d.ts") },
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" } },
        extractorMessageReporting: { default: { logLevel: "none" }, "ae-forgotten-export": { logLevel: "none" } },
        tsdocMessageReporting: { default: { logLevel: "none" } },
      },
    },
    packageJsonFullPath: join(folder, "package.json"),
    configObjectFullPath: undefined,
  });
  const { succeeded } = Extractor.invoke(config, { localBuild: true, showVerboseMessages: false, messageCallback: (message) => { message.handled = message.logLevel !== "error" && message.logLevel !== "warning"; } });
  if (!succeeded) throw new Error("the declarations cannot be put together: api-extractor has said why");
  const declared = readFileSync(join(dist, "index.d.ts"), "utf8").replaceAll(/^\/\/\/ <reference lib=.*\n/gm, "");
  for (const name of ONLY_TYPES) if (!declared.includes(`export declare class ${name} `)) throw new Error(`there is no class ${name}`);
  const exact = ONLY_TYPES.reduce((text, name) => text.replace(`export declare class ${name} `, `declare class ${name} `) + `export type { ${name} };\n`, declared);
  writeFileSync(join(dist, "index.d.ts"), exact + DISPOSABLE);
  writeFileSync(join(dist, "worker.d.ts"), "export {};\n");
  writeFileSync(join(dist, "wasm.d.ts"), "/** The address of the file, where the bundler gives one. */\ndeclare const address: string;\nexport default address;\n");
}

/**
 * Classes of which the package exports the type alone; api-extractor does not tell the difference.
 */
const ONLY_TYPES = ["Transaction"];

/** As in TypeScript's own `esnext.disposable`, which compilers before 5.2 do not have. */
const DISPOSABLE = `
declare global {
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}
`;
