/** How a verified upgrade travels from the Worker to the object that takes the socket. */

import type { Principal } from "../domain/principal.ts";
import { SUBPROTOCOL } from "./protocol.ts";

const CONNECTION_HEADER = "x-stream-connection";
const REQUEST_HEADER = "x-request-id";
const PRINCIPAL_HEADER = "x-stream-principal";
const LINK_HEADER = "x-stream-link";
/** What an object answers that has no place for another socket. */
export const FULL_STATUS = 503;
const SUBPROTOCOL_HEADER = "sec-websocket-protocol";

export interface Handshake {
  readonly connectionId: string;
  /** Of the upgrade. */
  readonly requestId: string;
  /** Null: the client will authenticate by its first message. */
  readonly principal: Principal | null;
  /** The client offered our subprotocol, and is answered with it. */
  readonly subprotocol: boolean;
}

/**
 * A request of our own making: nothing of the client's goes into it, so that it can't forge a principal and no token
 * travels on.
 */
export function toUpgradeRequest(handshake: Handshake): Request {
  const { connectionId, requestId, principal, subprotocol } = handshake;
  const headers = new Headers({
    upgrade: "websocket",
    [CONNECTION_HEADER]: connectionId,
    [REQUEST_HEADER]: requestId,
  });
  if (principal !== null) headers.set(PRINCIPAL_HEADER, JSON.stringify(principal));
  if (subprotocol) headers.set(SUBPROTOCOL_HEADER, SUBPROTOCOL);
  return new Request("https://stream.internal/", { headers });
}

/** Undefined: not an upgrade that the Worker sent. */
export function readHandshake({ headers }: Request): Handshake | undefined {
  const connectionId = headers.get(CONNECTION_HEADER);
  if (headers.get("upgrade") !== "websocket" || connectionId === null) return undefined;
  const text = headers.get(PRINCIPAL_HEADER);
  return {
    connectionId,
    requestId: headers.get(REQUEST_HEADER) ?? connectionId,
    principal: text === null ? null : readPrincipal(text),
    subprotocol: headers.get(SUBPROTOCOL_HEADER) === SUBPROTOCOL,
  };
}

/** How one object asks another for a link: `from` is what it is known by there. */
export const linkRequest = (from: string): Request =>
  new Request("https://stream.internal/", {
    headers: { upgrade: "websocket", [LINK_HEADER]: encodeURIComponent(from) },
  });

/** Who asks for a link; undefined where it is no such request. */
export function readLink({ headers }: Request): string | undefined {
  const from = headers.get(LINK_HEADER);
  return from === null ? undefined : decodeURIComponent(from);
}

function readPrincipal(text: string): Principal {
  const principal: Omit<Principal, "expiresAt"> & { expiresAt: string | null } = JSON.parse(text);
  const { expiresAt } = principal;
  return { ...principal, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}
