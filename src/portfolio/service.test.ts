import { describe, expect, it } from "vitest";
import { type Decimal, decimal, ZERO } from "../domain/decimal.ts";
import { AppError } from "../domain/errors.ts";
import { assetTypeOf, type Instrument } from "../domain/instrument.ts";
import type { Quote } from "../domain/quote.ts";
import type { AccountSnapshot, PortfolioRepository, Position, SymbolDay } from "./ports.ts";
import { createPortfolioService } from "./service.ts";

const d = (text: string) => decimal(text);
const NOW = new Date("2026-11-23T15:00:00Z");
const CLOSES = {
  stock: { at: new Date("2026-11-20T21:00:00Z"), day: "2026-11-20" },
  crypto: { at: new Date("2026-11-23T00:00:00Z"), day: "2026-11-22" },
};

const positionOf = (symbol: string, quantity: string, costBasis: string): Position => ({
  id: symbol,
  symbol,
  assetType: assetTypeOf(symbol),
  quantity: d(quantity),
  quantityReserved: ZERO,
  costBasis: d(costBasis),
  averageEntryPrice: null,
  realizedPnl: ZERO,
  fees: ZERO,
  openedAt: NOW,
  closedAt: null,
  updatedAt: NOW,
});

const dayOf = (symbol: string, close: string | null, quantity = "0", cash = "0"): SymbolDay => ({
  symbol,
  quantity: d(quantity),
  cash: d(cash),
  close: close === null ? null : d(close),
});

const quoteOf = (symbol: string, price: string | null): Quote => ({
  symbol,
  bidPrice: null,
  bidSize: null,
  askPrice: null,
  askSize: null,
  price: price === null ? null : d(price),
  size: null,
  priceAtMs: NOW.getTime(),
  open: null,
  high: null,
  low: null,
  volume: null,
  previousClose: d("2"),
  halted: null,
  atMs: NOW.getTime(),
  confirmedAtMs: NOW.getTime(),
  source: "stream",
});

interface World {
  readonly cash?: string;
  readonly positions?: readonly Position[];
  readonly days?: readonly SymbolDay[];
  readonly deposits?: { readonly stock: Decimal; readonly crypto: Decimal };
  readonly quotes?: readonly Quote[];
}

function serviceOf({ cash = "0", positions = [], days = [], deposits, quotes = [] }: World) {
  const asked = { snapshots: 0, quotes: [] as (readonly string[])[] };
  const snapshot: AccountSnapshot = {
    portfolio: {
      id: "p",
      cashBalance: d(cash),
      cashReserved: ZERO,
      realizedPnl: ZERO,
      fees: ZERO,
      netDeposits: ZERO,
      lastSeq: 1,
      createdAt: NOW,
      updatedAt: NOW,
    },
    positions,
    openOrders: 0,
    days,
    depositsSince: deposits ?? { stock: ZERO, crypto: ZERO },
  };
  const unexpected = () => Promise.reject(new Error("not asked for in these tests"));
  const portfolios: PortfolioRepository = {
    async snapshot() {
      asked.snapshots += 1;
      return snapshot;
    },
    heldSymbols: unexpected,
    ledgerOver: unexpected,
    deposit: unexpected,
    reset: unexpected,
    trades: unexpected,
    ledger: unexpected,
    verify: unexpected,
  };
  const service = createPortfolioService({
    portfolios,
    marks: {
      async quotes(symbols) {
        asked.quotes.push(symbols);
        return new Map(quotes.map((quote) => [quote.symbol, quote]));
      },
      instruments: async (symbols) => new Map(symbols.map((symbol) => [symbol, COIN_STEPS])),
      lastCloses: async () => CLOSES,
      stockHours: async () => ({ isOpen: true, kept: true }),
    },
    prices: { bars: unexpected, stretchesPerSymbol: () => 1 },
    histories: new Map(),
    announce: () => {},
    now: () => NOW,
  });
  return { asked, service };
}

const COIN_STEPS = { quantityIncrement: d("1") } as Instrument;

describe("a portfolio", () => {
  it("of 100 positions takes one look at the database and one at the market", async () => {
    const symbols = Array.from({ length: 100 }, (_, n) => (n % 2 ? `C${n}/USD` : `S${n}`));
    const { asked, service } = serviceOf({
      positions: symbols.map((symbol) => positionOf(symbol, "2", "3")),
      days: symbols.map((symbol) => dayOf(symbol, "1")),
      quotes: symbols.map((symbol) => quoteOf(symbol, "2.5")),
    });
    const overview = await service.overview("u");
    expect(overview.positions).toHaveLength(100);
    expect(asked).toEqual({ snapshots: 1, quotes: [symbols] });
    expect(overview).toMatchObject({
      stockMarketValue: "250",
      cryptoMarketValue: "250",
      totalValue: "500",
      unrealizedPnl: "200",
      dayPnl: "300",
      lastEquity: "200",
    });
  });

  it("without any asks no market", async () => {
    const { asked, service } = serviceOf({ cash: "100" });
    expect(await service.overview("u")).toMatchObject({
      totalValue: "100",
      lastEquity: "100",
      dayPnl: "0",
      dayPnlPct: "0",
      pricesAsOf: null,
    });
    expect(asked.quotes).toEqual([]);
  });

  it("measures the day from the last closes, with what was bought, sold out and paid in since", async () => {
    const { service } = serviceOf({
      cash: "1000",
      positions: [positionOf("F", "15", "140")],
      days: [dayOf("F", "9.5", "5", "-49"), dayOf("T", "20", "-3", "63")],
      deposits: { stock: d("200"), crypto: d("999") },
      quotes: [quoteOf("F", "10")],
    });
    // 10 × (10 − 9.50) and 5 bought for 49.00 of F; 3 of T sold for 63.00.
    expect(await service.overview("u")).toMatchObject({
      totalValue: "1150",
      dayPnl: "9",
      lastEquity: "941",
      dayPnlPct: "0.007888",
    });
  });

  it("keeps the day of coins where it holds nothing else", async () => {
    const { service } = serviceOf({
      positions: [positionOf("DOGE/USD", "10", "3")],
      days: [dayOf("DOGE/USD", "0.3")],
      deposits: { stock: d("999"), crypto: d("1") },
      quotes: [quoteOf("DOGE/USD", "0.4")],
    });
    expect(await service.overview("u")).toMatchObject({ dayPnl: "1", lastEquity: "2" });
  });

  it("never counts a holding at what was paid for it", async () => {
    const { service } = serviceOf({
      positions: [positionOf("A", "2", "99"), positionOf("B", "2", "99")],
      days: [dayOf("A", "3"), dayOf("B", null)],
    });
    const { positions, totalValue, unrealizedPnl } = await service.overview("u");
    expect(positions).toMatchObject([
      {
        mark: { price: "3", source: "previous_close", at: CLOSES.stock.at },
        value: { marketValue: "6" },
        stale: true,
      },
      { mark: undefined, value: undefined, dayPnl: null, stale: true },
    ]);
    expect({ totalValue, unrealizedPnl }).toEqual({ totalValue: "6", unrealizedPnl: "-93" });
  });

  it("takes the venue's own close until the bar of that day is kept", async () => {
    const { service } = serviceOf({
      positions: [positionOf("F", "10", "1")],
      days: [dayOf("F", null)],
      quotes: [quoteOf("F", "2.5")],
    });
    expect(await service.position("u", "F")).toMatchObject({ dayPnl: "5" });
  });
});

describe("positions", () => {
  it("are asked for by themselves: those of a kind, or one", async () => {
    const { asked, service } = serviceOf({
      positions: [positionOf("DOGE/USD", "10.5", "3"), positionOf("F", "1", "1")],
      days: [dayOf("T", "20", "-3", "63")],
      quotes: [quoteOf("DOGE/USD", "0.4")],
    });
    expect(await service.positions("u", "crypto")).toMatchObject([
      { symbol: "DOGE/USD", dust: "0.5" },
    ]);
    expect((await service.position("u", "F")).symbol).toBe("F");
    expect(asked.quotes).toEqual([["DOGE/USD"], ["F"]]);
    const missing = service.position("u", "NOK");
    await expect(missing).rejects.toThrow(AppError);
  });
});
