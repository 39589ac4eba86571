// npm run bench [-- <suite>…] [--seconds N] [--rounds N] [--json FILE]: measures the platform on this machine.

import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { buildAssets } from "../local/build-assets.ts";
import { reasonOf, StartFailure } from "../local/start-failure.ts";
import { fanout } from "./fanout.ts";
import { footprint } from "./footprint.ts";
import { growth } from "./growth.ts";
import { login } from "./login.ts";
import { order } from "./order.ts";
import { original } from "./original.ts";
import { portfolio } from "./portfolio.ts";
import { read } from "./read.ts";
import { showTable, showTargets } from "./report.ts";
import { size } from "./size.ts";
import { sockets } from "./sockets.ts";
import type { Suite, SuiteOptions, SuiteResult } from "./suite.ts";

const SUITES: readonly Suite[] = [
  read,
  order,
  footprint,
  portfolio,
  login,
  fanout,
  sockets,
  growth,
  original,
  size,
];

/** Fewer would show no spread. */
const ROUNDS_MIN = 5;
const SECONDS_MIN = 10;

interface Plan {
  readonly suites: readonly Suite[];
  /** Undefined: each suite's own. */
  readonly seconds: number | undefined;
  readonly rounds: number;
  readonly json: string | undefined;
}

function readPlan(): Plan {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: "string" },
      rounds: { type: "string", default: String(ROUNDS_MIN) },
      json: { type: "string" },
    },
  });
  const known = SUITES.map(({ name }) => name).join(", ");
  const suites = positionals.map((wanted) => {
    const suite = SUITES.find(({ name }) => name === wanted);
    if (suite === undefined) throw new StartFailure(`there is no suite ${wanted}, only ${known}`);
    return suite;
  });
  return {
    suites: suites.length === 0 ? SUITES : suites,
    seconds:
      values.seconds === undefined ? undefined : numberOf("seconds", values.seconds, SECONDS_MIN),
    rounds: numberOf("rounds", values.rounds, ROUNDS_MIN),
    json: values.json,
  };
}

function numberOf(name: string, text: string, min: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min) return value;
  throw new StartFailure(`--${name} must be a whole number from ${min} on, not "${text}"`);
}

async function runSuite(suite: Suite, options: SuiteOptions): Promise<SuiteResult> {
  const seconds = options.seconds + suite.startingSecondsMax;
  const overdue = setTimeout(() => {
    process.stderr.write(`${suite.name} did not end within ${seconds} s\n`);
    // What runs is tethered to this process.
    process.exit(1);
  }, seconds * 1000);
  try {
    return await suite.run(options);
  } finally {
    clearTimeout(overdue);
  }
}

async function main(): Promise<void> {
  const { suites, seconds, rounds, json } = readPlan();
  const progress = (line: string) => void process.stderr.write(`… ${line}\n`);
  const machine = {
    startedAt: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    loadBefore: loadavg()[0] ?? 0,
    node: process.version,
  };
  process.stdout.write(
    `${machine.cores} cores of ${machine.cpu}, load ${machine.loadBefore.toFixed(1)} before, Node ${machine.node}\n`,
  );
  await buildAssets();

  const results: Record<string, SuiteResult> = {};
  for (const suite of suites) {
    const options = { seconds: seconds ?? suite.secondsDefault, rounds, progress };
    const result = await runSuite(suite, options);
    results[suite.name] = result;
    for (const table of result.tables) process.stdout.write(`\n${showTable(table)}`);
  }
  const targets = Object.values(results).flatMap((result) => result.targets);
  if (targets.length > 0) process.stdout.write(`\n${showTargets(targets)}`);
  if (json !== undefined) {
    const suitesData = Object.fromEntries(
      Object.entries(results).map(([name, { data, targets: own }]) => [
        name,
        { ...data, targets: own },
      ]),
    );
    writeFileSync(
      json,
      `${JSON.stringify({ machine, seconds, rounds, suites: suitesData }, null, 2)}\n`,
    );
  }
  process.exitCode = targets.every(({ met }) => met) ? 0 : 1;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

try {
  await main();
} catch (error) {
  const reason = error instanceof StartFailure ? reasonOf(error) : (error as Error).stack;
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}
