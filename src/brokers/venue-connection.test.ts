import { describe, expect, it } from "vitest";
import type { StreamProtocol } from "./broker.ts";
import { received } from "./received.ts";
import { createLinkWorld } from "./testing/link-world.ts";
import { type ConnectionRuntime, VenueConnection } from "./venue-connection.ts";

type Part = { readonly ping?: (symbols: readonly string[]) => readonly string[] };

function setup(protocolPart: Part = {}, runtimePart: Partial<ConnectionRuntime> = {}) {
  const { world, runtime } = createLinkWorld();
  const protocol: StreamProtocol<string> = {
    url: "wss://venue.test/stream",
    greet: async () => ["hello"],
    receive(frame) {
      if (frame === "ready") return received({ ready: true });
      if (frame === "pong") return received({});
      return received({ events: [frame] });
    },
    ...protocolPart,
  };
  const downs: string[] = [];
  const events: string[] = [];
  const connection = new VenueConnection({
    protocol,
    runtime: { ...runtime, ...runtimePart },
    symbols: () => ["F", "T"],
    onEvents: (some) => void events.push(...some),
    onReady: () => undefined,
    onDown: (reason) => void downs.push(reason),
  });
  const socket = () => {
    const last = world.sockets.at(-1);
    if (last === undefined) throw new Error("no socket");
    return last;
  };
  async function connect() {
    connection.keep();
    await world.pass(0);
    socket().events.onFrame("ready");
  }
  return { world, connection, downs, events, socket, connect };
}

const PINGING = { ping: (symbols: readonly string[]) => [`ping ${symbols.join(",")}`] };

describe("a quiet connection", () => {
  it("is asked for a sign of life after 20 s, and stands while the venue answers", async () => {
    const { world, connection, downs, socket, connect } = setup(PINGING);
    await connect();
    await world.pass(19_999);
    expect(socket().sent).toEqual(["hello"]);
    for (let round = 1; round <= 5; round++) {
      await world.pass(round === 1 ? 1 : 20_000);
      expect(socket().sent).toHaveLength(1 + round);
      socket().events.onFrame("pong");
    }
    expect(socket().sent.at(-1)).toBe("ping F,T");
    expect(connection.ready).toBe(true);
    expect(downs).toEqual([]);
  });

  it("is given up after 10 s without an answer, and dialled anew by itself", async () => {
    const { world, connection, downs, connect } = setup(PINGING);
    await connect();
    await world.pass(29_999);
    expect(downs).toEqual([]);
    await world.pass(1);
    expect(downs).toEqual(["does not answer"]);
    expect(connection.ready).toBe(false);
    expect(world.sockets[0]?.closed).toBe(true);
    await world.pass(500);
    expect(world.sockets).toHaveLength(2);
  });

  it("is saved by any frame, whenever it comes", async () => {
    const { world, events, downs, socket, connect } = setup(PINGING);
    await connect();
    await world.pass(15_000);
    socket().events.onFrame("news");
    await world.pass(19_999);
    expect(socket().sent).toEqual(["hello"]);
    await world.pass(9_000);
    expect(socket().sent).toHaveLength(2);
    socket().events.onFrame("more news");
    await world.pass(19_000);
    expect(events).toEqual(["news", "more news"]);
    expect(socket().sent).toHaveLength(2);
    expect(downs).toEqual([]);
  });

  it("is believed where the venue cannot be asked, or not just now", async () => {
    const deaf = setup();
    const idle = setup({ ping: () => [] });
    for (const { world, downs, socket, connect } of [deaf, idle]) {
      await connect();
      await world.pass(600_000);
      expect(socket().sent).toEqual(["hello"]);
      expect(downs).toEqual([]);
    }
  });
});

describe("a connection that is closed", () => {
  it("stays closed until it is to be kept again", async () => {
    const { world, connection, downs, connect } = setup(PINGING);
    await connect();
    connection.close();
    await world.pass(120_000);
    expect(world.sockets.map(({ closed }) => closed)).toEqual([true]);
    expect(connection.send(["late"])).toBe(false);
    await connect();
    expect(connection.ready).toBe(true);
    expect(downs).toEqual([]);
  });

  it("hangs up on a dial that was under way", async () => {
    const { world, connection } = setup();
    connection.keep();
    connection.close();
    await world.pass(0);
    expect(world.sockets.map(({ closed }) => closed)).toEqual([true]);
  });
});

describe("the waits between dials", () => {
  it("grow while connections are short-lived, even if they deliver, and start anew after a sound one", async () => {
    const { world, socket, connect } = setup();
    const waits: number[] = [];
    async function live(ms: number) {
      await connect();
      socket().events.onFrame("news");
      await world.pass(ms);
      socket().events.onClose("gone");
      const dials = world.sockets.length;
      for (let waitMs = 0; world.sockets.length === dials; waitMs += 250) {
        await world.pass(250);
        if (world.sockets.length > dials) waits.push(waitMs + 250);
      }
    }
    for (const ms of [1_000, 1_000, 1_000, 60_000]) await live(ms);
    expect(waits).toEqual([500, 1_000, 2_000, 500]);
  });
});

describe("a socket that fails while it is used", () => {
  it("is closed and replaced, whether the greeting or a later frame was refused", async () => {
    let refused = "hello";
    let closes = 0;
    const { world, connection, downs } = setup(
      {},
      {
        async open(_url, events) {
          world.sockets.push({ events, sent: [], closed: false });
          return {
            send(frame) {
              if (frame === refused) throw new Error("broken pipe");
            },
            close: () => void closes++,
          };
        },
      },
    );
    connection.keep();
    await world.pass(0);
    expect([downs, closes]).toEqual([["broken pipe"], 1]);
    refused = "order";
    await world.pass(500);
    world.sockets.at(-1)?.events.onFrame("ready");
    expect(connection.send(["order"])).toBe(false);
    expect([downs, closes]).toEqual([["broken pipe", "broken pipe"], 2]);
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(3);
  });

  it("is closed when the greeting cannot be made", async () => {
    const { world, connection, downs } = setup({
      greet: () => Promise.reject(new Error("no key")),
    } as Part);
    connection.keep();
    await world.pass(0);
    expect(downs).toEqual(["no key"]);
    expect(world.sockets.map(({ closed }) => closed)).toEqual([true]);
  });
});
