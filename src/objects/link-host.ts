import { linkRequest, readLink } from "../streams/handshake.ts";
import type { LinkEvents, LinkMessage, LinkSocket } from "../streams/link.ts";

/** Opens a link to an object; `from` is what the object knows the caller by. */
export async function dialLink(
  object: Pick<Fetcher, "fetch">,
  from: string,
  events: LinkEvents,
): Promise<LinkSocket> {
  const { webSocket: socket, status } = await object.fetch(linkRequest(from));
  if (socket === null) throw new Error(`a link was refused with status ${status}`);
  socket.addEventListener("message", ({ data }) => events.message(String(data)));
  socket.addEventListener("close", () => events.ended());
  socket.addEventListener("error", () => events.ended());
  socket.accept();
  return { send: (text) => socket.send(text), close: () => closeQuietly(socket) };
}

export interface LinkHostDeps<Batch, Answer> {
  receive(from: string, batch: Batch): Answer | Promise<Answer>;
  failed(from: string, error: unknown): void;
}

/**
 * The links that others have opened to an object, one each. They are none of its hibernating sockets, since those cost half
 * as much again: whoever opened one closes it when it has nothing to bring, and the object sleeps.
 */
export class LinkHost<Batch, Answer> {
  readonly #deps: LinkHostDeps<Batch, Answer>;
  readonly #sockets = new Map<string, WebSocket>();

  constructor(deps: LinkHostDeps<Batch, Answer>) {
    this.#deps = deps;
  }

  /** Undefined: the request is for something else. */
  accept(request: Request): Response | undefined {
    const from = readLink(request);
    if (from === undefined) return undefined;
    this.drop(from);
    const { 0: client, 1: server } = new WebSocketPair();
    this.#sockets.set(from, server);
    server.addEventListener("message", ({ data }) => void this.#take(from, server, String(data)));
    server.addEventListener("close", () => this.#ended(from, server));
    server.addEventListener("error", () => this.#ended(from, server));
    server.accept();
    return new Response(null, { status: 101, webSocket: client });
  }

  /** To be called when its owner calls: it has given the link up, and what is still on it comes too late. */
  drop(from: string): void {
    const socket = this.#sockets.get(from);
    if (socket !== undefined) this.#ended(from, socket);
  }

  async #take(from: string, socket: WebSocket, text: string): Promise<void> {
    if (this.#sockets.get(from) !== socket) return;
    try {
      const { asks, batch }: LinkMessage<Batch> = JSON.parse(text);
      const answer = await this.#deps.receive(from, batch);
      if (asks) socket.send(JSON.stringify(answer));
    } catch (error) {
      this.#deps.failed(from, error);
      this.#ended(from, socket);
    }
  }

  #ended(from: string, socket: WebSocket): void {
    if (this.#sockets.get(from) === socket) this.#sockets.delete(from);
    closeQuietly(socket);
  }
}

function closeQuietly(socket: WebSocket): void {
  try {
    socket.close(1000);
  } catch {
    // Closed already, or failed.
  }
}
