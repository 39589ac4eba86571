import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./checkout.ts";

const DIR = join(root, "src", "client");

/** What the bundle is made of. */
export const clientSources = (): string[] =>
  globSync("*.ts", { cwd: DIR })
    .filter((name) => !name.endsWith(".test.ts"))
    .sort()
    .map((name) => readFileSync(join(DIR, name), "utf8"));

/** Writes a part of the client as one module that a page or Node can load as it is. */
export async function bundleClient(entry: string, target: string): Promise<void> {
  await build({
    entryPoints: [join(DIR, entry)],
    outfile: target,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    logLevel: "silent",
  });
}
