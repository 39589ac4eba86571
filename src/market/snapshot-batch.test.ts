import { expect, it } from "vitest";
import { quoteOf, ScriptedRuntime, ScriptedVenue } from "./scripted-venue.ts";
import { SnapshotBatch } from "./snapshot-batch.ts";

it("asks once for all that came together, and again for who came later", async () => {
  const venue = new ScriptedVenue("alpaca");
  const runtime = new ScriptedRuntime();
  const batch = new SnapshotBatch(
    { snapshots: (symbols) => venue.snapshots(symbols), later: runtime.later },
    100,
  );
  venue.quotes.set("F", quoteOf("F"));
  const together = Promise.all([batch.get("F"), batch.get("T"), batch.get("F")]);
  await runtime.advance(20);
  expect(await together).toEqual([quoteOf("F"), undefined, quoteOf("F")]);
  const after = batch.get("F");
  await runtime.advance(20);
  await after;
  expect(venue.asked).toEqual([["F", "T"], ["F"]]);
});

it("starts another request where one is full, and fails only those who waited for it", async () => {
  const venue = new ScriptedVenue("alpaca");
  const runtime = new ScriptedRuntime();
  const batch = new SnapshotBatch(
    { snapshots: (symbols) => venue.snapshots(symbols), later: runtime.later },
    2,
  );
  venue.failing = true;
  const all = Promise.allSettled(["A", "B", "C"].map((symbol) => batch.get(symbol)));
  await runtime.advance(20);
  expect((await all).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(venue.asked).toEqual([["A", "B"], ["C"]]);
});
