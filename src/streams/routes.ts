import * as z from "zod";
import "../http/describable.ts";
import type { Context } from "hono";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/id.ts";
import { parseSymbol } from "../domain/instrument.ts";
import type { Principal } from "../domain/principal.ts";
import { apiKeyOf } from "../http/api-key-headers.ts";
import type { AppEnv } from "../http/app-env.ts";
import { PUBLIC, problems } from "../http/openapi.ts";
import { createRouter } from "../http/router.ts";
import { FULL_STATUS, type Handshake, toUpgradeRequest } from "./handshake.ts";
import { locationHintFor } from "./location-hint.ts";
import { SUBPROTOCOL } from "./protocol.ts";
import { GATEWAYS_MAX } from "./spread.ts";

/** One connection in so many asks the first gateway again: places become free there too. */
const LOOK_BACK_EVERY = 16;
const TOKEN_SUBPROTOCOL = "bearer.";

/** The streams, to be mounted at `/ws`. The socket ends in an object: the Worker only says who it is. */
export const streamRoutes = createRouter();

streamRoutes.get("/market", async (c) => {
  const handshake = await shakeHands(c);
  return accept(handshake, await enterGateway(c, handshake));
});
// A pair's slash may come as it is or escaped.
streamRoutes.get("/market/:symbol{.+}", async (c) => {
  const handshake = await shakeHands(c);
  const spelling = c.req.param("symbol");
  const symbol = parseSymbol(spelling);
  const known = symbol && (await c.var.services.streams.instrumentExists([symbol])).has(symbol);
  if (!known) throw new AppError({ code: "symbol_not_found", symbol: symbol ?? spelling });
  const room = c.env.SYMBOL_ROOM.getByName(symbol);
  return accept(handshake, await room.fetch(toUpgradeRequest(handshake)));
});

const credentials = z.object({
  token: z.string().optional().openapi({ description: "An access token." }),
  ticket: z.string().optional().openapi({ description: "Of `POST /api/v1/auth/ws-ticket`." }),
});
const described = { method: "get" as const, tags: ["Streams"], security: PUBLIC };

streamRoutes.described.push({
  ...described,
  operationId: "openStream",
  path: "/market",
  summary: "A stream of many symbols and of the account's journal",
  description:
    "The credential may also come as the subprotocol `bearer.<token>` beside `speedtrade`, as an API key in `X-API-Key-Id` and `X-API-Secret-Key`, or as a token in a first message within 10 s.",
  request: { query: credentials },
  responses: {
    101: { description: "Every frame is a JSON array of messages." },
    ...problems(401, 403, 426, 429, 500, 503),
  },
});
streamRoutes.described.push({
  ...described,
  operationId: "openSymbolStream",
  path: "/market/{symbol}",
  summary: "The same protocol, with every tick of one symbol",
  request: {
    params: z.object({ symbol: z.string().openapi({ example: "F" }) }),
    query: credentials,
  },
  responses: {
    101: { description: "Every frame is a JSON array of messages." },
    ...problems(401, 403, 404, 426, 429, 500, 503),
  },
});

async function shakeHands(c: Context<AppEnv>): Promise<Handshake> {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    throw new AppError({ code: "upgrade_required" });
  refuseForeignPage(c);
  const offered = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((s) => s.trim());
  const token =
    c.req.query("token") ??
    offered.find((each) => each.startsWith(TOKEN_SUBPROTOCOL))?.slice(TOKEN_SUBPROTOCOL.length);
  const principal = await identify(c, c.req.query("ticket"), token);
  if (principal !== null && !principal.scopes.includes("read"))
    throw new AppError({ code: "insufficient_scope", scope: "read" });
  if (principal !== null) c.set("principal", principal);
  const { requestId } = c.var;
  const subprotocol = offered.includes(SUBPROTOCOL);
  return { connectionId: newId(), requestId, principal, subprotocol };
}

/** Browsers let any page open a socket, and say whose it is; others say nothing. */
function refuseForeignPage(c: Context<AppEnv>): void {
  const origin = c.req.header("origin");
  if (origin === undefined || origin === new URL(c.req.url).origin) return;
  if (!c.var.origins.includes(origin)) throw new AppError({ code: "origin_not_allowed" });
}

/** Null: the client will say who it is by its first message. */
async function identify(
  c: Context<AppEnv>,
  ticket: string | undefined,
  token: string | undefined,
): Promise<Principal | null> {
  const { services } = c.var;
  if (ticket !== undefined) return await services.auth.streamTickets.redeem(ticket);
  if (token !== undefined) return await services.streams.verifyToken(token);
  const key = apiKeyOf(c);
  return key === null ? null : await services.auth.apiKeys.verify(key.keyId, key.secret);
}

/** How long a region counts as full once every gateway has said so: each of them was asked. */
const FULL_FOR_MS = 1_000;

/** By region, the gateway that takes the next connection of this isolate, as far as that is known. */
const nextEntered = new Map<string, number>();
const fullUntilMs = new Map<string, number>();

/** The answer of the first gateway that has a place. */
async function enterGateway(c: Context<AppEnv>, handshake: Handshake): Promise<Response> {
  const region = regionOf(c.req.raw);
  const locationHint = locationHintFor(c.req.raw.cf?.continent);
  const options = locationHint === undefined ? {} : { locationHint };
  const nowMs = c.var.services.streams.now().getTime();
  if (nowMs < (fullUntilMs.get(region) ?? 0)) throw new AppError({ code: "busy" });
  const first = looksBack(handshake) ? 0 : (nextEntered.get(region) ?? 0);
  for (let tried = 0; tried < GATEWAYS_MAX; tried += 1) {
    const shard = (first + tried) % GATEWAYS_MAX;
    const gateway = c.env.STREAM_GATEWAY.getByName(`${region}:${shard}`, options);
    const answer = await gateway.fetch(toUpgradeRequest(handshake)).catch((error: unknown) => {
      // The next connection goes elsewhere. This one may be in already, so it is not tried again.
      nextEntered.set(region, (shard + 1) % GATEWAYS_MAX);
      throw error;
    });
    if (answer.status === FULL_STATUS) continue;
    nextEntered.set(region, shard);
    fullUntilMs.delete(region);
    return answer;
  }
  fullUntilMs.set(region, nowMs + FULL_FOR_MS);
  throw new AppError({ code: "busy" });
}

function accept(handshake: Handshake, answer: Response): Response {
  if (answer.webSocket === null) throw new AppError({ code: "busy" });
  // An answer of our own, since the object's headers can't be added to.
  const headers = new Headers(
    handshake.subprotocol ? { "sec-websocket-protocol": SUBPROTOCOL } : {},
  );
  return new Response(null, { status: 101, webSocket: answer.webSocket, headers });
}

/** Where the client's request came in. */
function regionOf(request: Request): string {
  const { cf } = request;
  const region = cf?.colo ?? cf?.continent;
  return typeof region === "string" && region !== "" ? region : "local";
}

/** The last digits of an id are random. */
const looksBack = ({ connectionId }: Handshake): boolean =>
  Number.parseInt(connectionId.slice(-4), 16) % LOOK_BACK_EVERY === 0;
