/** Faults that a run has to find: it proves nothing unless it fails with one of them in the platform. */

import { cpSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../local/checkout.ts";

interface Edit {
  /** A file of the checkout, or a folder, where every file is searched. */
  readonly path: string;
  readonly find: string;
  readonly put: string;
}

export const PLANTED_BUGS = {
  /** Takes a submit of unknown fate for one that did not arrive. */
  resend_on_timeout: [
    {
      path: "src/orders/place.ts",
      find: "const answer = await broker.submit(toSubmit(placed.order, feeRate));",
      put: `const first = await broker.submit(toSubmit(placed.order, feeRate));
  const answer =
    first.kind === "unknown" ? await broker.submit(toSubmit(placed.order, feeRate)) : first;`,
    },
  ],
  /** Books an execution as often as it is told. */
  no_unique_execution: [
    {
      path: "drizzle/functions/70-apply-executions.sql",
      find: "and execution_id = r->'execution'->>'id') then return o; end if;",
      put: "and false) then return o; end if;",
    },
    {
      path: "drizzle/migrations/0000_init.sql",
      find: 'CREATE UNIQUE INDEX "trades_execution_key"',
      put: 'CREATE INDEX "trades_execution_key"',
    },
  ],
  /** Reads what is free, and spends it without having locked it. */
  no_lock: [{ path: "drizzle/functions", find: " for update;", put: ";" }],
  /** Takes a cancel that was asked for as done. */
  release_before_confirmation: [
    {
      path: "drizzle/functions/50-cancel-order.sql",
      find: `o := move_order(o, 'pending_cancel', 'pending_cancel', v_at, '{"by": "client"}');`,
      put: `o := end_order(o, 'canceled', 'canceled', v_at, '{"by": "client"}');`,
    },
  ],
  /** Books what a look-up says has filled in all, and its executions as well. */
  cumulative_and_executions: [
    {
      path: "src/brokers/reconciler.ts",
      find: 'import type { BrokerReport } from "../domain/execution.ts";',
      put: `import { sum } from "../domain/decimal.ts";
import type { BrokerReport } from "../domain/execution.ts";`,
    },
    {
      path: "src/brokers/reconciler.ts",
      find: 'this.#deps.found(answer.reports.map((report) => ({ ...report, foundBy: "look_up" })));',
      put: `const filled = answer.reports.flatMap((one) => one.execution ?? []);
    if (filled[0] !== undefined && answer.reports[0] !== undefined) {
      const quantity = sum(filled.map((one) => one.quantity));
      const execution = { ...filled[0], id: "cumulative", quantity };
      this.#deps.found([{ ...answer.reports[0], event: "partial_fill", execution }]);
    }
    this.#deps.found(answer.reports);`,
    },
  ],
} as const satisfies Record<string, readonly Edit[]>;

export type PlantedBug = keyof typeof PLANTED_BUGS;

/** All that a bundle and a migration are made of. */
const SOURCES = ["src", "drizzle", "local", "wrangler.toml", "package.json", "tsconfig.json"];

/** Makes `dir` a checkout that has the bug. Throws where the code that it changes is no longer there. */
export function plantBug(name: PlantedBug, dir: string): void {
  for (const source of SOURCES) cpSync(join(root, source), join(dir, source), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  for (const { path, find, put } of PLANTED_BUGS[name]) {
    const changed = filesAt(join(dir, path)).filter((file) => replaceIn(file, find, put));
    if (changed.length === 0) throw new Error(`${name}: nothing in ${path} reads ${find}`);
  }
}

function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).map((name) => join(path, name));
}

function replaceIn(file: string, find: string, put: string): boolean {
  const text = readFileSync(file, "utf8");
  writeFileSync(
    file,
    text.replaceAll(find, () => put),
  );
  return text.includes(find);
}
