/** Binance: REST, market streams and the WebSocket API on one port. */

import type { Core } from "../core.ts";
import { type Face, type FaceRequest, listen, type Reply, type Route } from "../http.ts";
import { serveSockets } from "../sockets.ts";
import { binanceAccountRoutes } from "./account-routes.ts";
import { binanceMarketRoutes } from "./market-routes.ts";
import { binanceMarketStream } from "./market-stream.ts";
import { binanceOrderRoutes } from "./order-routes.ts";
import { type BinanceRoute, fail } from "./route.ts";
import { type BinanceSettings, checkKey, checkSignature, checkTimestamp } from "./signing.ts";
import { binanceUserStream } from "./user-stream.ts";

const PREFIX = "/api/v3/";
const MINUTE_MS = 60_000;

export async function startBinanceFace(core: Core, settings: BinanceSettings, port: number) {
  let minute = 0;
  let used = 0;

  /** Adds to the minute's weight; refuses once it is spent. */
  function spend(weight: number): Reply | undefined {
    const nowMs = core.clock.now();
    if (Math.floor(nowMs / MINUTE_MS) !== minute) used = 0;
    minute = Math.floor(nowMs / MINUTE_MS);
    used += weight;
    if (settings.weightPerMinuteMax === 0 || used <= settings.weightPerMinuteMax) return undefined;
    const retryAfter = String(Math.ceil(((minute + 1) * MINUTE_MS - nowMs) / 1000));
    const refusal = fail(429, -1003, "Too much request weight used; please use the websocket.");
    return { ...refusal, headers: { "retry-after": retryAfter } };
  }

  function authorize(request: FaceRequest, params: URLSearchParams): Reply | undefined {
    const payload = [request.rawQuery, request.body].filter((part) => part !== "").join("");
    const key = request.headers["x-mbx-apikey"];
    const error =
      checkKey(core, settings, Array.isArray(key) ? key[0] : key) ??
      checkTimestamp(core, params.get("timestamp"), params.get("recvWindow")) ??
      checkSignature(
        core,
        settings,
        payload.replace(/&?signature=[^&]*/, ""),
        params.get("signature"),
      );
    return error && fail(error.status, error.code, error.msg);
  }

  const toRoute = (route: BinanceRoute): Route => ({
    method: route.method,
    path: PREFIX + route.path,
    submits: route.submits === true,
    run(request) {
      const params = paramsOf(request);
      const refusal =
        spend(route.weight) ?? (route.signed ? authorize(request, params) : undefined);
      return refusal ?? route.run(params);
    },
  });

  const face: Face = {
    name: "binance",
    routes: [
      ...binanceMarketRoutes(core),
      ...binanceOrderRoutes(core),
      ...binanceAccountRoutes(core),
    ].map(toRoute),
    headers: () => ({ "x-mbx-used-weight-1m": String(used), "x-mbx-used-weight": String(used) }),
    symbolOf: (request) => paramsOf(request).get("symbol") ?? undefined,
    problem: (status, msg) => ({ code: status === 429 ? -1003 : -1000, msg }),
  };

  const { server, url } = await listen(core, face, port);
  const market = binanceMarketStream(core);
  const user = binanceUserStream(core, settings);
  const sockets = serveSockets(core, "binance", server, (path) => {
    if (path === "/ws-api/v3") return user;
    return path === "/stream" || path === "/ws" || path.startsWith("/ws/") ? market : undefined;
  });

  return {
    url,
    stop: async () => {
      market.stop();
      user.stop();
      sockets.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function paramsOf({ query, body }: FaceRequest): URLSearchParams {
  const params = new URLSearchParams(query);
  for (const [name, value] of new URLSearchParams(body)) params.append(name, value);
  return params;
}
