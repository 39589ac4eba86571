/** POST order/cancelReplace: both halves in one answer, and the two errors for a half and for none. */

import type { Core } from "../core.ts";
import type { Reply } from "../http.ts";
import type { Listing } from "../market/market.ts";
import type { OrderTerms, Refusal, VenueOrder } from "../matching/order.ts";
import { toCanceledJson, toFullJson } from "./order-json.ts";
import { type BinanceRoute, fail, symbolUnknown } from "./route.ts";

interface Reading {
  readonly listingOf: (params: URLSearchParams) => Listing | undefined;
  readonly find: (
    params: URLSearchParams,
    id: string | null,
    clientId: string | null,
  ) => VenueOrder | undefined;
  readonly readTerms: (params: URLSearchParams, newId: () => string) => OrderTerms | Refusal;
}

export function cancelReplaceRoute(core: Core, reading: Reading): BinanceRoute {
  const { exchange } = core;

  function run(params: URLSearchParams): Reply {
    const listing = reading.listingOf(params);
    if (listing === undefined) return symbolUnknown;
    // ALLOW_FAILURE is not spoken here.
    if (params.get("cancelReplaceMode") !== "STOP_ON_FAILURE")
      return fail(400, -1102, "Mandatory parameter 'cancelReplaceMode' was not sent.");
    const id = params.get("cancelOrderId");
    const clientId = params.get("cancelOrigClientOrderId");
    if (id === null && clientId === null)
      return fail(400, -1128, "Combination of optional parameters invalid.");
    const restriction = params.get("cancelRestrictions");
    if (restriction !== null && restriction !== "ONLY_NEW")
      return fail(400, -1145, "Invalid cancelRestrictions");
    const terms = reading.readTerms(params, exchange.newUuid);
    if ("message" in terms) return fail(terms.status, terms.code, terms.message);

    const order = reading.find(params, id, clientId);
    const outcome = exchange.cancelReplace(order, terms, listing, {
      cancelId: params.get("cancelNewClientOrderId") ?? exchange.newUuid().slice(0, 22),
      onlyNew: restriction === "ONLY_NEW",
    });
    const canceled = order === undefined ? null : toCanceledJson(order);
    switch (outcome.kind) {
      case "refused":
        return fail(outcome.refusal.status, outcome.refusal.code, outcome.refusal.message);
      case "not_canceled":
        return failure(400, -2022, "Order cancel-replace failed.", {
          cancelResult: "FAILURE",
          newOrderResult: "NOT_ATTEMPTED",
          cancelResponse: bare(outcome.refusal),
          newOrderResponse: null,
        });
      case "half":
        return failure(409, -2021, "Order cancel-replace partially failed.", {
          cancelResult: "SUCCESS",
          newOrderResult: "FAILURE",
          cancelResponse: canceled,
          newOrderResponse: bare(outcome.refusal),
        });
      case "taken": {
        const executions = exchange.orders.executionsOf(outcome.order);
        const body = {
          cancelResult: "SUCCESS",
          newOrderResult: "SUCCESS",
          cancelResponse: canceled,
          newOrderResponse: toFullJson(outcome.order, executions),
        };
        return { status: 200, body };
      }
    }
  }

  return {
    method: "POST",
    path: "order/cancelReplace",
    weight: 1,
    signed: true,
    submits: true,
    run,
  };
}

const bare = ({ code, message }: Refusal) => ({ code, msg: message });

const failure = (status: number, code: number, msg: string, data: unknown): Reply => ({
  status,
  body: { code, msg, data },
});
