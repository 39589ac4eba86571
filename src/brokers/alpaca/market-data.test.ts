import { expect, it } from "vitest";
import { setUpAlpaca } from "../testing/scripted-alpaca.ts";
import { json } from "../testing/scripted-fetch.ts";

const snapshot = (t: string) => ({
  latestTrade: { t, x: "V", p: 10.31, s: 200, c: ["@"], i: 1, z: "A" },
  latestQuote: { t: "2026-11-20T15:30:00Z", bp: 10.3, bs: 700, ap: 10.32, as: 400 },
});

it("leaves a symbol out whose snapshot makes no sense, and says so once for each way", async () => {
  const { marketData, leftOut } = setUpAlpaca({
    "GET /v2/stocks/snapshots": () =>
      json({
        F: snapshot("2026-11-20T15:30:00.123456789Z"),
        GT: snapshot("2026-11-20T15:30:00.1234.5Z"),
        T: snapshot("yesterday"),
        NEW: null,
        ODD: "halted",
      }),
  });
  for (let round = 0; round < 2; round++) {
    const quotes = await marketData.snapshots(["F", "GT", "T", "NEW", "ODD"]);
    expect(quotes.map(({ symbol }) => symbol)).toEqual(["F"]);
  }
  expect(leftOut).toEqual([
    "snapshot of GT: latestTrade.t: not a time",
    expect.stringMatching(/^snapshot of ODD: .*expected object/),
  ]);
});

it("cannot be asked where the answer as a whole makes no sense", async () => {
  const { marketData } = setUpAlpaca({ "GET /v2/stocks/snapshots": () => json(["F"]) });
  await expect(marketData.snapshots(["F"])).rejects.toMatchObject({ name: "UpstreamError" });
});

it("reads bars page after page, exactly, adjusted for splits", async () => {
  const bar = (t: string, c: number) => ({
    t,
    o: 10.1,
    h: 10.3049,
    l: 9.0001,
    c,
    v: 1e7,
    n: 3,
    vw: 10,
  });
  const pages: Record<string, unknown> = {
    "": {
      bars: { AAL: [bar("2026-11-20T05:00:00Z", 12.75)], F: [bar("2026-11-19T05:00:00Z", 10.2)] },
      next_page_token: "two",
    },
    two: { bars: { F: [bar("2026-11-20T05:00:00Z", 0.1)] }, next_page_token: "three" },
    three: { bars: null, next_page_token: null },
  };
  const { marketData, seen } = setUpAlpaca({
    "GET /v2/stocks/bars": ({ target }) =>
      json(pages[new URL(`http://venue${target}`).searchParams.get("page_token") ?? ""]),
  });
  const range = {
    interval: "1D",
    startMs: Date.parse("2026-11-19T05:00:00Z"),
    endMs: Date.parse("2026-11-21T05:00:00Z"),
  } as const;
  const bars = await marketData.bars(["F", "AAL", "T"], range);
  expect([...bars.keys()].sort()).toEqual(["AAL", "F"]);
  expect(bars.get("F")).toEqual([
    {
      startMs: Date.parse("2026-11-19T05:00:00Z"),
      open: "10.1",
      high: "10.3049",
      low: "9.0001",
      close: "10.2",
      volume: "10000000",
    },
    expect.objectContaining({ startMs: Date.parse("2026-11-20T05:00:00Z"), close: "0.1" }),
  ]);
  const [first] = seen.map(({ target }) => new URL(`http://venue${target}`).searchParams);
  expect(Object.fromEntries(first ?? [])).toMatchObject({
    symbols: "F,AAL,T",
    timeframe: "1Day",
    start: "2026-11-19T05:00:00.000Z",
    end: "2026-11-21T04:59:59.999Z",
    adjustment: "split",
    sort: "asc",
  });
  expect(seen).toHaveLength(3);
});

it("gives pages up that never end", async () => {
  const { marketData, seen } = setUpAlpaca({
    "GET /v2/stocks/bars": () => json({ bars: {}, next_page_token: "again" }),
  });
  await expect(
    marketData.bars(["F"], { interval: "1m", startMs: 0, endMs: 60_000 }),
  ).rejects.toMatchObject({ name: "UpstreamError" });
  expect(seen.length).toBeLessThanOrEqual(20);
});
