/** What a refusal says to a person, and its facts as members of the problem. */

import { formatMoney } from "../domain/decimal.ts";
import type { Refusal } from "../domain/errors.ts";

interface RefusalDescription {
  readonly detail: string;
  /** In snake_case; amounts as decimal text. */
  readonly members: Readonly<Record<string, unknown>>;
}

export function describeRefusal(refusal: Refusal): RefusalDescription {
  switch (refusal.code) {
    case "malformed_json":
      return say(`The body is not valid JSON: ${refusal.message}.`);
    case "invalid_page_token":
      return say("The page token was not made by this list.");
    case "unauthenticated":
      return say("The request needs a valid access token or API key.");
    case "token_expired":
      return say("The access token has expired; refresh it.");
    case "invalid_credentials":
      return say("No account has this name and password.");
    case "invalid_refresh_token":
      return say("The refresh token is unknown, expired or revoked; log in again.");
    case "refresh_token_reused":
      return say("The refresh token was used before; its session has been ended.");
    case "insufficient_scope":
      return refusal.scope === "session"
        ? say("This needs a session: an API key can't do it.", { scope: refusal.scope })
        : say(`The credential lacks the scope ${refusal.scope}.`, { scope: refusal.scope });
    case "origin_not_allowed":
      return say("Pages of this origin may not open streams here.");
    case "account_inactive":
      return say(`The account is ${refusal.accountStatus}.`, {
        account_status: refusal.accountStatus,
      });
    case "account_restricted":
      return say("The account may only sell and close positions.", kept(refusal));
    case "paper_account_required":
      return say("Only paper accounts can do this; money of a live one is not ours to make.");
    case "trading_suspended":
      return say("Trading is suspended.", kept(refusal));
    case "insufficient_buying_power": {
      const required = formatMoney(refusal.required);
      const available = formatMoney(refusal.available);
      return say(`The order needs ${required} USD; ${available} USD is free.`, {
        ...kept(refusal),
        required,
        available,
      });
    }
    case "insufficient_quantity": {
      const { symbol, required, available, heldBy } = refusal;
      const holders = heldBy.length === 0 ? "" : `; open orders hold the rest`;
      return say(`The order sells ${required} ${symbol}; ${available} is free${holders}.`, {
        ...kept(refusal),
        symbol,
        required,
        available,
        held_by: heldBy,
      });
    }
    case "not_found":
      return say("Nothing is here.");
    case "order_not_found":
      return say("There is no such order.");
    case "position_not_found":
      return say(`There is no open position in ${refusal.symbol}.`, { symbol: refusal.symbol });
    case "symbol_not_found":
      return say(`There is no symbol ${refusal.symbol}.`, { symbol: refusal.symbol });
    case "method_not_allowed":
      return say(`This resource takes ${refusal.allow.join(", ")}.`, { allow: refusal.allow });
    case "payload_too_large":
      return say(`The body may have at most ${refusal.maxBytes} bytes.`, {
        max_bytes: refusal.maxBytes,
      });
    case "request_timeout":
      return say(`The body has to arrive within ${refusal.withinMs / 1_000} s.`);
    case "uri_too_long":
      return say(`The address may have at most ${refusal.maxCharacters} characters.`, {
        max_characters: refusal.maxCharacters,
      });
    case "headers_too_large":
      return say(`The headers may have at most ${refusal.maxCharacters} characters in all.`, {
        max_characters: refusal.maxCharacters,
      });
    case "unsupported_media_type":
      return say(`The body must be ${refusal.expected}.`, { expected: refusal.expected });
    case "email_taken":
      return say("An account with this e-mail exists.", { field: "email" });
    case "username_taken":
      return say("An account with this username exists.", { field: "username" });
    case "watchlist_name_taken":
      return say(`Another list is called ${refusal.name}.`, { field: "name", name: refusal.name });
    case "watchlist_limit_reached":
      return say(`An account has at most ${refusal.max} watchlists.`, { max: refusal.max });
    case "api_key_limit_reached":
      return say(`An account has at most ${refusal.max} API keys.`, { max: refusal.max });
    case "idempotency_conflict":
      return say("The key was used before with other terms.", kept(refusal));
    case "order_not_cancelable":
      return say(`The order is ${refusal.status} and cannot be canceled.`, {
        ...kept(refusal),
        order_status: refusal.status,
      });
    case "order_not_replaceable": {
      const why = refusal.message === null ? "" : `: ${refusal.message}`;
      return say(`The order is ${refusal.status} and cannot be replaced${why}.`, {
        ...kept(refusal),
        order_status: refusal.status,
      });
    }
    case "replace_incomplete":
      return say(`The old order is canceled, the new one was refused: ${refusal.message}.`, {
        ...kept(refusal),
        replacement_id: refusal.replacementId,
      });
    case "open_orders_exist":
      return say("Orders are still open; cancel them first.", { order_ids: refusal.orderIds });
    case "validation_error": {
      const [first] = refusal.errors;
      const place = first === undefined || first.path === "" ? "The request" : first.path;
      const end = first?.message.endsWith("?") ? "" : ".";
      const detail =
        first === undefined ? "The request is invalid." : `${place}: ${first.message}${end}`;
      return say(detail, { errors: refusal.errors });
    }
    case "price_increment_invalid":
      return say(`${refusal.path} must be a multiple of ${refusal.increment}.`, {
        path: refusal.path,
        increment: refusal.increment,
      });
    case "quantity_increment_invalid": {
      const { path, increment, minimum } = refusal;
      const least = minimum === null ? "" : ` and at least ${minimum}`;
      return say(`${path} must be a multiple of ${increment}${least}.`, {
        path,
        increment,
        minimum,
      });
    }
    case "order_type_unsupported":
    case "time_in_force_unsupported":
      return say(refusal.message);
    case "market_closed": {
      const nextOpen = refusal.nextOpen?.toISOString() ?? null;
      const when = nextOpen === null ? "" : `; it opens at ${nextOpen}`;
      return say(`The market is closed${when}.`, { next_open: nextOpen });
    }
    case "interval_period_unsupported": {
      const { interval, period, supported } = refusal;
      const [shortest, ...others] = supported[interval];
      const longest = others.at(-1) ?? shortest;
      const asked = period === null ? "more than that" : period;
      return say(
        shortest === undefined
          ? `Bars of ${interval} of so many symbols can't be had at once.`
          : `Bars of ${interval} can be had over ${shortest} to ${longest}, not over ${asked}.`,
        {
          interval,
          period,
          supported,
        },
      );
    }
    case "price_outside_universe": {
      const price = formatMoney(refusal.price);
      const cap = formatMoney(refusal.cap);
      return say(`A unit costs ${price} USD; buys are for units up to ${cap} USD.`, {
        ...kept(refusal),
        price,
        cap,
      });
    }
    case "asset_not_tradable":
      return say(`${refusal.symbol} cannot be bought.`, {
        ...kept(refusal),
        symbol: refusal.symbol,
      });
    case "notional_below_minimum": {
      const value = formatMoney(refusal.value);
      const minimum = formatMoney(refusal.minimum);
      return say(`The order is worth ${value} USD; the least is ${minimum} USD.`, {
        ...kept(refusal),
        value,
        minimum,
      });
    }
    case "stop_price_in_market": {
      const stopPrice = formatMoney(refusal.stopPrice);
      const marketPrice = formatMoney(refusal.marketPrice);
      return say(
        `The market stands at ${marketPrice} USD: a stop at ${stopPrice} USD is met already.`,
        {
          ...kept(refusal),
          stop_price: stopPrice,
          market_price: marketPrice,
        },
      );
    }
    case "upgrade_required":
      return say("This resource speaks WebSocket; ask for an upgrade.");
    case "rate_limited":
      return say(`Too many requests; try again in ${refusal.retryAfterS} s.`);
    case "internal":
      return say("Something went wrong on our side; the request id names it in our logs.");
    case "upstream_error":
      return say("The venue could not be asked; try again.");
    case "quote_stale":
      return say(`The last quote of ${refusal.symbol} is ${refusal.ageMs} ms old.`, {
        symbol: refusal.symbol,
        age_ms: refusal.ageMs,
      });
    case "quote_unavailable":
      return say(`There is no quote of ${refusal.symbol} now.`, { symbol: refusal.symbol });
    case "broker_not_configured":
      return say(`Orders through ${refusal.venue} are not set up here.`, { venue: refusal.venue });
    case "broker_busy":
      return say("The broker takes no more orders for the moment; this one was not sent.", {
        ...kept(refusal),
      });
    case "database_unavailable":
      return say("The database does not answer; try again.");
    case "busy":
      return say("Too much is under way; try again.");
  }
}

function say(detail: string, members: RefusalDescription["members"] = {}): RefusalDescription {
  return { detail, members };
}

// A refused order that was kept is named, so that the client can look it up.
function kept({ orderId }: { readonly orderId?: string }): { order_id?: string } {
  return orderId === undefined ? {} : { order_id: orderId };
}
