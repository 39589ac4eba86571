import { describe, expect, it } from "vitest";
import { openConnection } from "../streams/connection.ts";
import type { Delivery } from "../streams/delivery.ts";
import type { Topic } from "../streams/topic.ts";
import { Audience } from "./audience.ts";
import { type Client, place } from "./client.ts";
import { isGapless, principalOf, type Received } from "./testing/fake-client.ts";

const NOW_MS = 1_790_000_000_000;
/** More than are served between two breaths. */
const CROWD = 250;

function setup() {
  const audience = new Audience([], NOW_MS, { unwanted() {}, data() {}, left() {} });
  const onSend = new Map<Client, () => void>();
  function join(topics: readonly Topic[]) {
    const messages: Received[] = [];
    const socket = {
      send(text: string) {
        messages.push(...JSON.parse(text));
        onSend.get(client)?.();
      },
      serializeAttachment() {},
    } as unknown as WebSocket;
    const opened = openConnection(crypto.randomUUID(), principalOf("u"), NOW_MS);
    const client = audience.add(socket, opened);
    audience.update(client, { topics: new Set(topics) });
    const of = (topic: Topic) =>
      messages.filter(({ channel, symbol }) => `${channel}|${symbol}` === topic);
    return { client, messages, of };
  }
  return { audience, onSend, join };
}

const deliveryOf = (topic: Topic, from: number, ...seqs: number[]): Delivery => ({
  topic,
  epoch: "k1",
  from,
  messages: seqs.map((seq) => ({ seq, data: "{}" })),
  lost: null,
});

const seqsOf = (messages: readonly Received[]) => messages.map(({ seq }) => seq);

describe("a broadcast to many", () => {
  it("neither forgets nor doubles a client that changes its topics during it", async () => {
    const { audience, onSend, join } = setup();
    const crowd = Array.from({ length: CROWD }, () => join(["quotes|F"]));
    const others = [join(["quotes|F", "quotes|T"]), join(["quotes|SNAP"])];
    const [first, middle, last] = [crowd[0], crowd[CROWD / 2], crowd.at(-1)];
    if (!first || !middle || !last) throw new Error("a crowd was expected");
    // Their messages arrive while the others are served.
    onSend.set(first.client, () => {
      audience.update(last.client, { topics: new Set<Topic>(["quotes|F", "quotes|T"]) });
      place(last.client, "quotes|T", { epoch: "k1", seq: 4 });
      audience.update(first.client, { topics: new Set<Topic>(["quotes|F", "trades|F"]) });
      audience.update(middle.client, { topics: new Set<Topic>(["quotes|SNAP"]) });
    });
    await audience.broadcast([deliveryOf("quotes|F", 0, 1), deliveryOf("quotes|T", 3, 4)]);
    onSend.clear();
    await audience.broadcast([deliveryOf("quotes|F", 1, 2), deliveryOf("quotes|T", 4, 5)]);
    for (const { client, of } of [...crowd, others[0] ?? first])
      if (client !== middle.client) expect(seqsOf(of("quotes|F"))).toEqual([1, 2]);
    expect(middle.messages).toEqual([]);
    expect(seqsOf(last.of("quotes|T"))).toEqual([5]);
    expect(others[1]?.messages).toEqual([]);
  });
});

describe("a slow client", () => {
  const slow = (audience: Audience, client: Client) => {
    audience.update(client, { heartbeat: { sent: 9, acked: 4 } });
    audience.setPace(client);
  };
  const recover = (audience: Audience, client: Client) => {
    audience.update(client, { heartbeat: { sent: 9, acked: 9 } });
    audience.setPace(client);
  };

  it("gets what gathered for it, conflated, and the rest with everybody else", async () => {
    const { audience, join } = setup();
    const { client, messages } = join(["quotes|F"]);
    await audience.broadcast([deliveryOf("quotes|F", 0, 1)]);
    slow(audience, client);
    for (let seq = 2; seq <= 5; seq += 1)
      await audience.broadcast([deliveryOf("quotes|F", seq - 1, seq)]);
    expect(messages).toHaveLength(1);
    recover(audience, client);
    await audience.broadcast([deliveryOf("quotes|F", 5, 6)]);
    expect(messages).toMatchObject([{ seq: 1 }, { seq: 5, skipped: 3 }, { seq: 6 }]);
  });

  it("is not sent what gathered before it subscribed anew, or has left", async () => {
    const { audience, join } = setup();
    const { client, of } = join(["quotes|F", "trades|F"]);
    slow(audience, client);
    await audience.broadcast([deliveryOf("quotes|F", 0, 1), deliveryOf("trades|F", 0, 1)]);
    // Shown the present state, as after a subscribe.
    place(client, "quotes|F", { epoch: "k1", seq: 3 });
    audience.update(client, { topics: new Set<Topic>(["quotes|F"]) });
    for (const seq of [2, 3, 4]) await audience.broadcast([deliveryOf("quotes|F", seq - 1, seq)]);
    recover(audience, client);
    expect(of("quotes|F")).toMatchObject([{ type: "quote", seq: 4 }]);
    expect(of("trades|F")).toEqual([]);
  });

  it("keeps its order in one topic while it is shown another", async () => {
    const { audience, join } = setup();
    const { client, of } = join(["quotes|F", "quotes|T"]);
    await audience.broadcast([deliveryOf("quotes|F", 0, 1), deliveryOf("quotes|T", 0, 1)]);
    slow(audience, client);
    await audience.broadcast([deliveryOf("quotes|F", 1, 2)]);
    place(client, "quotes|T", null);
    await audience.broadcast([deliveryOf("quotes|F", 2, 3), deliveryOf("quotes|T", 1, 2)]);
    recover(audience, client);
    await audience.broadcast([deliveryOf("quotes|F", 3, 4), deliveryOf("quotes|T", 2, 3)]);
    expect(isGapless(of("quotes|F"))).toBe(true);
    expect(isGapless(of("quotes|T"))).toBe(true);
    expect(of("quotes|T")).toMatchObject([{ seq: 1 }, { type: "snapshot", seq: 2 }, { seq: 3 }]);
  });
});
