/** The market data stream: what the market does, gathered and sent to whoever subscribed to it. */

import type { Core } from "../core.ts";
import type { ExchangeEvent } from "../matching/exchange.ts";
import { type Endpoint, silenced } from "../sockets.ts";
import { barJson, dailyBarJson, nanoText, printJson, quoteJson } from "./data-json.ts";
import {
  type Channel,
  type DataSession,
  type Gathered,
  type Message,
  openDataSession,
} from "./data-session.ts";
import type { AlpacaSettings } from "./settings.ts";

export function alpacaDataStream(core: Core, settings: AlpacaSettings): Endpoint {
  const clients = new Set<DataSession>();
  // Gathered between two flushes; each is serialised once, whoever wants it.
  let gathered: Gathered[] = [];

  function gather(channel: Channel, symbol: string, make: () => Message): void {
    const takers = [...clients].filter(
      ({ wanted }) => wanted[channel].has(symbol) || wanted[channel].has("*"),
    );
    if (takers.length === 0 || silenced(core, "alpaca", "market", symbol)) return;
    const message = make();
    const index = gathered.push({ text: JSON.stringify(message), message }) - 1;
    for (const client of takers) client.pending.push(index);
  }

  core.onEvent((event) => {
    if (clients.size === 0 || !("listing" in event)) return;
    if (event.listing.instrument.venue === "alpaca") gatherEvent(event, gather);
  });

  core.onFlush(() => {
    if (gathered.length === 0) return;
    const ready = gathered;
    gathered = [];
    for (const client of clients) {
      const its = client.pending.flatMap((index) => ready[index] ?? []);
      client.pending.length = 0;
      if (its.length > 0) client.sendGathered(its);
    }
  });

  return {
    target: "market",
    open(socket, request) {
      const crowded = settings.dataSocketsMax > 0 && clients.size >= settings.dataSocketsMax;
      const packed = request.headers["content-type"] === "application/msgpack";
      const client = openDataSession(core, socket, { packed, crowded, settings });
      clients.add(client);
      return {
        message: client.receive,
        close() {
          clients.delete(client);
          client.end();
        },
      };
    },
  };
}

function gatherEvent(
  event: Extract<ExchangeEvent, { listing: unknown }>,
  gather: (channel: Channel, symbol: string, make: () => Message) => void,
): void {
  const { listing } = event;
  const { instrument, walk, tape } = listing;
  const { symbol } = instrument;
  switch (event.type) {
    case "quote":
      gather("quotes", symbol, () => ({ T: "q", S: symbol, ...quoteJson(listing) }));
      break;
    case "trade":
      gather("trades", symbol, () => ({
        T: "t",
        S: symbol,
        ...printJson(instrument, event.print),
      }));
      break;
    case "bar":
      gather("bars", symbol, () => ({ T: "b", S: symbol, ...barJson(instrument, event.bar) }));
      gather("dailyBars", symbol, () => ({
        T: "d",
        S: symbol,
        ...dailyBarJson(instrument, tape.state.today),
      }));
      break;
    case "status":
      gather("statuses", symbol, () => ({
        T: "s",
        S: symbol,
        sc: walk.halted ? "H" : "T",
        sm: walk.halted ? "Trading Halt" : "Trading Resumption",
        rc: walk.halted ? "T12" : "",
        rm: walk.halted ? "Trading Halted; For information requested by NASDAQ" : "",
        t: nanoText(event.atUs, walk.quoteId),
        z: instrument.exchange === "NASDAQ" ? "C" : "A",
      }));
  }
}
