/** What the arithmetic of docs/scale.md begins with: unit costs that the suites of `npm run bench` measure. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Named {
  readonly what: string;
  readonly unit: string;
}

/** In the order in which the page shows them. */
export const UNIT_COSTS = {
  frameUs: {
    what: "a frame to one client, in an object that does nothing else",
    unit: "µs of CPU",
  },
  callUs: {
    what: "a push or a tick from one object to another, both ends together",
    unit: "µs of CPU",
  },
  offerUs: { what: "a room offers a tick to a gateway that is busy", unit: "µs of CPU" },
  socketKb: { what: "a resting socket with its subscriptions", unit: "kB of memory" },
  workerMs: { what: "an order in the Worker, its venue's answer with it", unit: "ms of CPU" },
  placeMs: { what: "`place_order`, there and back", unit: "ms" },
  recordMs: { what: "`record_answer`, there and back", unit: "ms" },
  bookingMs: { what: "booking a fill, in full batches", unit: "ms" },
  databaseMs: { what: "the life of an order in the database", unit: "ms of CPU" },
  statements: { what: "statements of a life, reads of the journal with it", unit: "statements" },
  rowsInserted: { what: "rows that a life inserts", unit: "rows" },
  rowsUpdated: { what: "rows that a life updates", unit: "rows" },
  keptBytes: { what: "what a life leaves on disk, with indexes", unit: "bytes" },
  walBytes: { what: "what a life writes to the database's log", unit: "bytes" },
  answerBytes: { what: "what the database answers in a life", unit: "bytes" },
} as const satisfies Record<string, Named>;

export type UnitCost = keyof typeof UNIT_COSTS;

export interface Measurement {
  readonly value: number;
  /** What measured it. */
  readonly command: string;
  /** ISO. */
  readonly day: string;
  readonly cores: number;
  /** How many processes wanted a core before it began. */
  readonly load: number;
}

export type Measurements = Readonly<Record<UnitCost, Measurement>>;
export type Costs = Readonly<Record<UnitCost, number>>;

const FILE = join(import.meta.dirname, "unit-costs.json");

export function readUnitCosts(): Measurements {
  const stored: Partial<Measurements> = JSON.parse(readFileSync(FILE, "utf8"));
  for (const name of Object.keys(UNIT_COSTS) as UnitCost[])
    if (!Number.isFinite(stored[name]?.value)) throw new Error(`unit-costs.json lacks ${name}`);
  return stored as Measurements;
}

export function writeUnitCosts(measured: Measurements): void {
  const names = Object.keys(UNIT_COSTS) as UnitCost[];
  const inOrder = Object.fromEntries(names.map((name) => [name, measured[name]]));
  writeFileSync(FILE, `${JSON.stringify(inOrder, null, 2)}\n`);
}

export const valuesOf = (measured: Measurements): Costs =>
  Object.fromEntries(
    Object.entries(measured).map(([name, { value }]) => [name, value]),
  ) as unknown as Costs;

/** What others on the machine make dearer; memory and what is counted are what they are. */
export const isTime = (name: UnitCost): boolean => /^[µm]s/.test(UNIT_COSTS[name].unit);

/** Whether others wanted the cores, too. */
export const isBusy = ({ load, cores }: Measurement): boolean => load > cores / 2;
