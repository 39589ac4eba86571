/** Alpaca: trading and market data, REST and streams, on one port. */

import type { Core } from "../core.ts";
import { type Face, type FaceRequest, listen, type Reply } from "../http.ts";
import { randomUuid, seededState } from "../market/random.ts";
import { serveSockets } from "../sockets.ts";
import { alpacaAccountRoutes } from "./account-routes.ts";
import { alpacaDataRoutes } from "./data-routes.ts";
import { alpacaDataStream } from "./data-stream.ts";
import { alpacaOrderRoutes } from "./order-routes.ts";
import { alpacaReferenceRoutes } from "./reference-routes.ts";
import type { AlpacaSettings } from "./settings.ts";
import { alpacaUpdatesStream } from "./updates-stream.ts";

const MINUTE_MS = 60_000;
/** What the rate headers say where nothing is enforced. */
const REQUESTS_SHOWN = 10_000;

export async function startAlpacaFace(core: Core, settings: AlpacaSettings, port: number) {
  const requestIds = seededState("alpaca requests");
  const requestsMax = settings.requestsPerMinuteMax || REQUESTS_SHOWN;
  let minute = 0;
  let used = 0;

  const remaining = () => Math.max(0, requestsMax - used);
  const untilReset = () => Math.ceil(((minute + 1) * MINUTE_MS) / 1000);

  function guard({ headers }: FaceRequest): Reply | undefined {
    const valid =
      headers["apca-api-key-id"] === settings.keyId &&
      headers["apca-api-secret-key"] === settings.secret;
    core.counters.count("keys", `alpaca ${valid ? "valid" : "invalid"}`);
    if (!valid) return { status: 401, body: { message: "unauthorized." } };
    const nowMinute = Math.floor(core.clock.now() / MINUTE_MS);
    used = nowMinute === minute ? used + 1 : 1;
    minute = nowMinute;
    if (settings.requestsPerMinuteMax === 0 || used <= requestsMax) return undefined;
    return { status: 429, body: { code: 42910000, message: "rate limit exceeded" } };
  }

  const face: Face = {
    name: "alpaca",
    routes: [
      ...alpacaOrderRoutes(core),
      ...alpacaAccountRoutes(core),
      ...alpacaReferenceRoutes(core),
      ...alpacaDataRoutes(core),
    ],
    guard,
    headers: () => ({
      "x-request-id": randomUuid(requestIds).replaceAll("-", ""),
      "x-ratelimit-limit": String(requestsMax),
      "x-ratelimit-remaining": String(remaining()),
      "x-ratelimit-reset": String(untilReset()),
    }),
    symbolOf: (request) =>
      symbolOfRequest(request) ?? core.exchange.orders.find(request.params.id ?? "")?.terms.symbol,
    problem: (status, message) => ({ code: status * 100_000 + 10_000, message }),
  };

  const { server, url } = await listen(core, face, port);
  const data = alpacaDataStream(core, settings);
  const updates = alpacaUpdatesStream(core, settings);
  const sockets = serveSockets(core, "alpaca", server, (path) => {
    if (path === "/stream") return updates;
    return ["/v2/iex", "/v2/sip", "/v2/delayed_sip"].includes(path) ? data : undefined;
  });

  return {
    url,
    stop: async () => {
      sockets.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function symbolOfRequest({ params, query, body }: FaceRequest): string | undefined {
  const [, inBody] = /"symbol"\s*:\s*"([^"]+)"/.exec(body) ?? [];
  return inBody ?? params.symbol ?? query.get("symbols") ?? undefined;
}
