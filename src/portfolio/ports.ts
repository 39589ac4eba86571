/** What reading a portfolio needs from storage and market. */

import type { Bar, BarRange } from "../domain/bar.ts";
import type { Decimal } from "../domain/decimal.ts";
import type { LedgerChange } from "../domain/equity.ts";
import type { AssetType, Instrument } from "../domain/instrument.ts";
import type { Close } from "../domain/market-day.ts";
import type { OrderSide } from "../domain/order.ts";
import type { Principal } from "../domain/principal.ts";
import type { Quote } from "../domain/quote.ts";
import type { DayFlow } from "../domain/valuation.ts";

export interface Portfolio {
  readonly id: string;
  /** USD, what is reserved included. */
  readonly cashBalance: Decimal;
  readonly cashReserved: Decimal;
  readonly realizedPnl: Decimal;
  readonly fees: Decimal;
  readonly netDeposits: Decimal;
  readonly lastSeq: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Position {
  readonly id: string;
  readonly symbol: string;
  readonly assetType: AssetType;
  readonly quantity: Decimal;
  readonly quantityReserved: Decimal;
  readonly costBasis: Decimal;
  readonly averageEntryPrice: Decimal | null;
  readonly realizedPnl: Decimal;
  readonly fees: Decimal;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly updatedAt: Date;
}

export interface Trade {
  readonly id: string;
  readonly orderId: string;
  readonly symbol: string;
  readonly assetType: AssetType;
  readonly side: OrderSide;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly value: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly feeUsd: Decimal;
  readonly liquidity: "maker" | "taker" | null;
  readonly executionId: string;
  readonly executedAt: Date;
  /** When the venue took it back. */
  readonly voidedAt: Date | null;
  readonly seq: number;
}

export interface LedgerTransaction {
  readonly id: string;
  readonly seq: number;
  readonly kind: string;
  readonly orderId: string | null;
  readonly tradeId: string | null;
  readonly createdAt: Date;
  readonly entries: readonly {
    readonly account: string;
    readonly asset: string;
    readonly amount: Decimal;
  }[];
}

/** Everything of one account at one instant. */
export interface AccountSnapshot {
  readonly portfolio: Portfolio;
  /** Open ones, by symbol. */
  readonly positions: readonly Position[];
  readonly openOrders: number;
  /** Of what is held, and of what was traded since the last close of its market. */
  readonly days: readonly SymbolDay[];
  /** USD, since the last close of either market; after a reset, since that. */
  readonly depositsSince: Readonly<Record<AssetType, Decimal>>;
}

/** A symbol since the last close of its market; after a reset, since that. */
export interface SymbolDay extends DayFlow {
  readonly symbol: string;
  /** Of that close; null where its bar is not kept. */
  readonly close: Decimal | null;
}

export type LastCloses = Readonly<Record<AssetType, Close>>;

export interface TradeFilter {
  readonly symbol?: string | undefined;
  readonly orderId?: string | undefined;
  readonly after?: Date | undefined;
  readonly until?: Date | undefined;
  /** The id after which the page begins. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: string | null;
  readonly actual: string | null;
  /** The rows that disagree, each with what is and what should be; the first twenty. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface CashRequest {
  /** USD, in cents. */
  readonly amount: Decimal;
  /** The client's name of the request. */
  readonly key: string | null;
}

/** As it was answered first. */
export interface Deposit {
  /** Of its ledger transaction. */
  readonly id: string;
  readonly seq: number;
  readonly amount: Decimal;
  readonly cashBalance: Decimal;
  readonly cashReserved: Decimal;
  readonly netDeposits: Decimal;
  readonly createdAt: Date;
}

/** As it was answered first. */
export interface Reset {
  readonly seq: number;
  readonly cashBalance: Decimal;
  /** Symbols. */
  readonly positionsClosed: readonly string[];
  readonly createdAt: Date;
}

/** Why no money was moved. */
export type CashRefusal =
  | { readonly kind: "unauthenticated" | "not_paper" | "conflict" }
  | { readonly kind: "account_inactive"; readonly accountStatus: string };

export type DepositResult =
  | { readonly kind: "deposited" | "replayed"; readonly answer: Deposit }
  | CashRefusal;

export type ResetResult =
  | { readonly kind: "reset" | "replayed"; readonly answer: Reset }
  | { readonly kind: "open_orders"; readonly orderIds: readonly string[] }
  | CashRefusal;

export interface LedgerQuery {
  readonly startMs: number;
  /** Changes are told by the ends of steps of this length, counted from the epoch. */
  readonly stepMs: number;
  /** The day, of either market, whose bars are not over at the start. */
  readonly startDays: Readonly<Record<AssetType, string>>;
  readonly changesMax: number;
}

/** What the ledger tells of an account since some time, or since it began or was reset, where that is later. */
export interface LedgerOver {
  readonly lastSeq: number;
  readonly beganAtMs: number;
  /** Now, by asset: `USD` and symbols. */
  readonly balances: ReadonlyMap<string, Decimal>;
  /** Null: more than was asked for at most. */
  readonly changes: readonly LedgerChange[] | null;
  /** The last daily closes before the start, of what is held and was traded since. */
  readonly openingCloses: ReadonlyMap<string, Decimal>;
}

/** Each method is one round trip. */
export interface PortfolioReader {
  snapshot(userId: string, closes: LastCloses): Promise<AccountSnapshot | undefined>;
  /** Symbols of open positions that hold something, ascending. */
  heldSymbols(userId: string): Promise<string[]>;
  ledgerOver(userId: string, query: LedgerQuery): Promise<LedgerOver | undefined>;
}

/** Each method is one round trip. */
export interface PortfolioRepository extends PortfolioReader {
  deposit(principal: Principal, request: CashRequest, at: Date): Promise<DepositResult>;
  /** `amount` is what the account starts over with. */
  reset(principal: Principal, request: CashRequest, at: Date): Promise<ResetResult>;
  /** Newest first. */
  trades(userId: string, filter: TradeFilter): Promise<Trade[]>;
  /** Newest first, below the seq `before`. */
  ledger(userId: string, before: number | undefined, limit: number): Promise<LedgerTransaction[]>;
  verify(userId: string): Promise<{ readonly checks: Check[]; readonly headSeq: number }>;
}

export interface Marks {
  /** The freshest quotes known, one look-up a venue; symbols without any are left out. */
  quotes(symbols: readonly string[]): Promise<ReadonlyMap<string, Quote>>;
  /** Those that a venue lists or ever listed. */
  instruments(symbols: readonly string[]): Promise<ReadonlyMap<string, Instrument>>;
  lastCloses(): Promise<LastCloses>;
  /** Whether stocks trade now, and whether their venue keeps the hours of the calendar. */
  stockHours(): Promise<{ readonly isOpen: boolean; readonly kept: boolean }>;
}

/** The past of prices. */
export interface PriceHistory {
  /** By symbol, ascending. Throws `busy` and `upstream_error` where bars are missing and can't be had. */
  bars(
    instruments: readonly Instrument[],
    range: BarRange,
  ): Promise<ReadonlyMap<string, readonly Bar[]>>;
  /** How many look-ups `bars` takes for each symbol. */
  stretchesPerSymbol(instrument: Instrument, range: BarRange): number;
}
