/** Suite `size`: what is uploaded, what it costs to start it, and what a request costs from then on. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { unstable_readConfig } from "wrangler";
import { checkBundle } from "../local/check/bundle.ts";
import { root } from "../local/checkout.ts";
import { createSecrets, workerSettings } from "../local/settings.ts";
import { createTemporaryDir } from "../test/harness/temporary-dir.ts";
import { type Bundle, buildBundle, bytesOf } from "./bundle.ts";
import { readCpu } from "./cpu.ts";
import { type Spread, showSpread, spreadOf } from "./measure.ts";
import { startWorker, toPlan } from "./platform.ts";
import { measureRouteCpu, routeCpuTable } from "./size/route-cpu.ts";
import type { Suite, Table, Target } from "./suite.ts";
import type { WorkerPlan } from "./worker-host.ts";

const STARTUP_CPU_MS_MAX = 100;

interface ModuleSize {
  readonly name: string;
  readonly kb: number;
  readonly gzipKb: number;
}

/** CPU milliseconds of workerd. */
interface Start {
  readonly untilReady: number;
  /** The first answer, on top of that. */
  readonly firstAnswer: number;
}

interface StartRound {
  readonly bundle: Start;
  readonly empty: Start;
}

export const size: Suite = {
  name: "size",
  secondsDefault: 60,
  startingSecondsMax: 450,
  async run(options) {
    const { rounds, progress } = options;
    progress("size: bundling");
    const budget = await checkBundle();
    const bundle = await buildBundle();
    try {
      const sizes = sizesOf(bundle);
      const starts = await measureStarts(bundle, rounds, progress);
      const startupMs = spreadOf(
        starts.map(({ bundle: full, empty }) => full.untilReady - empty.untilReady),
      );
      const routes = await measureRouteCpu(bundle, options);
      return {
        tables: [sizeTable(sizes), startTable(starts, startupMs), routeCpuTable(routes)],
        targets: [
          {
            name: "size: bundle within its budget",
            limit: "the budget of npm run check",
            measured: budget.passed ? budget.remark : (budget.output.split("\n")[0] ?? ""),
            met: budget.passed,
          },
          ...startTarget(startupMs),
        ],
        data: {
          modules: sizes,
          starts,
          startupMs,
          warmCpu: Object.fromEntries(routes.map(({ route, ...cpu }) => [route, cpu])),
        },
      };
    } finally {
      bundle.remove();
    }
  },
};

function sizesOf(bundle: Bundle): ModuleSize[] {
  return bundle.modules.map((module) => {
    const bytes = bytesOf(module);
    return {
      name: module.name,
      kb: bytes.length / 1000,
      gzipKb: gzipSync(bytes).length / 1000,
    };
  });
}

/** The bundle against a Worker that does nothing, with new processes each time. */
async function measureStarts(
  bundle: Bundle,
  rounds: number,
  progress: (line: string) => void,
): Promise<StartRound[]> {
  const dir = createTemporaryDir();
  try {
    const path = join(dir.path, "empty.js");
    writeFileSync(path, emptyWorker());
    const empty: WorkerPlan = {
      modulesRoot: dir.path,
      modules: [{ name: "empty.js", path, type: "ESModule" }],
      settings: {},
    };
    // Nothing is asked of the places behind them.
    const nowhere = { databaseUrl: "postgres://a:b@127.0.0.1/c", databaseHttpEndpoint: "" };
    const venues = { alpacaUrl: "http://127.0.0.1:9", binanceUrl: "http://127.0.0.1:9" };
    const full = toPlan(bundle, workerSettings({ ...nowhere, ...venues }, createSecrets()));

    const measured: StartRound[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`size: start ${round} of ${rounds}`);
      measured.push({ empty: await measureStart(empty), bundle: await measureStart(full) });
    }
    return measured;
  } finally {
    dir.remove();
  }
}

/** Answers everything, and has the objects that the bindings of wrangler.toml ask for. */
function emptyWorker(): string {
  const { durable_objects: objects } = unstable_readConfig({ config: join(root, "wrangler.toml") });
  return [
    'import { DurableObject } from "cloudflare:workers";',
    ...objects.bindings.map(
      (object: { class_name: string }) =>
        `export class ${object.class_name} extends DurableObject {}`,
    ),
    "export default { fetch: () => new Response() };",
  ].join("\n");
}

async function measureStart(plan: WorkerPlan): Promise<Start> {
  const worker = await startWorker(plan);
  const cpuMs = () => (readCpu({ worker: worker.pid }).worker ?? Number.NaN) * 1000;
  try {
    const untilReady = cpuMs();
    const response = await fetch(`${worker.url}/health/live`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`/health/live answered ${response.status}`);
    return { untilReady, firstAnswer: cpuMs() - untilReady };
  } finally {
    await worker.stop();
  }
}

function startTarget(startupMs: Spread): Target[] {
  if (Number.isNaN(startupMs.median)) return [];
  return [
    {
      name: "size: CPU to start the bundle, over that of an empty Worker",
      limit: `≤ ${STARTUP_CPU_MS_MAX} ms`,
      measured: `${showSpread(startupMs, 0)} ms`,
      met: startupMs.median <= STARTUP_CPU_MS_MAX,
    },
  ];
}

function sizeTable(sizes: readonly ModuleSize[]): Table {
  const total = { name: "together", kb: 0, gzipKb: 0 };
  for (const { kb, gzipKb } of sizes) {
    total.kb += kb;
    total.gzipKb += gzipKb;
  }
  return {
    title: "The bundle as it is uploaded",
    columns: ["module", "raw kB", "gzip kB"],
    rows: [...sizes, total].map(({ name, kb, gzipKb }) => [name, kb.toFixed(0), gzipKb.toFixed(0)]),
  };
}

function startTable(starts: readonly StartRound[], startupMs: Spread): Table {
  const row = (name: string, pick: (round: StartRound) => Start) => [
    name,
    showSpread(spreadOf(starts.map((round) => pick(round).untilReady)), 0),
    showSpread(spreadOf(starts.map((round) => pick(round).firstAnswer)), 0),
  ];
  return {
    title: "CPU of workerd to start a Worker and to answer its first request, ms",
    columns: ["", "until it listens", "first answer"],
    rows: [
      row("the bundle", (round) => round.bundle),
      row("an empty Worker", (round) => round.empty),
      ["difference", showSpread(startupMs, 0), ""],
    ],
    notes: [
      "Both have the same bindings, so the difference is compiling and running the bundle once.",
      "The system counts CPU in steps of 10 ms.",
    ],
  };
}
