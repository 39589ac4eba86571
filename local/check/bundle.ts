import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { findings, type Outcome, run } from "./command.ts";

const BUDGET_KB = 600;

/** Files that a dry run writes beside the modules it would upload. */
const NOT_UPLOADED = /(^|\/)README\.md$|\.map$/;

/** The bundle as `wrangler deploy` would upload it: its size after gzip, and nothing in it that only Node can load. */
export async function checkBundle(): Promise<Outcome> {
  const outdir = mkdtempSync(join(tmpdir(), "speedtrade-bundle-"));
  try {
    const { code, output } = await run("wrangler", [
      "deploy",
      "--env=",
      "--dry-run",
      "--outdir",
      outdir,
    ]);
    return code === 0 ? judge(outdir) : { passed: false, output };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function judge(outdir: string): Outcome {
  const modules = readdirSync(outdir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !NOT_UPLOADED.test(path))
    .map((path) => ({ name: path.slice(outdir.length + 1), bytes: readFileSync(path) }));
  const sizes = modules.map(({ name, bytes }) => ({ name, kb: gzipSync(bytes).length / 1000 }));
  const totalKb = sizes.reduce((sum, { kb }) => sum + kb, 0);
  const size = `${totalKb.toFixed(0)} kB gzip of ${BUDGET_KB}`;

  const faults: string[] = [];
  if (modules.length === 0) faults.push("The dry run wrote no module.");
  if (totalKb > BUDGET_KB) {
    faults.push(`The bundle is over its budget: ${size}.`);
    faults.push(...sizes.map(({ name, kb }) => `  ${kb.toFixed(1).padStart(7)} kB  ${name}`));
  }
  for (const { name, bytes } of modules) {
    // By its name, not by its call: minified, a call has another name.
    if (bytes.includes("createRequire")) faults.push(`${name} uses createRequire.`);
  }
  return findings(faults, size);
}
