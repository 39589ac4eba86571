import { afterAll, beforeAll, expect, it } from "vitest";
import { cloneDatabase, type TestDatabase } from "../../test/harness/database.ts";
import { createDatabase } from "../db/client.ts";
import { decimal } from "../domain/decimal.ts";
import { createInstrumentRepository, type InstrumentRepository } from "./repository.ts";
import { instrumentOf, START_MS } from "./scripted-venue.ts";

const at = (ms: number) => new Date(START_MS + ms);

let database: TestDatabase;
let repository: InstrumentRepository;

beforeAll(async () => {
  database = await cloneDatabase();
  repository = createInstrumentRepository(createDatabase(database));
});

afterAll(() => database.drop());

it("knows nothing before the first refresh", async () => {
  expect(await repository.all("alpaca")).toEqual([]);
  expect(await repository.refreshedAt("alpaca")).toBeNull();
});

it("takes over a list of thousands, in few statements, and gives it back unchanged", async () => {
  const list = Array.from({ length: 2_500 }, (_, i) =>
    instrumentOf(`S${String(i).padStart(4, "0")}`),
  );
  const doge = instrumentOf("DOGE/USD", { minQuantity: decimal("0.1") });
  const before = await database.roundTrips();
  await repository.replaceAll("alpaca", list, at(0));
  const after = await database.roundTrips();
  expect(after.requests - before.requests).toBe(4);
  await repository.replaceAll("binance", [doge], at(5));
  expect(await repository.all("alpaca")).toEqual(list);
  expect(await repository.all("binance")).toEqual([doge]);
  expect(await repository.refreshedAt("alpaca")).toEqual(at(0));
});

it("keeps what is listed no more, but not as tradable, and changes what has changed", async () => {
  const renamed = instrumentOf("S0001", { name: "Renamed", inUniverse: false });
  await repository.replaceAll("alpaca", [renamed], at(1_000));
  const all = await repository.all("alpaca");
  expect(all).toHaveLength(2_500);
  expect(all.find(({ symbol }) => symbol === "S0001")).toEqual(renamed);
  expect(all.filter(({ tradable }) => tradable)).toEqual([renamed]);
  expect(await repository.refreshedAt("alpaca")).toEqual(at(1_000));
  expect((await repository.all("binance"))[0]?.tradable).toBe(true);
});

it("is not set back by a refresh that began earlier and ends later", async () => {
  await repository.replaceAll("binance", [instrumentOf("DOGE/USD")], at(9_000));
  await repository.replaceAll("binance", [instrumentOf("DOGE/USD")], at(8_000));
  expect(await repository.refreshedAt("binance")).toEqual(at(9_000));
});
