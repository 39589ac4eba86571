/** One symbol's random walk. Prices are whole ticks, sizes whole lots; only the latent middle is a float. */

import type { Instrument } from "./instruments.ts";
import { unitsOf } from "./instruments.ts";
import { exponential, gaussian, type RandomState, seededState, uniform } from "./random.ts";

const TRADE_SHARE = 0.65;
const STEP_SECONDS_MAX = 60;
const STOCK_SECONDS_A_YEAR = 252 * 23_400;
const CRYPTO_SECONDS_A_YEAR = 365 * 86_400;
/** How long the pull back to the base price takes, in trading days. Without it a month of development leaves the plausible. */
const REVERSION_DAYS = 2;

export interface Pin {
  readonly bid: number;
  readonly ask: number;
  /** Where trades print; between bid and ask at random if null. */
  readonly last: number | null;
}

/** Plain data: the whole of one symbol's present. */
export interface WalkState {
  readonly symbol: string;
  readonly random: RandomState;
  mid: number;
  bid: number;
  ask: number;
  bidSize: number;
  askSize: number;
  last: number;
  lastSize: number;
  lastTaker: "buy" | "sell";
  lastTradeId: number;
  quoteAtUs: number;
  tradeAtUs: number;
  nextTickUs: number;
  quoteId: number;
  /** The last one given out, to a trade on the tape or to an execution of an order. */
  tradeId: number;
  pin: Pin | null;
  /** No trading, no new quotes; orders rest. */
  halted: boolean;
  /** No new quotes, although the market is open. */
  frozen: boolean;
}

/** A trade on the tape. */
export interface Print {
  readonly atUs: number;
  readonly price: number;
  readonly size: number;
  readonly taker: "buy" | "sell";
  readonly tradeId: number;
}

export function startWalk(instrument: Instrument, seed: number, atUs: number): WalkState {
  const random = seededState(seed, "walk", instrument.symbol);
  const base = unitsOf(instrument.basePrice, instrument.priceScale);
  const mid = base * Math.exp(0.01 * gaussian(random));
  const walk: WalkState = {
    symbol: instrument.symbol,
    random,
    mid,
    bid: 0,
    ask: 0,
    bidSize: 0,
    askSize: 0,
    last: Math.max(1, Math.round(mid)),
    lastSize: meanSize(instrument, mid),
    lastTaker: "buy",
    lastTradeId: 1000,
    quoteAtUs: atUs,
    tradeAtUs: atUs,
    nextTickUs: atUs,
    quoteId: 1,
    tradeId: 1000,
    pin: null,
    halted: false,
    frozen: false,
  };
  quote(instrument, walk);
  walk.nextTickUs = nextTickAfter(instrument, walk, atUs);
  return walk;
}

/** Moves the price to `atUs`, sets a new quote and now and then prints a trade against the old one. */
export function stepWalk(instrument: Instrument, walk: WalkState, atUs: number): Print | undefined {
  const seconds = Math.min((atUs - walk.quoteAtUs) / 1e6, STEP_SECONDS_MAX);
  const traded = uniform(walk.random) < TRADE_SHARE;
  const print = traded ? printTrade(walk, atUs) : undefined;
  if (walk.pin === null) drift(instrument, walk, seconds);
  quote(instrument, walk);
  walk.quoteAtUs = atUs;
  return print;
}

/** The time of the tick that follows `atUs`, on the symbol's own random schedule. */
export function nextTickAfter(instrument: Instrument, walk: WalkState, atUs: number): number {
  const waitUs = Math.round((exponential(walk.random) / instrument.ticksPerSecond) * 1e6);
  return atUs + Math.max(waitUs, 50);
}

/** Holds the quote at `pin` until it is released; null lets the walk go on from there. */
export function pinWalk(instrument: Instrument, walk: WalkState, pin: Pin | null): void {
  walk.pin = pin;
  if (pin !== null) walk.mid = (pin.bid + pin.ask) / 2;
  quote(instrument, walk);
}

/** Trades expected in a day's session, in lots: what makes the past look like the present. */
export function meanDayVolume(instrument: Instrument, sessionSeconds: number): number {
  const price = unitsOf(instrument.basePrice, instrument.priceScale);
  return (
    instrument.ticksPerSecond *
    TRADE_SHARE *
    sessionSeconds *
    Math.max(1, meanSize(instrument, price) / 3)
  );
}

/** Deviation of the logarithm of the price over a whole day. */
export function dayDeviation(instrument: Instrument): number {
  return instrument.volatility / Math.sqrt(instrument.venue === "alpaca" ? 252 : 365);
}

function drift(instrument: Instrument, walk: WalkState, seconds: number): void {
  const base = unitsOf(instrument.basePrice, instrument.priceScale);
  const yearSeconds = instrument.venue === "alpaca" ? STOCK_SECONDS_A_YEAR : CRYPTO_SECONDS_A_YEAR;
  const daySeconds = instrument.venue === "alpaca" ? 23_400 : 86_400;
  const pull = -Math.log(walk.mid / base) * (seconds / (REVERSION_DAYS * daySeconds));
  const noise = instrument.volatility * Math.sqrt(seconds / yearSeconds) * gaussian(walk.random);
  walk.mid = Math.max(2, walk.mid * Math.exp(pull + noise));
}

function quote(instrument: Instrument, walk: WalkState): void {
  if (walk.pin === null) {
    const spread = Math.max(1, Math.round(walk.mid * 0.0002 * (0.5 + uniform(walk.random))));
    walk.bid = Math.max(1, Math.round(walk.mid - spread / 2));
    walk.ask = walk.bid + spread;
  } else {
    walk.bid = walk.pin.bid;
    walk.ask = walk.pin.ask;
  }
  walk.bidSize = drawSize(instrument, walk);
  walk.askSize = drawSize(instrument, walk);
  walk.quoteId += 1;
}

function printTrade(walk: WalkState, atUs: number): Print {
  const taker = uniform(walk.random) < 0.5 ? "buy" : "sell";
  const shown = taker === "buy" ? walk.askSize : walk.bidSize;
  const size = Math.max(1, Math.ceil(uniform(walk.random) ** 2 * shown));
  const price = walk.pin?.last ?? (taker === "buy" ? walk.ask : walk.bid);
  return print(walk, { atUs, price, size, taker });
}

/** A trade of the displayed size at a price of choice. */
export function printAt(walk: WalkState, price: number, atUs: number): Print {
  return print(walk, {
    atUs: Math.max(atUs, walk.tradeAtUs + 1),
    price,
    size: walk.askSize,
    taker: "buy",
  });
}

function print(walk: WalkState, trade: Omit<Print, "tradeId">): Print {
  walk.last = trade.price;
  walk.lastSize = trade.size;
  walk.lastTaker = trade.taker;
  walk.tradeAtUs = trade.atUs;
  walk.tradeId += 1;
  walk.lastTradeId = walk.tradeId;
  return { ...trade, tradeId: walk.tradeId };
}

function meanSize(instrument: Instrument, mid: number): number {
  const price = mid / 10 ** instrument.priceScale;
  return Math.max(1, Math.round((instrument.depthValue / price) * 10 ** instrument.sizeScale));
}

function drawSize(instrument: Instrument, walk: WalkState): number {
  const size = meanSize(instrument, walk.mid) * (0.25 + 0.75 * exponential(walk.random));
  // Shares are shown in round lots of a hundred.
  if (instrument.venue === "alpaca") return Math.max(1, Math.round(size / 100)) * 100;
  return Math.max(1, Math.round(size));
}
