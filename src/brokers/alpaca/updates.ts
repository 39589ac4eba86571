import type { BrokerReport } from "../../domain/execution.ts";
import type { Received, StreamProtocol } from "../broker.ts";
import { parseFrame, received } from "../received.ts";
import type { AlpacaSettings } from "./client.ts";
import { toReport } from "./translate.ts";
import { type WireUpdate, wireUpdatesFrame } from "./wire.ts";

type UpdateSettings = Pick<AlpacaSettings, "keyId" | "secretKey" | "updatesUrl">;

/** Alpaca's trade updates: JSON in binary frames, of the whole account. */
export function createAlpacaUpdates(settings: UpdateSettings): StreamProtocol<BrokerReport> {
  return {
    url: settings.updatesUrl,

    async greet() {
      const data = { key_id: settings.keyId, secret_key: settings.secretKey };
      return [JSON.stringify({ action: "authenticate", data })];
    },

    receive(text, now): Received<BrokerReport> {
      const frame = wireUpdatesFrame().safeParse(parseFrame(text));
      if (!frame.success) return received({ fault: "unreadable frame" });
      if ("action" in frame.data) return received({ fault: frame.data.data.error_message });
      switch (frame.data.stream) {
        case "authorization":
          if (frame.data.data.status !== "authorized") return received({ fault: "unauthorized" });
          return received({ replies: [LISTEN] });
        case "listening":
          return received({ ready: frame.data.data.streams.includes("trade_updates") });
        case "trade_updates":
          return toEvents(frame.data.data, now);
      }
    },

    // Listening replaces what was listened to, here by the same.
    ping: () => [LISTEN],
  };
}

const LISTEN = JSON.stringify({ action: "listen", data: { streams: ["trade_updates"] } });

function toEvents(update: WireUpdate, now: Date): Received<BrokerReport> {
  const report = toReport(update, now);
  if (report === undefined) return received({ fault: `incomplete ${update.event}` });
  return received({ events: report === null ? [] : [report] });
}
