import type { BrokerReport } from "../../../domain/execution.ts";
import type { Received, StreamProtocol } from "../../broker.ts";
import { parseFrame, received } from "../../received.ts";
import type { BinanceSettings } from "./client.ts";
import { toReport } from "./translate.ts";
import { wireUserFrame } from "./wire.ts";

type UserSettings = Pick<BinanceSettings, "apiKey" | "apiSecret" | "userUrl">;

const RECV_WINDOW_MS = 10_000;
const SUBSCRIBE_ID = "subscribe";
const PING_ID = "ping";
const PING = JSON.stringify({ id: PING_ID, method: "ping" });

/** Binance's user data by its WebSocket API: every order of the account. */
export function createBinanceUpdates(settings: UserSettings): StreamProtocol<BrokerReport> {
  return {
    url: settings.userUrl,

    async greet(now) {
      const params = {
        apiKey: settings.apiKey,
        recvWindow: RECV_WINDOW_MS,
        timestamp: now.getTime(),
      };
      const signature = await sign(params, settings.apiSecret);
      const method = "userDataStream.subscribe.signature";
      return [JSON.stringify({ id: SUBSCRIBE_ID, method, params: { ...params, signature } })];
    },

    receive(text): Received<BrokerReport> {
      const frame = wireUserFrame().safeParse(parseFrame(text));
      if (!frame.success) return received({ fault: "unreadable frame" });
      if ("event" in frame.data) {
        const { event } = frame.data;
        if (!("x" in event)) return received(ENDS.has(event.e) ? { fault: event.e } : {});
        const report = toReport(event);
        return received({ events: report === null ? [] : [report] });
      }
      const { id, status, error } = frame.data;
      // Whatever it says, it is an answer.
      if (id === PING_ID) return received({});
      if (status === 200) return received({ ready: true });
      return received({ fault: error ? `${error.code} ${error.msg}` : `status ${status}` });
    },

    ping: () => [PING],
  };
}

/** Announcements that nothing more will come here. */
const ENDS = new Set(["eventStreamTerminated", "serverShutdown", "listenKeyExpired"]);

/** HMAC-SHA256 in hex over the parameters in the order of their names, as `name=value` joined by `&`. */
async function sign(params: Readonly<Record<string, string | number>>, secret: string) {
  const payload = Object.entries(params)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(payload)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
