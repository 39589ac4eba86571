/** The venue's control port, and what it says about orders and quotes. */

import type { Execution, VenueOrder } from "../../simulator/matching/order.ts";
import { fetchWithin } from "./fetch-within.ts";

export type VenueControl = (method: string, path: string, body?: object) => Promise<unknown>;

export type VenueOrderRecord = VenueOrder & { readonly executions: readonly Execution[] };

export interface VenueQuote {
  readonly symbol: string;
  readonly bid: string;
  readonly ask: string;
}

const QUOTES_FOR_MS = 250;
const ANSWER_WITHIN_MS = 30_000;

export function createVenueControl(url: string): VenueControl {
  return async (method, path, body) => {
    const { status, text } = await fetchWithin(ANSWER_WITHIN_MS, `${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (status !== 200) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text);
  };
}

export async function readVenueOrders(control: VenueControl): Promise<VenueOrderRecord[]> {
  return ((await control("GET", "/orders")) as { orders: VenueOrderRecord[] }).orders;
}

/** Quotes by the venue's symbol, read again when they are a quarter of a second old. */
export function createQuotes(control: VenueControl): () => Promise<Map<string, VenueQuote>> {
  let readAtMs = 0;
  let quotes: Promise<Map<string, VenueQuote>> | undefined;
  async function read(): Promise<Map<string, VenueQuote>> {
    const answer = (await control("GET", "/quotes")) as { quotes: VenueQuote[] };
    return new Map(answer.quotes.map((quote) => [quote.symbol, quote]));
  }
  return () => {
    if (quotes === undefined || Date.now() - readAtMs > QUOTES_FOR_MS) {
      readAtMs = Date.now();
      quotes = read();
    }
    return quotes;
  };
}
