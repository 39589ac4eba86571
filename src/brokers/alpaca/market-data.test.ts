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
