/** What we use of a vendor's library, as one module: of what it ships, a bundler can leave nothing out. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { root } from "./checkout.ts";

/** Writes what `entry`, a module's text, exports, with all that it imports. wrangler shortens its names later. */
export async function bundleVendor(
  entry: readonly string[],
  outfile: string,
  options: BuildOptions = {},
): Promise<void> {
  await build({
    stdin: { contents: entry.join("\n"), resolveDir: root, loader: "js" },
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "import"],
    target: "es2022",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "error",
    ...options,
  });
}

/** The folder of a package, which need not export its package.json. */
export function packageDir(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = join("node_modules", name);
  return join(entry.slice(0, entry.lastIndexOf(folder)), folder);
}

export function packageVersion(name: string): string {
  return JSON.parse(readFileSync(join(packageDir(name), "package.json"), "utf8")).version;
}
