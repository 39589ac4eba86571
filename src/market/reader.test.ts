import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { createDatabase, type Database } from "../db/client.ts";
import type { Instrument } from "../domain/instrument.ts";
import {
  type AssetReader,
  createAssetReader,
  type SearchFilter,
  searchStatement,
} from "./reader.ts";
import { createInstrumentRepository } from "./repository.ts";
import { instrumentOf, START_MS } from "./scripted-venue.ts";

const ASSETS = 12_000;
const STEMS = ["First", "General", "Global", "Pacific", "United", "Quantum", "Royal", "Solar"];
const TRADES = ["Bank", "Energy", "Foods", "Gold", "Motor", "Pharma", "Realty", "Shipping"];

const NAMED: readonly Instrument[] = [
  instrumentOf("F", { name: "Ford Motor Company Common Stock" }),
  instrumentOf("FORD", { name: "Forward Industries, Inc." }),
  instrumentOf("FORDX", { name: "Zephyr Income Fund", inUniverse: false }),
  instrumentOf("AAFF", { name: "The Affordable Ford Fund" }),
  instrumentOf("BRAD", { name: "Bradford Holdings" }),
  instrumentOf("T", { name: "AT&T Inc. Common Stock" }),
  instrumentOf("PCT", { name: "100% Recycled_Plastics \\ Co." }),
];
const PAIRS = [instrumentOf("DOGE/USD", { name: "Dogecoin" })];

/** Nearly every name has "Common Stock" in it, as on a real list. */
function listOf(count: number): Instrument[] {
  return Array.from({ length: count }, (_, i) => {
    const symbol = letters(i * 37);
    const name = `${STEMS[i % 8]} ${TRADES[Math.floor(i / 8) % 8]} ${i} Inc. Common Stock`;
    return instrumentOf(symbol, { name, inUniverse: i % 3 > 0 });
  });
}

const letters = (i: number): string =>
  [i / 17_576, i / 676, i / 26, i]
    .map((digit) => String.fromCharCode(65 + (Math.floor(digit) % 26)))
    .join("");

const filterOf = (text: string, change: Partial<SearchFilter> = {}): SearchFilter => ({
  text,
  venues: ["alpaca", "binance"],
  assetType: undefined,
  inUniverse: undefined,
  among: undefined,
  limit: 50,
  ...change,
});

let database: TestDatabase;
let db: Database;
let reader: AssetReader;

beforeAll(async () => {
  database = await cloneDatabase();
  db = createDatabase(database);
  reader = createAssetReader(db);
  const repository = createInstrumentRepository(db);
  const list = [...NAMED, ...listOf(ASSETS)];
  await repository.replaceAll("alpaca", list, new Date(START_MS));
  await repository.replaceAll("binance", PAIRS, new Date(START_MS));
  // What was written last is beside the index of trigrams until it is vacuumed, which makes that dear.
  await db.execute(sql`vacuum analyze assets`);
});

afterAll(() => database.drop());

async function find(text: string, change?: Partial<SearchFilter>): Promise<string[]> {
  const hits = await reader.search(filterOf(text, change));
  return hits.map(({ instrument, match }) => `${instrument.symbol} ${match}`);
}

describe("search", () => {
  it("ranks the whole symbol, its beginning, then names: by their beginning, a word's, and within words", async () => {
    expect(await find("ford")).toEqual([
      "FORD symbol",
      "FORDX prefix",
      "F name",
      "AAFF name",
      "BRAD name",
    ]);
    const [first, ...others] = await find("f", { limit: 10 });
    expect(first).toBe("F symbol");
    expect(others.every((hit) => /^F.* prefix$/.test(hit))).toBe(true);
  });

  it("gives instruments back as they are listed", async () => {
    const [hit] = await reader.search(filterOf("doge-usd"));
    expect(hit).toEqual({ instrument: PAIRS[0], match: "symbol" });
  });

  it("leaves out what was not asked for, before it cuts", async () => {
    expect(await find("ford", { inUniverse: true })).not.toContain("FORDX prefix");
    expect(await find("ford", { inUniverse: false })).toEqual(["FORDX prefix"]);
    expect(await find("do", { assetType: "crypto" })).toEqual(["DOGE/USD prefix"]);
    expect(await find("common stock", { among: ["T", "F", "BRAD"] })).toEqual(["F name", "T name"]);
    expect(await find("common stock", { limit: 7 })).toHaveLength(7);
    expect(await find("doge", { venues: ["alpaca", "kraken"] })).toEqual([]);
  });

  it.each([
    ["at&t", ["T name"]],
    ["100% recycled_plastics", ["PCT name"]],
    ["%ford_", ["F name", "AAFF name", "BRAD name"]],
    ["%", []],
    ["_", []],
    ["'", []],
    ["\\", []],
    ["株式会社", []],
    ["\u0000", []],
    ["🚀".repeat(32), []],
  ])("takes of %j only letters and digits", async (text, found) => {
    expect(await find(text)).toEqual(found);
  });
});

it.each([
  "F",
  "FO",
  "Q",
  "QA",
  "ford",
  "fo",
  "st",
  "inc",
  "common",
  "common stock",
  "i",
  "zzz",
  "f%",
])("reads a list of thousands by its indexes for %j", async (text) => {
  const cheap = listOf(8_000).map(({ symbol }) => symbol);
  for (const filter of [
    filterOf(text),
    filterOf(text, { inUniverse: true }),
    filterOf(text, { inUniverse: true, assetType: "stock" }),
    filterOf(text, { inUniverse: true, among: cheap }),
  ]) {
    const { rows } = await db.execute(sql`explain (format json) ${searchStatement(filter)}`);
    const plan = JSON.stringify(rows);
    expect(plan).toContain("Index");
    expect(plan).not.toContain("Seq Scan");
  }
});
