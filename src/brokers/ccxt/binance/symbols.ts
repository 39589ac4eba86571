/** Binance quotes in USDT, which is taken at par with USD: our DOGE/USD is its DOGEUSDT, and DOGE/USDT in ccxt. */

const PAR = "USDT";

export const toCcxtSymbol = (symbol: string): string => symbol.replace(/\/USD$/, `/${PAR}`);
export const fromCcxtSymbol = (symbol: string): string => symbol.replace(/\/USDT$/, "/USD");

/** `DOGEUSDT` of `DOGE/USD`. */
export const toMarketId = (symbol: string): string => toCcxtSymbol(symbol).replace("/", "");

/** `DOGE/USD` of `DOGEUSDT`; undefined for a market that is not quoted in USDT. */
export function fromMarketId(id: string): string | undefined {
  return id.endsWith(PAR) && id.length > PAR.length ? `${id.slice(0, -PAR.length)}/USD` : undefined;
}

/** What fees in the quote currency are counted as. */
export const toFeeAsset = (asset: string): string => (asset === PAR ? "USD" : asset);

/** What tells the price of a fee asset that is neither of the market's own: `BNB/USD`; nothing where that needs none. */
export function feeMarketOf(marketId: string, asset: string): { feeMarket?: string } {
  const isOwn = asset === PAR || `${asset}${PAR}` === marketId;
  return isOwn ? {} : { feeMarket: `${asset}/USD` };
}

/** Binance's order ids repeat across markets, so ours name the market, too. */
export const toBrokerOrderId = (marketId: string, orderId: string): string =>
  `${marketId}:${orderId}`;

/** The venue's own part of such an id. */
export const fromBrokerOrderId = (brokerOrderId: string): string =>
  brokerOrderId.slice(brokerOrderId.indexOf(":") + 1);
