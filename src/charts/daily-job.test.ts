import { describe, expect, it } from "vitest";
import { recordingLog, ScriptedVenue } from "../market/scripted-venue.ts";
import { createDailyBarJob } from "./daily-job.ts";
import { daysBetween } from "./testing/bars.ts";
import { MemoryBars } from "./testing/memory-bars.ts";

const TODAY = "2026-11-25";

function setup(count: number) {
  const venue = new ScriptedVenue("alpaca");
  const repository = new MemoryBars();
  const symbols = Array.from({ length: count }, (_, i) => `S${String(i).padStart(2, "0")}`);
  repository.listed = symbols;
  for (const symbol of symbols)
    venue.barsOf.set(`${symbol} 1D`, daysBetween("stock", "2025-01-01", TODAY));
  const wanted: string[] = [];
  const time = { nowMs: Date.parse(`${TODAY}T16:00:00Z`) };
  const { log, lines } = recordingLog();
  const job = createDailyBarJob({
    repository,
    wanted: async () => wanted,
    venues: { stock: "alpaca", crypto: "binance" },
    marketData: (name) => (name === "alpaca" ? venue : undefined),
    log,
    now: () => new Date(time.nowMs),
  });
  const complete = () =>
    symbols.filter((symbol) => repository.spans.get(symbol)?.span?.throughDay === "2026-11-24");
  return { venue, repository, symbols, wanted, time, lines, job, complete };
}

describe("the daily bars", () => {
  it("are filled in few requests a run, over as many minutes as that takes", async () => {
    const { venue, repository, symbols, job, complete, lines } = setup(14);
    expect(await job.run()).toEqual({ failed: 0 });
    expect(venue.askedBars.map((ask) => ask.symbols.length)).toEqual([3, 3, 3, 3]);
    expect(complete()).toEqual(symbols.slice(0, 12));
    await job.run();
    expect(complete()).toEqual(symbols);
    expect(repository.of("S13")).toHaveLength(400);
    await job.run();
    expect(venue.askedBars).toHaveLength(5);
    expect(lines.map(({ event }) => event)).toEqual(["daily_bars_filled", "daily_bars_filled"]);
  });

  it("begin with what somebody holds or watches, also beyond the universe", async () => {
    const { venue, wanted, job } = setup(20);
    venue.barsOf.set("NVDA 1D", daysBetween("stock", "2025-01-01", TODAY));
    wanted.push("S19", "NVDA");
    await job.run();
    expect(venue.askedBars[0]?.symbols).toEqual(["NVDA", "S19", "S00"]);
  });

  it("ask the next day for what is new, and for a few days before it", async () => {
    const { venue, repository, time, job } = setup(3);
    await job.run();
    time.nowMs += 24 * 3_600_000;
    await job.run();
    const { range } = venue.askedBars.at(-1) ?? {};
    expect(range?.startMs).toBe(Date.parse("2026-11-17T05:00:00Z"));
    expect(repository.spans.get("S00")?.span?.throughDay).toBe(TODAY);
  });

  it("leave what is there where a request fails, say so, and let others go first", async () => {
    const { venue, repository, symbols, time, lines, job, complete } = setup(14);
    const bars = venue.bars.bind(venue);
    venue.bars = async (wanted, range) => {
      if (wanted.includes("S04")) throw new Error("timeout");
      return bars(wanted, range);
    };
    expect(await job.run()).toEqual({ failed: 1 });
    expect(lines[0]).toMatchObject({
      event: "refresh_failed",
      job: "daily_bars",
      venue: "alpaca",
      symbols: ["S03", "S04", "S05"],
    });
    time.nowMs += 60_000;
    await job.run();
    expect(complete()).toEqual(expect.arrayContaining(["S12", "S13"]));
    expect(complete()).not.toContain("S04");
    venue.bars = bars;
    time.nowMs += 60_000;
    expect(await job.run()).toEqual({ failed: 0 });
    expect(complete()).toEqual(symbols);
    expect(repository.of("S04")).toHaveLength(400);
  });

  it("do not take a venue that says nothing for a market without trades", async () => {
    const { venue, job, complete } = setup(3);
    venue.barsOf.clear();
    expect(await job.run()).toEqual({ failed: 1 });
    expect(complete()).toEqual([]);
  });
});
