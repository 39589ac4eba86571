import { expect, it } from "vitest";
import { fetchBars } from "./bars.ts";

const MINUTE_MS = 60_000;
const FIRST_MS = 1_800_000_000_000;

const range = (startMs: number, bars: number) =>
  ({ interval: "1m", startMs, endMs: startMs + bars * MINUTE_MS }) as const;

/** Bars from `FIRST_MS` on, as three exchanges give them: `limit` from the start on, those of the window, the newest. */
function setup(count: number, manner: "from" | "window" | "newest" = "from") {
  const asked: { sinceMs: number; limit: number }[] = [];
  const all = Array.from({ length: count }, (_, i): [number, ...string[]] => [
    FIRST_MS + i * MINUTE_MS,
    "0.15240",
    "0.1530",
    "0.15",
    "0.1525",
    "1000.5",
  ]);
  const exchange = {
    async fetchOHLCV(_symbol: string, _timeframe: string, sinceMs: number, limit: number) {
      asked.push({ sinceMs, limit });
      const kept = manner === "newest" ? all.slice(-100) : all;
      const untilMs = manner === "window" ? sinceMs + limit * MINUTE_MS : Number.MAX_VALUE;
      return kept.filter(([at]) => at >= sinceMs && at < untilMs).slice(0, limit);
    },
  };
  return { asked, exchange };
}

it.each(["from", "window"] as const)("asks on until the range is told (%s)", async (manner) => {
  const { exchange, asked } = setup(500, manner);
  const bars = await fetchBars(exchange, "DOGE/USDT", range(FIRST_MS, 250), 100);
  expect(bars.map(({ startMs }) => startMs)).toEqual(
    Array.from({ length: 250 }, (_, i) => FIRST_MS + i * MINUTE_MS),
  );
  expect(bars[0]).toEqual({
    startMs: FIRST_MS,
    open: "0.1524",
    high: "0.153",
    low: "0.15",
    close: "0.1525",
    volume: "1000.5",
  });
  expect(asked.map(({ limit }) => limit)).toEqual([100, 100, 50]);
});

it.each(["from", "window"] as const)(
  "tells what there is of a market that is younger than the range (%s)",
  async (manner) => {
    const { exchange } = setup(30, manner);
    const bars = await fetchBars(
      exchange,
      "DOGE/USDT",
      range(FIRST_MS - 250 * MINUTE_MS, 400),
      100,
    );
    expect(bars).toHaveLength(30);
  },
);

it("tells each bar once where only the newest are kept", async () => {
  const { exchange } = setup(500, "newest");
  const bars = await fetchBars(exchange, "DOGE/USD", range(FIRST_MS, 500), 100);
  expect(bars.map(({ startMs }) => startMs)).toEqual(
    Array.from({ length: 100 }, (_, i) => FIRST_MS + (400 + i) * MINUTE_MS),
  );
});

it("does not ask for ever", async () => {
  const { exchange, asked } = setup(1);
  await expect(fetchBars(exchange, "DOGE/USDT", range(FIRST_MS, 2_001), 100)).rejects.toThrow(
    "over 20 requests",
  );
  expect(asked).toEqual([]);
});

it("does not take a float for a price", async () => {
  const exchange = { fetchOHLCV: async () => [[FIRST_MS, "1e-7", "1", "1", "1", "1"]] };
  const asking = fetchBars(exchange, "PEPE/USDT", range(FIRST_MS, 1), 100);
  await expect(asking).rejects.toThrow("not a plain decimal");
});
