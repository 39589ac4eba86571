import { DemoFailure, type Json } from "./rest.ts";

export interface Stream {
  /** The first message, past or to come, that `wanted` accepts; what `wanted` throws ends the wait. */
  until(what: string, wanted: (message: Json) => boolean): Promise<Json>;
  /** How many messages of this type have come. */
  count(type: string): number;
  send(message: Json): void;
  close(): void;
}

const WAIT_MS = 20_000;

/** A client of `/ws/market` that keeps every message. */
export async function openStream(url: string, accessToken: string): Promise<Stream> {
  const messages: Json[] = [];
  const waiting = new Set<() => void>();
  const address = `${url.replace("http", "ws")}/ws/market`;
  const socket = new WebSocket(address, ["speedtrade", `bearer.${accessToken}`]);
  let closed: string | undefined;
  socket.onmessage = ({ data }) => {
    messages.push(...(JSON.parse(String(data)) as Json[]));
    for (const look of waiting) look();
  };
  socket.onclose = ({ code, reason }) => {
    closed = `the stream closed with ${code} ${reason}`;
    for (const look of waiting) look();
  };

  function until(what: string, wanted: (message: Json) => boolean): Promise<Json> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => end(() => reject(new DemoFailure(`no ${what} came`))),
        WAIT_MS,
      );
      const look = () => {
        try {
          const found = messages.find(wanted);
          if (found !== undefined) end(() => resolve(found));
          else if (closed !== undefined) throw new DemoFailure(closed);
        } catch (error) {
          end(() => reject(error));
        }
      };
      const end = (settle: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        settle();
      };
      waiting.add(look);
      look();
    });
  }

  await until("welcome", ({ type }) => type === "welcome");
  return {
    until,
    count: (type) => messages.filter((message) => message.type === type).length,
    send: (message) => socket.send(JSON.stringify(message)),
    close: () => socket.close(1000),
  };
}
