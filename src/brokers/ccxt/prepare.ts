import type { OrderToSubmit, RejectionReason } from "../broker.ts";
import type { ExchangeClient, ReadyExchange } from "./exchange-client.ts";

export interface Refused {
  readonly kind: "rejected";
  readonly reason: RejectionReason;
  readonly message: string;
}

export interface Prepared<Exchange, Market> extends ReadyExchange<Exchange, Market> {
  readonly kind: "ready";
  readonly market: Market;
}

/** The exchange and the order's market; where it is rejected, nothing has left for the venue. */
export async function prepare<Exchange, Market>(
  client: ExchangeClient<Exchange, Market>,
  { symbol }: Pick<OrderToSubmit, "symbol">,
  ccxtSymbol: string,
): Promise<Prepared<Exchange, Market> | Refused> {
  let ready: ReadyExchange<Exchange, Market>;
  try {
    ready = await client.ready();
  } catch {
    return { kind: "rejected", reason: "broker_busy", message: "markets not available" };
  }
  const market = ready.markets.get(ccxtSymbol);
  if (market === undefined) {
    const message = `no market for ${symbol}`;
    return { kind: "rejected", reason: "venue_not_tradable", message };
  }
  const { exchange, markets } = ready;
  return { kind: "ready", exchange, markets, market };
}
