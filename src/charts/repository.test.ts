import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { createDatabase, type Database } from "../db/client.ts";
import { decimal } from "../domain/decimal.ts";
import { createInstrumentRepository } from "../market/repository.ts";
import { instrumentOf } from "../market/scripted-venue.ts";
import {
  createDailyBarRepository,
  type DailyBar,
  type DailyBarRepository,
  type DueQuery,
} from "./repository.ts";

const at = (second: number) => new Date(Date.UTC(2026, 10, 25, 6, 0, second));

let database: TestDatabase;
let db: Database;
let repository: DailyBarRepository;

beforeAll(async () => {
  database = await cloneDatabase();
  db = createDatabase(database);
  repository = createDailyBarRepository(db);
  const { replaceAll } = createInstrumentRepository(db);
  const list = ["AAL", "F", "T"].map((symbol) => instrumentOf(symbol));
  const dear = instrumentOf("NVDA", { inUniverse: false });
  await replaceAll("alpaca", [...list, dear, instrumentOf("GONE", { tradable: false })], at(0));
  await replaceAll("binance", [instrumentOf("DOGE/USD")], at(0));
});

afterAll(() => database.drop());

function bar(symbol: string, day: string, close = "10.25"): DailyBar {
  const [open, high, low] = [decimal("10"), decimal("11.0001"), decimal("9.99")];
  return { symbol, day, open, high, low, close: decimal(close), volume: decimal("1200.5") };
}

const DUE: DueQuery = { throughDay: "2026-11-24", wanted: [], triedBefore: at(60), limit: 10 };
const due = async (change: Partial<DueQuery> = {}) =>
  (await repository.due("alpaca", { ...DUE, ...change })).map(({ symbol }) => symbol);

it("knows nothing at first, and what is due is the universe of one venue", async () => {
  expect(await repository.read("F", "2026-01-01", "2026-12-31")).toEqual({ span: null, bars: [] });
  expect(await due()).toEqual(["AAL", "F", "T"]);
  expect(await due({ limit: 2 })).toEqual(["AAL", "F"]);
});

it("gives back what was stored, exactly, in one round trip each", async () => {
  const span = { fromDay: "2025-10-20", throughDay: "2026-11-20" };
  const bars = [
    bar("F", "2026-11-20"),
    bar("F", "2026-11-19"),
    bar("T", "2026-11-20", "27.123456789"),
  ];
  const before = await database.roundTrips();
  await repository.replace(["F", "T", "AAL"], span, bars, at(1));
  expect(await repository.read("F", "2026-11-19", "2026-11-20")).toEqual({
    span,
    bars: [bar("F", "2026-11-19"), bar("F", "2026-11-20")],
  });
  const after = await database.roundTrips();
  expect(after.requests - before.requests).toBe(2);
  expect(await repository.read("F", "2026-11-20", "2026-11-24")).toMatchObject({
    bars: [{ day: "2026-11-20" }],
  });
  expect(await repository.read("AAL", "2026-01-01", "2026-12-31")).toEqual({ span, bars: [] });
  expect(await repository.closes(["F", "T"], "2026-11-20")).toEqual(
    expect.arrayContaining([
      { symbol: "F", day: "2026-11-20", close: decimal("10.25") },
      { symbol: "T", day: "2026-11-20", close: decimal("27.123456789") },
    ]),
  );
});

it("tells of many at once, in one round trip, and leaves out what it has nothing of", async () => {
  const before = await database.roundTrips();
  const found = await repository.readMany(["F", "T", "AAL", "NVDA"], "2026-11-20");
  const after = await database.roundTrips();
  expect(after.requests - before.requests).toBe(1);
  const span = { fromDay: "2025-10-20", throughDay: "2026-11-20" };
  expect(found).toEqual(
    new Map([
      ["AAL", { span, bars: [] }],
      ["F", { span, bars: [bar("F", "2026-11-20")] }],
      ["T", { span, bars: [bar("T", "2026-11-20", "27.123456789")] }],
    ]),
  );
  expect(await repository.readMany([], "2026-11-20")).toEqual(new Map());
});

it("extends a span, whoever is first, and mends what it repeats", async () => {
  await Promise.all([
    repository.extend(["F"], "2026-11-24", [bar("F", "2026-11-24")], at(2)),
    repository.extend(["F"], "2026-11-23", [bar("F", "2026-11-20", "10.5")], at(2)),
  ]);
  const { span, bars } = await repository.read("F", "2026-11-20", "2026-11-24");
  expect(span).toEqual({ fromDay: "2025-10-20", throughDay: "2026-11-24" });
  expect(bars).toEqual([bar("F", "2026-11-20", "10.5"), bar("F", "2026-11-24")]);
  expect(await due()).toEqual(["AAL", "T"]);
});

it("forgets what was before a span that replaces another", async () => {
  const span = { fromDay: "2026-11-20", throughDay: "2026-11-24" };
  await repository.replace(["F"], span, [bar("F", "2026-11-20", "5.25")], at(3));
  expect(await repository.read("F", "2025-01-01", "2026-12-31")).toEqual({
    span,
    bars: [bar("F", "2026-11-20", "5.25"), bar("F", "2026-11-24")],
  });
});

it("lets those that were asked for in vain wait behind the others", async () => {
  await repository.tried(["AAL"], at(9));
  expect(await due()).toEqual(["T", "AAL"]);
  await repository.tried(["DOGE/USD"], at(9));
  expect(await repository.due("binance", DUE)).toEqual([{ symbol: "DOGE/USD", span: null }]);
});

it("puts what somebody holds or watches first, in the universe or not, once it has waited", async () => {
  const wanted = ["NVDA", "GONE", "AAL", "DOGE/USD", "NOPE"];
  expect(await due({ wanted })).toEqual(["GONE", "NVDA", "AAL", "T"]);
  expect(await due({ wanted, triedBefore: at(9) })).toEqual(["GONE", "NVDA", "T", "AAL"]);
});

it("reads a chart's days by the key", async () => {
  await db.execute(sql`insert into daily_bars select 'S' || s, date '2025-01-01' + d, 1, 1, 1, 1, 1
    from generate_series(1, 50) s, generate_series(1, 300) d`);
  await db.execute(sql`insert into daily_bar_spans select 'S' || s, '2025-01-02', '2025-10-28', now()
    from generate_series(1, 50) s`);
  await db.execute(sql`analyze daily_bars, daily_bar_spans`);
  const { rows } = await db.execute(sql`explain (format json)
    select * from daily_bar_spans left join daily_bars on daily_bars.symbol = daily_bar_spans.symbol
      and day >= '2025-03-01' and day <= '2025-06-01' where daily_bar_spans.symbol = 'S7' order by day`);
  expect(JSON.stringify(rows)).toContain("daily_bars_symbol_day_pk");
});
