import { type Context, Hono } from "hono";
import { AppError } from "../domain/errors.ts";
import { newId } from "../domain/id.ts";
import { parseSymbol } from "../domain/instrument.ts";
import type { Principal } from "../domain/principal.ts";
import type { AppEnv } from "../http/app-env.ts";
import { type Handshake, toUpgradeRequest } from "./handshake.ts";
import { SUBPROTOCOL } from "./protocol.ts";

/** Gateways of a region: enough that one is not the bottleneck, few enough that each symbol goes to few. */
const GATEWAY_SHARDS = 4;
const TOKEN_SUBPROTOCOL = "bearer.";

/** The streams, to be mounted at `/ws`. The socket ends in an object: the Worker only says who it is. */
export const streamRoutes = new Hono<AppEnv>()
  .get("/market", async (c) => {
    const handshake = await shakeHands(c);
    const gateway = `${regionOf(c.req.raw)}:${shardOf(handshake.connectionId)}`;
    return upgrade(handshake, c.env.STREAM_GATEWAY.getByName(gateway));
  })
  // A pair's slash may come as it is or escaped.
  .get("/market/:symbol{.+}", async (c) => {
    const handshake = await shakeHands(c);
    const spelling = c.req.param("symbol");
    const symbol = parseSymbol(spelling);
    const known = symbol && (await c.var.services.streams.instrumentExists([symbol])).has(symbol);
    if (!known) throw new AppError({ code: "symbol_not_found", symbol: symbol ?? spelling });
    return upgrade(handshake, c.env.SYMBOL_ROOM.getByName(symbol));
  });

async function shakeHands(c: Context<AppEnv>): Promise<Handshake> {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    throw new AppError({ code: "upgrade_required" });
  const offered = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((s) => s.trim());
  const token =
    c.req.query("token") ??
    offered.find((each) => each.startsWith(TOKEN_SUBPROTOCOL))?.slice(TOKEN_SUBPROTOCOL.length);
  const principal = await identify(c, c.req.query("ticket"), token);
  if (principal !== null) c.set("principal", principal);
  return { connectionId: newId(), principal, subprotocol: offered.includes(SUBPROTOCOL) };
}

/** Null: the client will say who it is by its first message. */
async function identify(
  { var: { services } }: Context<AppEnv>,
  ticket: string | undefined,
  token: string | undefined,
): Promise<Principal | null> {
  if (ticket !== undefined) return await services.auth.streamTickets.redeem(ticket);
  return token === undefined ? null : await services.streams.verifyToken(token);
}

async function upgrade(handshake: Handshake, object: Pick<Fetcher, "fetch">): Promise<Response> {
  const answer = await object.fetch(toUpgradeRequest(handshake));
  if (answer.webSocket === null) throw new AppError({ code: "busy" });
  // An answer of our own, since the object's headers can't be added to.
  const headers = handshake.subprotocol ? { "sec-websocket-protocol": SUBPROTOCOL } : undefined;
  const init = { status: 101, webSocket: answer.webSocket };
  return new Response(null, headers === undefined ? init : { ...init, headers });
}

/** Near the client: the platform puts an object where it was first asked for. */
function regionOf(request: Request): string {
  const { cf } = request;
  const region = cf?.colo ?? cf?.continent;
  return typeof region === "string" && region !== "" ? region : "local";
}

/** The last digits of an id are random. */
const shardOf = (connectionId: string): number =>
  Number.parseInt(connectionId.slice(-4), 16) % GATEWAY_SHARDS;
