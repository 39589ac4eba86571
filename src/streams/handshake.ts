/** How a verified upgrade travels from the Worker to the object that takes the socket. */

import type { Principal } from "../domain/principal.ts";
import { SUBPROTOCOL } from "./protocol.ts";

const CONNECTION_HEADER = "x-stream-connection";
const PRINCIPAL_HEADER = "x-stream-principal";
/** What an object answers that has no place for another socket. */
export const FULL_STATUS = 503;
const SUBPROTOCOL_HEADER = "sec-websocket-protocol";

export interface Handshake {
  readonly connectionId: string;
  /** Null: the client will authenticate by its first message. */
  readonly principal: Principal | null;
  /** The client offered our subprotocol, and is answered with it. */
  readonly subprotocol: boolean;
}

/**
 * A request of our own making: nothing of the client's goes into it, so that it can't forge a principal and no token
 * travels on.
 */
export function toUpgradeRequest({ connectionId, principal, subprotocol }: Handshake): Request {
  const headers = new Headers({ upgrade: "websocket", [CONNECTION_HEADER]: connectionId });
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
    principal: text === null ? null : readPrincipal(text),
    subprotocol: headers.get(SUBPROTOCOL_HEADER) === SUBPROTOCOL,
  };
}

function readPrincipal(text: string): Principal {
  const principal: Omit<Principal, "expiresAt"> & { expiresAt: string | null } = JSON.parse(text);
  const { expiresAt } = principal;
  return { ...principal, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}
