/** Random histories of an account, as wishes that are made concrete when their turn comes. */

import fc from "fast-check";

const SYMBOLS = ["F", "DOGE/USD", "DOGE/USD"] as const;

export type Wish = ReturnType<typeof wishes> extends fc.Arbitrary<infer W> ? W : never;

function wishes() {
  const pick = fc.record({
    nth: fc.constantFrom(0, 0, 0, 1, 2, 7),
    ended: fc.nat({ max: 11 }).map((n) => n === 11),
  });
  const funds = fc.integer({ min: 1, max: 300_000 });
  const rarely = fc.nat({ max: 30 }).map((n) => n === 30);
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("place" as const),
        symbol: fc.constantFrom(...SYMBOLS),
        side: fc.constantFrom("buy" as const, "sell" as const),
        type: fc.constantFrom(
          "limit" as const,
          "market" as const,
          "stop" as const,
          "notional" as const,
        ),
        /** Parts of a billion of what could be bought or sold; the last is more than all of it. */
        share: fc.constantFrom(
          1_000_000,
          87_654_321,
          250_000_000,
          333_333_333,
          500_000_000,
          1_000_000_000,
          1_300_000_000,
        ),
        whole: fc.boolean(),
        cents: fc.integer({ min: 5, max: 9_999 }),
        repeats: fc.nat({ max: 12 }).map((n) => (n < 3 ? n : null)),
        denied: rarely,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("answer" as const),
        pick,
        answer: fc.constantFrom("new", "new", "new", "accepted", "rejected"),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), pick }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("refuse_cancel" as const), pick }) },
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant("fill" as const),
        pick,
        amount: fc.constantFrom("part", "part", "rest", "rest", "rest", "part", "rest", "more"),
        share: fc.integer({ min: 1, max: 999_999_999 }),
        /** Parts of ten thousand of the order's price. */
        pricing: fc.constantFrom(10_000, 10_000, 9_377, 10_401),
        fee: fc.constantFrom(
          "none",
          "usd",
          "usd",
          "usd_fine",
          "units",
          "units",
          "third",
          "third_marked",
        ),
        isLast: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("report" as const),
        pick,
        event: fc.constantFrom(
          "accepted" as const,
          "new" as const,
          "triggered" as const,
          "canceled" as const,
          "canceled" as const,
          "expired" as const,
          "rejected" as const,
          "cancel_rejected" as const,
          "replaced" as const,
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("repeat" as const), nth: fc.nat({ max: 20 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("place_again" as const), nth: fc.nat({ max: 20 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("permit" as const),
        suspended: rarely,
        closingOnly: rarely,
        restricted: rarely,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("deposit" as const), cents: funds }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reset" as const), cents: funds }) },
  );
}

/** Up to `length` wishes. */
export const histories = (length: number): fc.Arbitrary<Wish[]> =>
  fc.array(wishes(), { minLength: 1, maxLength: length, size: "max" });
