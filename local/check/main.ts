// All that can be said about the code without running it: `npm run check`.

import { availableParallelism } from "node:os";
import { buildAssets } from "../build-assets.ts";
import { checkApiDocument } from "./api-document.ts";
import { checkBundle } from "./bundle.ts";
import { type Outcome, passes } from "./command.ts";
import { checkLengths, checkLockFile } from "./files.ts";
import { checkImportRules } from "./import-rules.ts";

interface Check {
  readonly name: string;
  run(): Outcome | Promise<Outcome>;
}

// The slowest first, so that no processor waits for them in the end.
const checks: readonly Check[] = [
  { name: "dead code", run: () => passes("knip", "--no-progress") },
  { name: "bundle", run: checkBundle },
  {
    name: "staging deploys",
    run: () => passes("wrangler", "deploy", "--dry-run", "--env=staging"),
  },
  { name: "types of the Worker", run: () => passes("tsc", "-p", "tsconfig.json") },
  { name: "types of local and tests", run: () => passes("tsc", "-p", "local/tsconfig.json") },
  {
    name: "types of the client",
    run: () => passes("tsc", "-p", "src/client/tsconfig.json", "--noEmit"),
  },
  { name: "generated Env is current", run: checkEnv },
  { name: "format and lint", run: checkStyle },
  { name: "API document", run: checkApiDocument },
  {
    name: "docs/scale.md is current",
    run: () => passes("node", "bench/scale/main.ts", "--check"),
  },
  { name: "lock file", run: checkLockFile },
  { name: "import rules bite", run: checkImportRules },
  { name: "lengths of files", run: checkLengths },
];

function checkStyle(): Promise<Outcome> {
  return passes(
    "biome",
    "ci",
    "--colors=off",
    "--error-on-warnings",
    "--diagnostic-level=warn",
    ".",
  );
}

async function checkEnv(): Promise<Outcome> {
  const options = ["--include-runtime=false", "--strict-vars=false"];
  const outcome = await passes("wrangler", "types", "src/env.d.ts", ...options, "--check");
  if (outcome.passed) return outcome;
  const remedy = `Write it anew: npx wrangler types src/env.d.ts ${options.join(" ")}`;
  return { passed: false, output: `${outcome.output.trimEnd()}\n${remedy}` };
}

/** Runs the check and says in one line how it went, with all it has to say where it failed. */
async function report(check: Check): Promise<boolean> {
  const startMs = performance.now();
  const outcome = await attempt(check);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1).padStart(5);
  if (outcome.passed) {
    const remark = outcome.remark === "" ? "" : `: ${outcome.remark}`;
    process.stdout.write(`ok     ${seconds} s  ${check.name}${remark}\n`);
  } else {
    const output = outcome.output.trimEnd().replaceAll(/^(?=.)/gm, "  ");
    process.stdout.write(`FAILED ${seconds} s  ${check.name}\n${output}\n`);
  }
  return outcome.passed;
}

async function attempt(check: Check): Promise<Outcome> {
  try {
    return await check.run();
  } catch (error) {
    return { passed: false, output: error instanceof Error ? `${error.stack}` : String(error) };
  }
}

const failed: string[] = [];
const waiting = [...checks];

async function work(): Promise<void> {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    if (!(await report(check))) failed.push(check.name);
  }
}

// The types, the bundle and the linter need what it writes.
await buildAssets();
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
if (failed.length > 0) {
  process.stdout.write(`\n${failed.length} of ${checks.length} failed: ${failed.join(", ")}\n`);
  process.exitCode = 1;
}
