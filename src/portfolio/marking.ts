/** Positions at market prices. */

import { type Decimal, isPositive, sub, ZERO } from "../domain/decimal.ts";
import { type AssetType, assetTypeOf, type Instrument, wholeSteps } from "../domain/instrument.ts";
import { isStale, type Quote } from "../domain/quote.ts";
import {
  dayPnl,
  type Mark,
  type Moment,
  markOf,
  type Value,
  valueAt,
} from "../domain/valuation.ts";
import type { AccountSnapshot, LastCloses, Marks, Position, SymbolDay } from "./ports.ts";

/** A position at a market price; without one (nobody has told any) it has neither mark nor value. */
export interface MarkedPosition extends Position {
  readonly mark: Mark | undefined;
  readonly stale: boolean;
  readonly value: Value | undefined;
  /** What it has gained since the last close of its market; null where that can't be told. */
  readonly dayPnl: Decimal | null;
  /** What is below the venue's step and can't be sold; undefined where no venue lists the symbol. */
  readonly dust: Decimal | undefined;
}

export interface Marked {
  readonly positions: readonly MarkedPosition[];
  /** Of what was sold out since the last close of its market. */
  readonly soldPnl: readonly Decimal[];
}

export interface MarkingDeps {
  readonly marks: Pick<Marks, "quotes" | "instruments" | "stockHours">;
  readonly now: () => Date;
}

/** Marks what a snapshot holds, with one look-up a venue. */
export async function markAll(
  { marks, now }: MarkingDeps,
  { positions, days }: Pick<AccountSnapshot, "positions" | "days">,
  closes: LastCloses,
): Promise<Marked> {
  const held = new Set(positions.map(({ symbol }) => symbol));
  const soldOut = days.filter(({ symbol }) => !held.has(symbol));
  const symbols = [...held, ...soldOut.map(({ symbol }) => symbol)];
  if (symbols.length === 0) return { positions: [], soldPnl: [] };
  const hasStocks = symbols.some((symbol) => assetTypeOf(symbol) === "stock");
  const [quotes, instruments, stocks] = await Promise.all([
    marks.quotes(symbols),
    marks.instruments(symbols),
    hasStocks ? marks.stockHours() : undefined,
  ]);
  const moments = momentsAt(now(), closes, stocks?.isOpen ?? false);
  const daysBySymbol = new Map(days.map((day) => [day.symbol, day]));

  return {
    positions: positions.map((position) => {
      const { symbol } = position;
      const day = daysBySymbol.get(symbol) ?? unmoved(symbol);
      const quote = quotes.get(symbol);
      const moment = moments[position.assetType];
      const mark = markOf(quote, moment) ?? keptClose(day, moment.closedAt);
      const value = mark && valueAt(position, mark.price);
      return {
        ...position,
        mark,
        value,
        stale: isUnsure(mark, quote, moment),
        dayPnl: value === undefined ? null : gainOf(day, quote, { ...position, ...value }),
        dust: dustOf(position, instruments.get(symbol)),
      };
    }),
    soldPnl: soldOut.flatMap(
      (day) => gainOf(day, quotes.get(day.symbol), { quantity: ZERO, marketValue: ZERO }) ?? [],
    ),
  };
}

/** By what a price is judged, of either market; coins never stop. */
export function momentsAt(
  now: Date,
  closes: LastCloses,
  stocksOpen: boolean,
): Readonly<Record<AssetType, Moment>> {
  const nowMs = now.getTime();
  return {
    stock: { nowMs, inSession: stocksOpen, closedAt: closes.stock.at },
    crypto: { nowMs, inSession: true, closedAt: closes.crypto.at },
  };
}

const unmoved = (symbol: string): SymbolDay => ({
  symbol,
  quantity: ZERO,
  cash: ZERO,
  close: null,
});

/** Until the bar of that day is kept, the close that the venue tells beside its quote. */
const gainOf = (
  day: SymbolDay,
  quote: Quote | undefined,
  now: { readonly quantity: Decimal; readonly marketValue: Decimal },
): Decimal | null => dayPnl(now, day, day.close ?? quote?.previousClose ?? null);

/** Where no venue tells a price, that of the last bar which is kept. */
const keptClose = ({ close }: SymbolDay, at: Date): Mark | undefined =>
  close === null ? undefined : { price: close, source: "previous_close", at };

function isUnsure(
  mark: Mark | undefined,
  quote: Quote | undefined,
  { inSession, nowMs }: { readonly inSession: boolean; readonly nowMs: number },
): boolean {
  if (mark === undefined || quote === undefined) return true;
  return inSession && (mark.source === "previous_close" || isStale(quote, nowMs));
}

function dustOf({ quantity }: Position, instrument: Instrument | undefined): Decimal | undefined {
  if (instrument === undefined) return undefined;
  return isPositive(quantity) ? sub(quantity, wholeSteps(instrument, quantity)) : ZERO;
}
