import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdUnits, openAccount, post, settle, storePosition } from "./account.ts";
import { decimal, ZERO } from "./decimal.ts";
import { invariants } from "./invariants.ts";
import { deposit } from "./ledger.ts";
import { NO_POSITION } from "./position.ts";
import { histories } from "./testing/account-history.ts";
import { createScript, play } from "./testing/account-script.ts";

const HISTORIES = Number(process.env.ACCOUNT_HISTORIES ?? 300);

describe("an account", () => {
  it("keeps every invariant after every step of random histories", () => {
    fc.assert(
      fc.property(histories(60), fc.integer({ min: 0, max: 3_000 }), (wishes, dollars) => {
        let ids = 0;
        const nextId = () => {
          ids += 1;
          return `order-${String(ids).padStart(3, "0")}`;
        };
        const script = createScript(nextId);
        let account = openAccount(decimal(dollars));
        for (const wish of wishes) {
          const step = script(account, wish);
          if (step === undefined) continue;
          account = play(account, step).account;
          expect(invariants(account)).toEqual([]);
        }
      }),
      { numRuns: HISTORIES },
    );
  }, 60_000);

  it("writes no transaction that moves nothing, and none that does not balance", () => {
    const account = openAccount(decimal("5"));
    expect(post(account, "release", deposit(ZERO))).toBe(account);
    expect(() => post(account, "deposit", deposit(decimal("1")).slice(0, 1))).toThrow("off by 1");
  });

  it("begins with its first deposit, and with nothing else", () => {
    const entries = deposit(decimal("5"));
    expect(openAccount(decimal("5"))).toEqual({
      cash: "5",
      cashReserved: "0",
      realized: "0",
      fees: "0",
      netDeposits: "5",
      overdrawn: false,
      restricted: false,
      suspended: false,
      closingOnly: false,
      positions: new Map(),
      closedPositions: [],
      orders: new Map(),
      trades: [],
      journal: [
        { seq: 1, event: "opened", orderId: null, status: null },
        { seq: 2, event: "deposit", orderId: null, status: null },
      ],
      ledger: [{ seq: 2, kind: "deposit", entries }],
      before: { trades: 0, ledger: 0 },
    });
  });

  it("changes nothing where nothing is held, owed or short", () => {
    const account = openAccount(ZERO);
    expect(account.ledger).toEqual([]);
    expect(holdUnits(account, "F", ZERO)).toBe(account);
    expect(settle(account)).toBe(account);
    expect(storePosition(account, "F", NO_POSITION)).toEqual(account);
  });
});
