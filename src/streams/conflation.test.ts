import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conflation } from "./conflation.ts";
import { type Delivery, encodeDelivery, joinsFlow, type Position } from "./delivery.ts";
import { type Cursor, channelOf, type Topic } from "./topic.ts";

const TOPICS: readonly Topic[] = ["quotes|F", "trades|F", "quotes|DOGE/USD"];

interface Message {
  readonly type: string;
  readonly epoch: string;
  readonly seq: number;
  readonly skipped?: number;
  readonly from?: string;
  readonly data?: number;
}

const read = (texts: readonly string[]): Message[] => texts.map((text) => JSON.parse(text));

/** A client that believes nothing: it holds every message against the rule. */
class Sceptic {
  position: Position;
  #has: Cursor | null = null;
  data: number | undefined;

  constructor(position: Position, has: Cursor | null) {
    this.position = position;
    this.#has = has;
  }

  take(delivery: Delivery): void {
    for (const message of read(encodeDelivery(delivery, this.position))) {
      if (message.type === "gap") continue;
      if (message.type !== "snapshot") {
        expect(message.epoch).toBe(this.#has?.epoch);
        expect(message.seq).toBe((this.#has?.seq ?? 0) + 1 + (message.skipped ?? 0));
      }
      this.#has = { epoch: message.epoch, seq: message.seq };
      this.data = message.data;
    }
    if (joinsFlow(delivery, this.position)) this.position = "flow";
  }
}

type Step =
  | { readonly kind: "publish"; readonly topic: Topic; readonly count: number }
  | { readonly kind: "flush" }
  | { readonly kind: "fail" }
  | { readonly kind: "join"; readonly topic: Topic }
  | { readonly kind: "restart"; readonly topic: Topic };

const topic = fc.constantFrom(...TOPICS);
/** Of a batch that goes over a link; one that breaks may have brought some of what was under way. */
const fate = fc.oneof(
  { weight: 4, arbitrary: fc.constant("is under way" as const) },
  { weight: 2, arbitrary: fc.constant("is confirmed" as const) },
  { weight: 1, arbitrary: fc.record({ breaksAfter: fc.nat(5) }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("publish" as const), topic, count: fc.nat(50) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("fail" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("join" as const), topic }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), topic }) },
);

describe("conflation", () => {
  it("lets every client tell it from loss, whenever it joined, and ends at the newest message", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pending = new Conflation();
        const seqs = new Map<Topic, Cursor>(TOPICS.map((each) => [each, { epoch: "k1", seq: 0 }]));
        const clients: { readonly topic: Topic; readonly sceptic: Sceptic }[] = TOPICS.map(
          (each) => ({
            topic: each,
            sceptic: new Sceptic("flow", { epoch: "k1", seq: 0 }),
          }),
        );
        const deliver = (deliveries: readonly Delivery[]) => {
          for (const delivery of deliveries)
            for (const client of clients)
              if (client.topic === delivery.topic) client.sceptic.take(delivery);
        };
        for (const each of TOPICS)
          pending.offer({ topic: each, epoch: "k1", from: 0, messages: [], lost: null });

        for (const each of steps) {
          if (each.kind === "flush") deliver(pending.drain());
          // A batch that never arrived stays to be sent.
          if (each.kind === "fail") pending.peek();
          if (each.kind === "restart") {
            const { epoch } = seqs.get(each.topic) ?? { epoch: "k1" };
            seqs.set(each.topic, { epoch: `k${Number(epoch.slice(1)) + 1}`, seq: 0 });
          }
          if (each.kind === "publish" && each.count > 0) {
            const { epoch, seq } = seqs.get(each.topic) ?? { epoch: "k1", seq: 0 };
            const messages = Array.from({ length: each.count }, (_, index) => ({
              seq: seq + index + 1,
              data: String(seq + index + 1),
            }));
            seqs.set(each.topic, { epoch, seq: seq + each.count });
            pending.offer({ topic: each.topic, epoch, from: seq, messages, lost: null });
          }
          if (each.kind === "join") {
            const latest = pending.latest(each.topic);
            const has = latest === undefined ? null : { epoch: latest.epoch, seq: latest.seq };
            clients.push({ topic: each.topic, sceptic: new Sceptic(has, has) });
          }
          for (const delivery of pending.peek())
            expect(delivery.messages.length).toBeLessThanOrEqual(
              channelOf(delivery.topic) === "quotes" ? 1 : 32,
            );
        }
        const latest = new Map(TOPICS.map((each) => [each, pending.latest(each)]));
        deliver(pending.drain());
        expect(pending.isEmpty).toBe(true);
        for (const { topic: own, sceptic } of clients) {
          const newest = latest.get(own);
          if (sceptic.data !== undefined) expect(sceptic.data).toBe(Number(newest?.data));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("loses nothing over a link that breaks, wherever it breaks", () => {
    const batches = fc.array(fc.record({ count: fc.integer({ min: 1, max: 8 }), fate }));
    fc.assert(
      fc.property(fc.constantFrom(...TOPICS), batches, (own, plan) => {
        const start = { topic: own, epoch: "k1", from: 0, messages: [], lost: null };
        const [room, gateway] = [new Conflation(), new Conflation()];
        room.offer(start);
        gateway.offer(start);
        const sceptic = new Sceptic("flow", { epoch: "k1", seq: 0 });
        const flush = () => {
          for (const delivery of gateway.drain()) sceptic.take(delivery);
        };
        const arrive = (deliveries: readonly Delivery[]) => {
          for (const delivery of deliveries) gateway.offer(delivery);
        };
        let seq = 0;
        let sent: Delivery[][] = [];
        for (const { count, fate: each } of plan) {
          const messages = Array.from({ length: count }, (_, index) => ({
            seq: seq + index + 1,
            data: String(seq + index + 1),
          }));
          room.offer({ ...start, from: seq, messages });
          seq += count;
          sent.push(room.drain());
          if (each === "is confirmed") {
            sent.forEach(arrive);
            sent = [];
            flush();
          } else if (each !== "is under way") {
            sent.slice(0, each.breaksAfter).forEach(arrive);
            flush();
            for (const deliveries of sent.toReversed()) room.restore(deliveries);
            sent = [];
          }
        }
        sent.forEach(arrive);
        arrive(room.drain());
        flush();
        if (seq > 0) expect(sceptic.data).toBe(seq);
      }),
      { numRuns: 500 },
    );
  });

  it("takes nothing back of a topic that is gone, or has begun anew", () => {
    const pending = new Conflation();
    const delivery: Delivery = {
      topic: "quotes|F",
      epoch: "k1",
      from: 0,
      messages: [{ seq: 1, data: "1" }],
      lost: null,
    };
    pending.restore([delivery]);
    pending.offer({ ...delivery, epoch: "k2", messages: [] });
    pending.restore([delivery]);
    expect(pending.isEmpty).toBe(true);
  });

  it("takes back what may not have arrived, the newest of it", () => {
    const pending = new Conflation();
    const trades = (from: number, count: number): Delivery => ({
      topic: "trades|F",
      epoch: "k1",
      from,
      messages: Array.from({ length: count }, (_, n) => ({ seq: from + n + 1, data: "{}" })),
      lost: null,
    });
    pending.offer(trades(0, 32));
    expect(pending.isEmpty).toBe(false);
    const sent = pending.drain();
    expect([sent, pending.isEmpty]).toEqual([[trades(0, 32)], true]);
    pending.restore(sent);
    expect(pending.peek()).toEqual(sent);
    pending.offer(trades(32, 2));
    expect(pending.peek()).toEqual([{ ...trades(2, 32), from: 0 }]);
    const more = pending.drain();
    pending.offer(trades(34, 1));
    pending.restore(more);
    expect(pending.peek()).toEqual([{ ...trades(3, 32), from: 0 }]);
  });

  it("leaves nothing waiting of an epoch that is over", () => {
    const pending = new Conflation();
    const quote = { topic: "quotes|F", from: 0, lost: null } as const;
    pending.offer({ ...quote, epoch: "k1", messages: [{ seq: 1, data: "{}" }] });
    pending.offer({ ...quote, epoch: "k2", messages: [] });
    expect([pending.isEmpty, pending.peek()]).toEqual([true, []]);
    pending.commit(pending.flows());
    expect(pending.flow("quotes|F")).toMatchObject({ epoch: "k2", seq: 0 });
  });

  it("ignores what comes twice", () => {
    const pending = new Conflation();
    const delivery: Delivery = {
      topic: "trades|F",
      epoch: "k1",
      from: 0,
      messages: [1, 2, 3].map((seq) => ({ seq, data: String(seq) })),
      lost: null,
    };
    pending.offer(delivery);
    pending.offer(delivery);
    expect(pending.drain()).toEqual([delivery]);
    pending.offer(delivery);
    expect(pending.isEmpty).toBe(true);
  });

  it("does not take an older message for the newest", () => {
    const pending = new Conflation();
    const message = (seq: number) => ({ seq, data: String(seq) });
    const offered: Delivery = {
      topic: "trades|F",
      epoch: "k1",
      from: 0,
      messages: [1, 2, 3].map(message),
      lost: null,
    };
    pending.offer(offered);
    pending.offer({ ...offered, messages: [message(1), message(2)] });
    expect(pending.latest("trades|F")).toEqual({ epoch: "k1", ...message(3) });
    // The same number again is the state as it is now.
    pending.offer({ ...offered, messages: [{ seq: 3, data: "now" }] });
    expect(pending.latest("trades|F")).toMatchObject({ seq: 3, data: "now" });
    expect(pending.drain()).toEqual([offered]);
  });

  it("says where each topic stands, for another to go on from there", () => {
    const pending = new Conflation();
    const quotes = (epoch: string, seq: number): Delivery => ({
      topic: "quotes|F",
      epoch,
      from: seq - 1,
      messages: [{ seq, data: "{}" }],
      lost: null,
    });
    expect([pending.flow("quotes|F"), pending.latest("quotes|F")]).toEqual([undefined, undefined]);
    pending.offer(quotes("k1", 5));
    expect(pending.flow("quotes|F")).toEqual({ epoch: "k1", seq: 4, lost: null });
    pending.drain();
    pending.offer(quotes("k2", 1));
    const lost = { epoch: "k1", seq: 5 };
    expect(pending.flow("quotes|F")).toEqual({ epoch: "k2", seq: 0, lost });
    // What is lost twice was lost when it was lost first.
    pending.offer(quotes("k3", 7));
    const flow = { topic: "quotes|F", epoch: "k3", from: 6, lost } as const;
    expect(pending.flows()).toEqual([{ ...flow, messages: [] }]);

    const next = new Conflation();
    for (const each of pending.flows()) next.offer(each);
    expect([next.isEmpty, next.latest("quotes|F")]).toEqual([true, undefined]);
    next.offer(quotes("k3", 8));
    expect(next.drain()).toEqual([{ ...flow, messages: [{ seq: 8, data: "{}" }] }]);
    expect(next.flow("quotes|F")).toEqual({ epoch: "k3", seq: 8, lost: null });
  });

  it("forgets a topic with what waits of it", () => {
    const pending = new Conflation();
    const quote = { topic: "quotes|F", epoch: "k1", from: 0, lost: null } as const;
    pending.offer({ ...quote, messages: [{ seq: 1, data: "{}" }] });
    const underWay = pending.peek();
    pending.forget("quotes|F");
    expect([pending.isEmpty, pending.flow("quotes|F"), pending.peek()]).toEqual([
      true,
      undefined,
      [],
    ]);
    pending.commit(underWay);
    expect(pending.flows()).toEqual([]);
  });

  it("does not take what it sent of one epoch for sent of the next", () => {
    const pending = new Conflation();
    const quote = {
      topic: "quotes|F",
      from: 0,
      lost: null,
      messages: [{ seq: 1, data: "{}" }],
    } as const;
    pending.offer({ ...quote, epoch: "k1" });
    const underWay = pending.peek();
    pending.offer({ ...quote, epoch: "k2" });
    pending.commit(underWay);
    expect(pending.peek()).toEqual([{ ...quote, epoch: "k2", lost: { epoch: "k1", seq: 0 } }]);
  });

  it("keeps what came while a batch was under way", () => {
    const pending = new Conflation();
    const quote = (seq: number): Delivery => ({
      topic: "quotes|F",
      epoch: "k1",
      from: seq - 1,
      messages: [{ seq, data: "{}" }],
      lost: null,
    });
    pending.offer(quote(1));
    const underWay = pending.peek();
    pending.offer(quote(2));
    pending.offer(quote(3));
    pending.commit(underWay);
    const [next] = pending.drain();
    expect(next).toMatchObject({ from: 1, messages: [{ seq: 3 }] });
    expect(read(next ? encodeDelivery(next, "flow") : [])).toMatchObject([{ seq: 3, skipped: 1 }]);
  });
});
