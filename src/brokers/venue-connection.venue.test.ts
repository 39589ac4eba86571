import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished } from "vitest";
import { readConfig } from "../config.ts";
import type { StreamProtocol } from "./broker.ts";
import { openSocket } from "./open-socket.ts";
import { createBrokers } from "./registry.ts";
import { pushed } from "./testing/venue-socket.ts";
import { VenueConnection } from "./venue-connection.ts";

const PATIENT = { timeout: 15_000, interval: 50 };

describe.each(["alpaca", "binance"] as const)("a quiet socket of %s", (name) => {
  const reading = readConfig(env);
  if (!reading.ok) throw new Error("the settings are faulty");
  const venue = createBrokers({
    alpaca: reading.config.alpaca,
    ...reading.config.exchanges,
    marketsCache: { get: async () => null, put: async () => undefined },
    now: () => new Date(),
  })[name];
  if (venue === undefined) throw new Error("not configured");
  const symbol = name === "alpaca" ? "F" : "DOGE/USD";

  it("for order updates answers a ping with nothing but life", async () => {
    const { connection, meanings, elapse, downs } = track(pushed(venue.broker.updates), []);
    await expect.poll(() => connection.ready, PATIENT).toBe(true);
    const before = meanings.length;
    elapse(21_000);
    await expect.poll(() => meanings.length, PATIENT).toBeGreaterThan(before);
    // More than the ping had to be answered in.
    elapse(11_000);
    expect(connection.ready).toBe(true);
    expect(downs).toEqual([]);
  });

  it("for prices answers a ping with nothing but life, and goes on pushing", async () => {
    const ticks = pushed(venue.marketData.ticks);
    const { connection, meanings, downs } = track(ticks, [symbol]);
    await expect.poll(() => connection.ready, PATIENT).toBe(true);
    connection.send(ticks.subscribe([symbol]));
    const ticksSeen = () => meanings.filter(({ events }) => events.length > 0).length;
    await expect.poll(ticksSeen, PATIENT).toBeGreaterThan(0);
    const withoutTicks = () => meanings.length - ticksSeen();
    const [before, seen] = [withoutTicks(), ticksSeen()];
    // A tick may come at any time, so the ping goes out by hand.
    const ping = ticks.ping?.([symbol]) ?? [];
    expect(ping).toHaveLength(1);
    connection.send(ping);
    await expect.poll(withoutTicks, PATIENT).toBe(before + 1);
    await expect.poll(ticksSeen, PATIENT).toBeGreaterThan(seen);
    expect(downs).toEqual([]);
  });
});

/** A kept connection whose clock can be put forward, with the meaning of each frame. */
function track<Event>(protocol: StreamProtocol<Event>, symbols: readonly string[]) {
  let aheadMs = 0;
  const meanings: { readonly events: readonly Event[] }[] = [];
  const downs: string[] = [];
  const connection = new VenueConnection<Event>({
    protocol: {
      ...protocol,
      receive(frame, now) {
        const meaning = protocol.receive(frame, now);
        meanings.push(meaning);
        return meaning;
      },
    },
    runtime: {
      now: () => new Date(Date.now() + aheadMs),
      random: Math.random,
      later: (run, ms) => void setTimeout(run, ms),
      open: openSocket,
    },
    symbols: () => symbols,
    onEvents: () => undefined,
    onReady: () => undefined,
    onDown: (reason) => void downs.push(reason),
  });
  connection.keep();
  onTestFinished(() => connection.close());
  return {
    connection,
    meanings,
    downs,
    elapse(ms: number) {
      aheadMs += ms;
      connection.keep();
    },
  };
}
