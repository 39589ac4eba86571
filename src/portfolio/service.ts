import { type Decimal, divide, isPositive, sub, sum, ZERO } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import { type AssetType, type Instrument, wholeSteps } from "../domain/instrument.ts";
import type { Principal } from "../domain/principal.ts";
import { isStale, type Quote } from "../domain/quote.ts";
import { type Mark, markOf, type Value, valueAt } from "../domain/valuation.ts";
import { type CashDeps, deposit, reset } from "./cash.ts";
import type {
  CashRequest,
  Marks,
  Portfolio,
  PortfolioRepository,
  Position,
  TradeFilter,
} from "./ports.ts";

export interface PortfolioServiceDeps extends CashDeps {
  readonly portfolios: PortfolioRepository;
  readonly marks: Marks;
}

/** A position at a market price; without one (the venue has told none) it has neither mark nor value. */
export interface MarkedPosition extends Position {
  readonly mark: Mark | undefined;
  readonly stale: boolean;
  readonly value: Value | undefined;
  /** What is below the venue's step and can't be sold; undefined where no venue lists the symbol. */
  readonly dust: Decimal | undefined;
}

export interface Overview extends Portfolio {
  readonly openOrders: number;
  readonly positions: readonly MarkedPosition[];
  readonly stockMarketValue: Decimal;
  readonly cryptoMarketValue: Decimal;
  readonly totalValue: Decimal;
  readonly unrealizedPnl: Decimal;
  readonly dayPnl: Decimal;
  /** Fraction of the value at the previous closes. */
  readonly dayPnlPct: Decimal | null;
  /** The oldest of the prices used; null without positions. */
  readonly pricesAsOf: Date | null;
}

export type PortfolioService = ReturnType<typeof createPortfolioService>;

export function createPortfolioService(deps: PortfolioServiceDeps) {
  const { portfolios, marks, now } = deps;

  async function read(userId: string) {
    const snapshot = await portfolios.snapshot(userId);
    if (snapshot === undefined) throw new AppError({ code: "unauthenticated" });
    return snapshot;
  }

  async function markAll(positions: readonly Position[]): Promise<MarkedPosition[]> {
    if (positions.length === 0) return [];
    const symbols = positions.map((position) => position.symbol);
    const [quotes, instruments, stocksOpen] = await Promise.all([
      marks.quotes(symbols),
      marks.instruments(symbols),
      positions.some((position) => position.assetType === "stock") && marks.sessionOpen("stock"),
    ]);
    const nowMs = now().getTime();
    return positions.map((position) => {
      const inSession = position.assetType === "crypto" || stocksOpen;
      const { symbol } = position;
      const dust = dustOf(position, instruments.get(symbol));
      return { ...markPosition(position, quotes.get(symbol), inSession, nowMs), dust };
    });
  }

  return {
    /** The account with every position at a market price. */
    async overview(userId: string): Promise<Overview> {
      const { portfolio, positions, openOrders } = await read(userId);
      const marked = await markAll(positions);
      const worth = (assetType: AssetType) =>
        sum(marked.filter((p) => p.assetType === assetType).map(worthOf));
      const stockMarketValue = worth("stock");
      const cryptoMarketValue = worth("crypto");
      const totalValue = sum([portfolio.cashBalance, stockMarketValue, cryptoMarketValue]);
      const dayPnl = sum(marked.map((p) => p.value?.dayPnl ?? ZERO));
      const valueBefore = sub(totalValue, dayPnl);
      return {
        ...portfolio,
        openOrders,
        positions: marked,
        stockMarketValue,
        cryptoMarketValue,
        totalValue,
        unrealizedPnl: sum(marked.map((p) => p.value?.unrealizedPnl ?? ZERO)),
        dayPnl,
        dayPnlPct: isPositive(valueBefore) ? divide(dayPnl, valueBefore, 6) : null,
        pricesAsOf: oldest(marked),
      };
    },

    async positions(userId: string, assetType?: AssetType): Promise<MarkedPosition[]> {
      const { positions } = await read(userId);
      return markAll(positions.filter((p) => assetType === undefined || p.assetType === assetType));
    },

    async position(userId: string, symbol: string): Promise<MarkedPosition> {
      const { positions } = await read(userId);
      const [marked] = await markAll(positions.filter((position) => position.symbol === symbol));
      if (marked === undefined) throw new AppError({ code: "position_not_found", symbol });
      return marked;
    },

    deposit: (principal: Principal, request: CashRequest) => deposit(deps, principal, request),

    reset: (principal: Principal, request: CashRequest) => reset(deps, principal, request),

    trades: (userId: string, filter: TradeFilter) => portfolios.trades(userId, filter),

    ledger: (userId: string, before: number | undefined, limit: number) =>
      portfolios.ledger(userId, before, limit),

    /** Recomputes the account from its journal and ledger, and says where the answers' rows differ. */
    async verify(userId: string) {
      const { checks, headSeq } = await portfolios.verify(userId);
      return { ok: checks.length > 0 && checks.every((check) => check.ok), checks, headSeq };
    },
  };
}

function markPosition(
  position: Position,
  quote: Quote | undefined,
  inSession: boolean,
  nowMs: number,
): Omit<MarkedPosition, "dust"> {
  const mark = markOf(quote);
  if (quote === undefined || mark === undefined) {
    return { ...position, mark: undefined, stale: true, value: undefined };
  }
  const value = valueAt(position, mark.price, quote.previousClose);
  return { ...position, mark, stale: inSession && isStale(quote, nowMs), value };
}

function dustOf({ quantity }: Position, instrument: Instrument | undefined): Decimal | undefined {
  if (instrument === undefined) return undefined;
  return isPositive(quantity) ? sub(quantity, wholeSteps(instrument, quantity)) : ZERO;
}

// What can't be priced stands at its cost: leaving it out would show a loss that nobody made.
const worthOf = (position: MarkedPosition): Decimal =>
  position.value?.marketValue ?? position.costBasis;

function oldest(positions: readonly MarkedPosition[]): Date | null {
  const times = positions.flatMap(({ mark }) => (mark === undefined ? [] : [mark.at.getTime()]));
  return times.length === 0 ? null : new Date(Math.min(...times));
}
