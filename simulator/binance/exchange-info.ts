/** GET exchangeInfo: the pairs with their filters. */

import { type Decimal, decimal, mul } from "../../src/domain/decimal.ts";
import { decimalOf } from "../market/instruments.ts";
import type { Listing } from "../market/market.ts";
import {
  NOTIONAL_MAX,
  PRICE_DOWN_MIN,
  PRICE_UP_MAX,
  QUANTITY_MAX,
} from "../matching/binance-rules.ts";
import { fixed } from "./order-json.ts";

const PRICE_MAX = decimal("1000000");

export function exchangeInfoJson(listings: readonly Listing[], nowMs: number) {
  return {
    timezone: "UTC",
    serverTime: nowMs,
    rateLimits: [
      { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 6000 },
      { rateLimitType: "ORDERS", interval: "SECOND", intervalNum: 10, limit: 100 },
      { rateLimitType: "ORDERS", interval: "DAY", intervalNum: 1, limit: 200_000 },
    ],
    exchangeFilters: [],
    symbols: listings.map(symbolJson),
  };
}

function symbolJson({ instrument, walk }: Listing) {
  return {
    symbol: instrument.symbol,
    status: walk.halted ? "HALT" : "TRADING",
    baseAsset: instrument.baseAsset,
    baseAssetPrecision: 8,
    quoteAsset: instrument.quoteAsset,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: [
      "LIMIT",
      "LIMIT_MAKER",
      "MARKET",
      "STOP_LOSS",
      "STOP_LOSS_LIMIT",
      "TAKE_PROFIT",
      "TAKE_PROFIT_LIMIT",
    ],
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      {
        filterType: "PRICE_FILTER",
        minPrice: fixed(instrument.tick),
        maxPrice: fixed(PRICE_MAX),
        tickSize: fixed(instrument.tick),
      },
      sizeFilter("LOT_SIZE", instrument.lot),
      sizeFilter("MARKET_LOT_SIZE", instrument.lot),
      {
        filterType: "PERCENT_PRICE_BY_SIDE",
        bidMultiplierUp: PRICE_UP_MAX,
        bidMultiplierDown: PRICE_DOWN_MIN,
        askMultiplierUp: PRICE_UP_MAX,
        askMultiplierDown: PRICE_DOWN_MIN,
        avgPriceMins: 0,
      },
      {
        filterType: "NOTIONAL",
        minNotional: fixed(instrument.minNotional),
        applyMinToMarket: true,
        maxNotional: fixed(NOTIONAL_MAX),
        applyMaxToMarket: true,
        avgPriceMins: 0,
      },
      { filterType: "MAX_NUM_ORDERS", maxNumOrders: 200_000 },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
    defaultSelfTradePreventionMode: "NONE",
    allowedSelfTradePreventionModes: ["NONE"],
  };
}

const sizeFilter = (filterType: string, lot: Decimal) => ({
  filterType,
  minQty: fixed(lot),
  maxQty: fixed(QUANTITY_MAX),
  stepSize: fixed(lot),
});

/** Price and size of a listing's units as Binance prints them. */
export const priceText = ({ instrument }: Listing, ticks: number): string =>
  fixed(decimalOf(ticks, instrument.priceScale));
export const sizeText = ({ instrument }: Listing, lots: number): string =>
  fixed(decimalOf(lots, instrument.sizeScale));
/** A sum of ticks × lots, in the quote currency. */
export const valueText = ({ instrument }: Listing, value: number): string =>
  fixed(mul(mul(decimal(value), instrument.tick), instrument.lot));
