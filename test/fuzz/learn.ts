/** Keeps what an answer tells that a later request can use. */

import type { Held } from "./held.ts";
import type { Answer, Sending } from "./send.ts";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

export function keepWhatItTells(
  { target }: Sending,
  { status, text }: Answer,
  held: Held,
  guests: Held,
): void {
  if (status >= 300 || text === "") return;
  const body: unknown = JSON.parse(text);
  if (!isObject(body)) return;
  held.keep("cursor", body.next_page_token);
  if (target.includes("/watchlists")) held.keep("watchlist", body.id);
  if (target.includes("/auth/api-keys")) {
    held.keep("api_key", body.id);
    if (body.secret !== undefined) held.keep("key_headers", `${body.key_id} ${body.secret}`);
  }
  if (target.includes("/orders") || target.includes("/positions")) {
    const { orders, results } = body;
    for (const order of [body, ...listOf(orders), ...listOf(results).map(({ order }) => order)]) {
      if (!isObject(order) || order.side === undefined || order.version === undefined) continue;
      held.keep("order", order.id);
      held.keep("client_order_id", order.client_order_id);
    }
  }
  if (body.access_token === undefined) return;
  guests.keep("access", body.access_token);
  guests.keep("refresh", body.refresh_token);
  guests.keep("session", body.session_id);
  if (!isObject(body.user)) return;
  guests.keep("email", body.user.email);
  guests.keep("username", body.user.username);
}

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
