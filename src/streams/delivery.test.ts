import { describe, expect, it } from "vitest";
import { type Delivery, encodeDelivery, joinsFlow, mergeDeliveries } from "./delivery.ts";
import type { Topic } from "./topic.ts";

const delivery = (
  topic: Topic,
  epoch: string,
  from: number,
  seqs: readonly number[],
  lost: Delivery["lost"] = null,
): Delivery => ({
  topic,
  epoch,
  from,
  messages: seqs.map((seq) => ({ seq, data: `"${seq}"` })),
  lost,
});

describe("a delivery", () => {
  const trades = delivery("trades|F", "k1", 4, [5, 8]);
  const read = (position: Parameters<typeof encodeDelivery>[1], of = trades) =>
    encodeDelivery(of, position).map((text) => JSON.parse(text));

  it("continues from where the client is", () => {
    const eight = { type: "trade", channel: "trades", symbol: "F", epoch: "k1", seq: 8, data: "8" };
    expect(read("flow")).toEqual([
      { ...eight, seq: 5, data: "5" },
      { ...eight, skipped: 2 },
    ]);
    expect(read({ epoch: "k1", seq: 3 })[0]).toEqual({ ...eight, seq: 5, data: "5", skipped: 1 });
    expect(read({ epoch: "k1", seq: 5 })).toEqual([{ ...eight, skipped: 2 }]);
    expect(read({ epoch: "k1", seq: 8 })).toEqual([]);
  });

  it("is a snapshot to who has nothing, after a gap to who has lost something", () => {
    const snapshot = { type: "snapshot", epoch: "k1", seq: 8, data: "8" };
    expect(read(null)).toMatchObject([snapshot]);
    const gap = { type: "gap", channel: "trades", symbol: "F", from: "k0:9", to: "k1:8" };
    expect(read({ epoch: "k0", seq: 9 })).toMatchObject([gap, snapshot]);
    const lossy = { ...trades, lost: { epoch: "k0", seq: 9 } };
    expect(read("flow", lossy)).toMatchObject([gap, snapshot]);
    // Who is elsewhere has not lost what the flow has.
    expect(read({ epoch: "k1", seq: 5 }, lossy)).toMatchObject([{ type: "trade", seq: 8 }]);
  });

  it("of nothing says nothing, and lets nobody join", () => {
    const empty = delivery("quotes|F", "k1", 4, []);
    expect(encodeDelivery(empty, null)).toEqual([]);
    expect(joinsFlow(empty, null)).toBe(false);
  });

  it("takes everybody into the flow but who is ahead of it", () => {
    expect([joinsFlow(trades, "flow"), joinsFlow(trades, null)]).toEqual([true, true]);
    expect([7, 8, 9].map((seq) => joinsFlow(trades, { epoch: "k1", seq }))).toEqual([
      true,
      true,
      false,
    ]);
    expect(joinsFlow(trades, { epoch: "k0", seq: 9 })).toBe(true);
  });
});

describe("deliveries", () => {
  it("of a topic are one, in order; of different epochs, or after a loss, they stay apart", () => {
    const lost = { epoch: "k1", seq: 3 };
    expect(
      mergeDeliveries([
        delivery("quotes|F", "k1", 0, [1]),
        delivery("trades|F", "k1", 0, [1]),
        delivery("quotes|F", "k1", 1, [2, 3]),
        delivery("quotes|F", "k2", 0, [1], lost),
        delivery("quotes|F", "k2", 1, [2]),
        delivery("quotes|F", "k2", 2, [9], { epoch: "k2", seq: 2 }),
        delivery("trades|F", "k1", 1, [2]),
        delivery("trades|F", "k2", 0, [1]),
      ]),
    ).toEqual([
      delivery("quotes|F", "k1", 0, [1, 2, 3]),
      delivery("trades|F", "k1", 0, [1, 2]),
      delivery("quotes|F", "k2", 0, [1, 2], lost),
      delivery("quotes|F", "k2", 2, [9], { epoch: "k2", seq: 2 }),
      delivery("trades|F", "k2", 0, [1]),
    ]);
  });
});
