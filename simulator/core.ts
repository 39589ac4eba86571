/** What the faces share: one exchange that follows the clock, its events, the faults and the counters. */

import type { Decimal } from "../src/domain/decimal.ts";
import type { VenueClock } from "./clock.ts";
import { createCounters } from "./counters.ts";
import { createEventLog } from "./event-log.ts";
import { createFaultBook } from "./faults.ts";
import { createInstruments, type VenueName } from "./market/instruments.ts";
import { createExchange, type ExchangeEvent, type ExchangeState } from "./matching/exchange.ts";

/** Also how long an order update waits at most, so that answers usually leave before updates. */
const PUMP_MS = 20;

export interface CoreOptions {
  readonly clock: VenueClock;
  readonly seed: number;
  readonly alwaysOpen: boolean;
  readonly tickRate: number;
  readonly cash: Decimal;
  readonly saved?: ExchangeState | undefined;
}

type Cut = (venue: VenueName | null, target: string) => void;

export type Core = ReturnType<typeof createCore>;

export function createCore(options: CoreOptions) {
  const { clock, seed, alwaysOpen, tickRate, cash, saved } = options;
  const faults = createFaultBook();
  const counters = createCounters();
  const log = createEventLog();
  const listeners = new Set<(event: ExchangeEvent) => void>();
  const flushes = new Set<() => void>();
  const cutters = new Set<Cut>();
  let aheadMs = 0;

  const exchange = createExchange(
    {
      seed: saved?.market.seed ?? seed,
      startMs: clock.now(),
      instruments: createInstruments(tickRate),
      alwaysOpen,
      cash,
      faults,
      saved,
    },
    (event) => {
      log.record(event, exchange?.nowMs() ?? clock.now());
      for (const listener of listeners) listener(event);
    },
  );

  /** Brings the market to the present; every request does so before it looks at anything. */
  function sync(): void {
    exchange.advance(clock.now() + aheadMs);
  }

  const stopPump = clock.every(PUMP_MS, () => {
    sync();
    for (const flush of flushes) flush();
  });
  // A saved market is behind the clock by as long as it lay still.
  sync();

  return {
    clock,
    exchange,
    faults,
    counters,
    log,
    alwaysOpen,
    sync,
    /** The venue's own time in epoch milliseconds. */
    nowMs: (): number => clock.now() + aheadMs,
    /** Puts the venue's clock forward against the real one. */
    putForward(ms: number): void {
      aheadMs += ms;
      sync();
    },
    onEvent: (listener: (event: ExchangeEvent) => void): void => void listeners.add(listener),
    /** Runs after each stretch of market time, for streams to send what has gathered. */
    onFlush: (flush: () => void): void => void flushes.add(flush),
    /** Runs when sockets are to be cut: of one venue or, with null, of all. */
    onCut: (cut: Cut): void => void cutters.add(cut),
    cutSockets: (venue: VenueName | null, target: string): void => {
      for (const cut of cutters) cut(venue, target);
    },
    stop: stopPump,
  };
}
