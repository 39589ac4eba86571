/** What the clients of the streams are and want. */

import { createInstruments } from "../../simulator/market/instruments.ts";

export interface Load {
  readonly name: string;
  readonly clients: number;
  readonly symbolsEach: number;
  /** Of each symbol, at random and independent of the others. */
  readonly ticksPerSecond: number;
  /** Different subscription sets among the clients; each shares all its symbols but one with the next. */
  readonly sets: number;
  /** Between two frames to a client; null where each tick is to go out at once. */
  readonly windowMs: number | null;
}

export interface ClientOf {
  /** Without its query. */
  readonly path: string;
  readonly symbols: readonly string[];
}

export const LOAD_A: Load = {
  name: "A",
  clients: 1_000,
  symbolsEach: 10,
  ticksPerSecond: 2,
  sets: 5,
  windowMs: 50,
};

export const LOAD_B: Load = {
  name: "B",
  clients: 500,
  symbolsEach: 20,
  ticksPerSecond: 10,
  sets: 5,
  windowMs: 100,
};

/** On the symbol's own endpoint, which gets every tick. */
export const LOAD_ROOM: Load = {
  name: "room",
  clients: 100,
  symbolsEach: 1,
  ticksPerSecond: 100,
  sets: 1,
  windowMs: null,
};

/** All symbols of a load. */
export function symbolsOf({ symbolsEach, sets }: Load): string[] {
  const stocks = createInstruments().filter(({ venue }) => venue === "alpaca");
  return stocks.slice(0, symbolsEach + sets - 1).map(({ symbol }) => symbol);
}

/** A share of the load's clients, 0 to 1, spread evenly over the subscription sets. */
export function clientsOf(load: Load, share = 1): ClientOf[] {
  const symbols = symbolsOf(load);
  return Array.from({ length: Math.round(load.clients * share) }, (_, index) => {
    if (load.windowMs === null) return { path: `/ws/market/${symbols[0]}`, symbols: [] };
    const first = index % load.sets;
    return { path: "/ws/market", symbols: symbols.slice(first, first + load.symbolsEach) };
  });
}

export const describe = (load: Load): string =>
  `${load.clients.toLocaleString("en")} clients × ${load.symbolsEach} symbols × ${load.ticksPerSecond} ticks/s`;
