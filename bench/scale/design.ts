/** The limits of our own that the arithmetic meets, out of the code and the settings themselves. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../local/checkout.ts";
import { BATCH_MAX, OPEN_PAGE, OPEN_PAGES_MAX } from "../../src/brokers/link-plan.ts";
import { parseRateLimits } from "../../src/domain/rate-limits.ts";
import { budgetMs, WINDOW_MAX_MS } from "../../src/streams/flush-window.ts";
import { ASK_EVERY } from "../../src/streams/link.ts";
import { HEARTBEAT_MS } from "../../src/streams/protocol.ts";
import { GATEWAY_SOCKETS_MAX, GATEWAYS_MAX } from "../../src/streams/spread.ts";

export interface Design {
  readonly gatewaySockets: number;
  /** Of one location. */
  readonly gateways: number;
  /** The shortest that a full gateway keeps by its own budget. */
  readonly windowMs: number;
  readonly windowMaxMs: number;
  readonly heartbeatMs: number;
  /** Pushes over a socket between objects, of which one is answered. */
  readonly askEvery: number;
  /** Reports a booking. */
  readonly batch: number;
  /** That a link compares with its venue. */
  readonly openOrders: number;
  /** Of one account. */
  readonly ordersAMinute: number;
}

export function readDesign(): Design {
  const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
  const setting = (name: string) => new RegExp(`^${name} = "(.*)"$`, "m").exec(toml)?.[1] ?? "";
  const rates = parseRateLimits(setting("RATE_LIMITS"));
  if (rates === undefined) throw new Error("wrangler.toml has no RATE_LIMITS");
  const full = budgetMs({ frames: GATEWAY_SOCKETS_MAX, batches: 1 });
  return {
    gatewaySockets: GATEWAY_SOCKETS_MAX,
    gateways: GATEWAYS_MAX,
    windowMs: Math.round(Math.max(Number(setting("STREAM_WINDOW_MS")), full)),
    windowMaxMs: WINDOW_MAX_MS,
    heartbeatMs: HEARTBEAT_MS,
    askEvery: ASK_EVERY,
    batch: BATCH_MAX,
    openOrders: OPEN_PAGE * OPEN_PAGES_MAX,
    ordersAMinute: rates.orders,
  };
}
