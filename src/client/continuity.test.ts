import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Continuity } from "./continuity.ts";
import type { GapMessage, MarketMessage } from "./messages.ts";

const message = (
  type: MarketMessage["type"],
  seq: number,
  change: Partial<MarketMessage> = {},
): MarketMessage => ({
  type,
  channel: "quotes",
  symbol: "F",
  epoch: "k1",
  seq,
  data: { price: "10.00" } as MarketMessage["data"],
  ...change,
});

const gap = (from: string, to: string): GapMessage => ({
  type: "gap",
  channel: "quotes",
  symbol: "F",
  from,
  to,
});

function take(...messages: (MarketMessage | GapMessage)[]): string[] {
  const continuity = new Continuity();
  return messages.flatMap((each) =>
    continuity
      .take(each)
      .map((event) =>
        event.type === "gap"
          ? `gap ${event.from}-${event.to}`
          : `${event.snapshot ? "snapshot" : event.type} ${event.epoch}:${event.seq}+${event.skipped}`,
      ),
  );
}

describe("what follows", () => {
  it("is handed on, with what was conflated", () => {
    const [first, second] = [message("quote", 5), message("quote", 9, { skipped: 3 })];
    expect(take(message("snapshot", 4), first, second)).toEqual([
      "snapshot k1:4+0",
      "quote k1:5+0",
      "quote k1:9+3",
    ]);
  });

  it("is told once, whatever comes again", () => {
    const again = [message("quote", 5), message("snapshot", 5), message("quote", 4)];
    expect(take(message("snapshot", 4), message("quote", 5), ...again)).toEqual([
      "snapshot k1:4+0",
      "quote k1:5+0",
    ]);
  });

  it("may skip what is known already", () => {
    expect(take(message("snapshot", 4), message("quote", 6, { skipped: 4 }))).toEqual([
      "snapshot k1:4+0",
      "quote k1:6+1",
    ]);
  });

  it("may start without a snapshot, and an empty one tells nothing", () => {
    expect(take(message("quote", 7), message("quote", 8))).toEqual([
      "quote k1:7+0",
      "quote k1:8+0",
    ]);
    const trades = { channel: "trades", data: {} as MarketMessage["data"] } as const;
    expect(take(message("snapshot", 0, trades))).toEqual([]);
  });
});

describe("a gap", () => {
  it("is told as the server tells it, and once", () => {
    const told = gap("k1:4", "k2:1");
    expect(take(message("snapshot", 4), told, message("snapshot", 1, { epoch: "k2" }))).toEqual([
      "snapshot k1:4+0",
      "gap k1:4-k2:1",
      "snapshot k2:1+0",
    ]);
  });

  it("is found where the server tells none", () => {
    expect(
      take(
        message("snapshot", 4),
        message("quote", 6),
        message("quote", 9, { skipped: 1 }),
        message("snapshot", 12),
        message("quote", 2, { epoch: "k2" }),
      ),
    ).toEqual([
      "snapshot k1:4+0",
      ...["gap k1:4-k1:6", "quote k1:6+0"],
      ...["gap k1:6-k1:9", "quote k1:9+1"],
      ...["gap k1:9-k1:12", "snapshot k1:12+0"],
      ...["gap k1:12-k2:2", "quote k2:2+0"],
    ]);
  });
});

it("hands on a sequence in which everything follows or stands behind a gap", () => {
  const any = fc.record({
    type: fc.constantFrom("snapshot" as const, "quote" as const),
    seq: fc.nat(20),
    skipped: fc.nat(5),
    epoch: fc.constantFrom("k1", "k2"),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 40 }), (messages) => {
      const continuity = new Continuity();
      let last: { epoch: string; seq: number } | undefined;
      let isGap = false;
      for (const { type, seq, ...rest } of messages) {
        for (const event of continuity.take(message(type, seq, rest))) {
          if (event.type === "gap") isGap = true;
          else {
            const follows =
              event.epoch === last?.epoch && event.seq === last.seq + 1 + event.skipped;
            expect(last === undefined || isGap || follows).toBe(true);
            last = event;
            isGap = false;
          }
        }
      }
    }),
  );
});
