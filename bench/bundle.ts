/** The Worker as `wrangler deploy` would upload it. */

import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { run } from "../local/check/command.ts";
import { StartFailure } from "../local/start-failure.ts";
import { createTemporaryDir } from "../test/harness/temporary-dir.ts";

export interface BundleModule {
  readonly name: string;
  readonly path: string;
  readonly type: "ESModule" | "CompiledWasm";
}

export interface Bundle {
  readonly dir: string;
  /** The main module first. */
  readonly modules: readonly BundleModule[];
  remove(): void;
}

const MODULE_TYPES: Readonly<Record<string, BundleModule["type"]>> = {
  ".js": "ESModule",
  ".wasm": "CompiledWasm",
};

/** Builds the production bundle in a temporary folder. */
export async function buildBundle(): Promise<Bundle> {
  const { path: dir, remove } = createTemporaryDir();
  try {
    const { code, output } = await run("wrangler", [
      "deploy",
      "--env=",
      "--dry-run",
      "--outdir",
      dir,
    ]);
    if (code !== 0) throw new StartFailure(`the Worker can't be bundled: ${output}`);
    return { dir, modules: modulesOf(dir), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

export const bytesOf = (module: BundleModule): Buffer => readFileSync(module.path);

function modulesOf(dir: string): BundleModule[] {
  const modules = readdirSync(dir).flatMap((name) => {
    const type = MODULE_TYPES[extname(name)];
    return type === undefined ? [] : [{ name, path: join(dir, name), type }];
  });
  return modules.sort((a, b) => Number(b.type === "ESModule") - Number(a.type === "ESModule"));
}
