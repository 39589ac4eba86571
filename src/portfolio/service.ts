import { type Decimal, divide, isPositive, sub, sum } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import { type AssetType, assetTypeOf } from "../domain/instrument.ts";
import type { Principal } from "../domain/principal.ts";
import { type CashDeps, deposit, reset } from "./cash.ts";
import { type HistoryDeps, readHistory } from "./history.ts";
import type { HistoryQuery } from "./history-prices.ts";
import { type MarkedPosition, markAll } from "./marking.ts";
import type { CashRequest, Marks, Portfolio, PortfolioRepository, TradeFilter } from "./ports.ts";

export interface PortfolioServiceDeps extends CashDeps, HistoryDeps {
  readonly portfolios: PortfolioRepository;
  readonly marks: Marks;
}

export interface Overview extends Portfolio {
  readonly openOrders: number;
  readonly positions: readonly MarkedPosition[];
  readonly stockMarketValue: Decimal;
  readonly cryptoMarketValue: Decimal;
  readonly totalValue: Decimal;
  readonly unrealizedPnl: Decimal;
  /** USD, at the last closes of the markets of what was held then. */
  readonly lastEquity: Decimal;
  /** What was gained since then; deposits are no gain. */
  readonly dayPnl: Decimal;
  /** Fraction of the last equity and what was deposited since. */
  readonly dayPnlPct: Decimal | null;
  /** The oldest of the prices used; null without positions. */
  readonly pricesAsOf: Date | null;
}

export type PortfolioService = ReturnType<typeof createPortfolioService>;

export function createPortfolioService(deps: PortfolioServiceDeps) {
  const { portfolios, marks } = deps;

  async function read(userId: string, wanted: (symbol: string) => boolean = () => true) {
    const closes = await marks.lastCloses();
    const snapshot = await portfolios.snapshot(userId, closes);
    if (snapshot === undefined) throw new AppError({ code: "unauthenticated" });
    const positions = snapshot.positions.filter(({ symbol }) => wanted(symbol));
    const days = snapshot.days.filter(({ symbol }) => wanted(symbol));
    return { ...snapshot, ...(await markAll(deps, { positions, days }, closes)) };
  }

  return {
    /** The account with every position at a market price. */
    async overview(userId: string): Promise<Overview> {
      const { portfolio, positions, openOrders, days, soldPnl, depositsSince } = await read(userId);
      const worth = (assetType: AssetType) =>
        sum(
          positions
            .filter((position) => position.assetType === assetType)
            .flatMap(({ value }) => value?.marketValue ?? []),
        );
      const stockMarketValue = worth("stock");
      const cryptoMarketValue = worth("crypto");
      const totalValue = sum([portfolio.cashBalance, stockMarketValue, cryptoMarketValue]);
      const dayPnl = sum([...positions.flatMap((position) => position.dayPnl ?? []), ...soldPnl]);
      const valueBefore = sub(totalValue, dayPnl);
      // Whose day an account of both kinds keeps.
      const market = days.some(({ symbol }) => assetTypeOf(symbol) === "stock")
        ? "stock"
        : "crypto";
      return {
        ...portfolio,
        openOrders,
        positions,
        stockMarketValue,
        cryptoMarketValue,
        totalValue,
        lastEquity: sub(valueBefore, depositsSince[market]),
        unrealizedPnl: sum(positions.flatMap(({ value }) => value?.unrealizedPnl ?? [])),
        dayPnl,
        dayPnlPct: isPositive(valueBefore) ? divide(dayPnl, valueBefore, 6) : null,
        pricesAsOf: oldest(positions),
      };
    },

    async positions(userId: string, assetType?: AssetType): Promise<readonly MarkedPosition[]> {
      const isWanted = (symbol: string) =>
        assetType === undefined || assetTypeOf(symbol) === assetType;
      return (await read(userId, isWanted)).positions;
    },

    async position(userId: string, symbol: string): Promise<MarkedPosition> {
      const { positions } = await read(userId, (other) => other === symbol);
      const [marked] = positions;
      if (marked === undefined) throw new AppError({ code: "position_not_found", symbol });
      return marked;
    },

    deposit: (principal: Principal, request: CashRequest) => deposit(deps, principal, request),

    reset: (principal: Principal, request: CashRequest) => reset(deps, principal, request),

    history: (userId: string, query: HistoryQuery) => readHistory(deps, userId, query),

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

function oldest(positions: readonly MarkedPosition[]): Date | null {
  const times = positions.flatMap(({ mark }) => (mark === undefined ? [] : [mark.at.getTime()]));
  return times.length === 0 ? null : new Date(Math.min(...times));
}
