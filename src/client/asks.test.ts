import { describe, expect, it } from "vitest";
import { Asks, type Positions } from "./asks.ts";
import { type Cursor, type Topic, topicOf } from "./topic.ts";

function setup(known: Readonly<Record<string, Cursor>> = {}, accountSeq: number | null = null) {
  const positions: Positions = { cursorOf: (topic) => known[topic], accountSeq: () => accountSeq };
  const asks = new Asks(positions);
  const all = (topics: readonly Topic[], account = false) => {
    const wanted = new Set(topics);
    const texts: string[] = [];
    for (;;) {
      const text = asks.next(wanted, account);
      if (text === undefined) return texts;
      texts.push(text);
    }
  };
  return {
    asks,
    all,
    ask: (topics: readonly Topic[], account = false) =>
      all(topics, account).map((text) => JSON.parse(text)),
  };
}

describe("asks", () => {
  it("name what is wanted once, channel by channel", () => {
    const { ask } = setup();
    const topics: Topic[] = ["quotes|F", "trades|F", "quotes|DOGE/USD"];
    expect(ask(topics, true)).toEqual([
      { action: "subscribe", id: "1", channels: ["account"], symbols: [] },
      { action: "subscribe", id: "2", channels: ["quotes"], symbols: ["F", "DOGE/USD"] },
      { action: "subscribe", id: "3", channels: ["trades"], symbols: ["F"] },
    ]);
    expect(ask(topics, true)).toEqual([]);
    expect(ask(["quotes|F"])).toEqual([
      { action: "unsubscribe", id: "4", channels: ["account"], symbols: [] },
      { action: "unsubscribe", id: "5", channels: ["quotes"], symbols: ["DOGE/USD"] },
      { action: "unsubscribe", id: "6", channels: ["trades"], symbols: ["F"] },
    ]);
  });

  it("resume where something is known, and subscribe to the rest", () => {
    const { ask } = setup({ "quotes|F": { epoch: "k3", seq: 10_452 } }, 0);
    expect(ask(["quotes|T", "quotes|F"], true)).toEqual([
      { action: "resume", id: "1", cursors: { account: "0" } },
      { action: "resume", id: "2", cursors: { "quotes|F": "k3:10452" } },
      { action: "subscribe", id: "3", channels: ["quotes"], symbols: ["T"] },
    ]);
  });

  it("keep below 4 KiB with the longest names that there are", () => {
    const topics = Array.from({ length: 200 }, (_, n) =>
      topicOf("quotes", `LONGNAME${1_000 + n}/USD`),
    );
    const cursors = topics.map((topic) => [topic, { epoch: "k".repeat(16), seq: 1e14 }] as const);
    for (const { all } of [setup(), setup(Object.fromEntries(cursors))]) {
      const texts = all(topics);
      expect(texts.join("")).toSatisfy((text: string) =>
        topics.every((topic) => text.includes(topic.slice(7))),
      );
      expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(4_096);
    }
  });

  it("are confirmed as a whole or in part, and what came before that counts for nothing", () => {
    const { asks, ask } = setup();
    ask(["quotes|F", "quotes|NOPE"]);
    expect(asks.awaitsAnswer).toBe(true);
    expect(asks.isConfirmed("quotes|F")).toBe(false);
    expect(asks.confirm("1", new Set(["quotes|F"]))).toEqual(["quotes|NOPE"]);
    expect(asks.isConfirmed("quotes|F")).toBe(true);
    expect(asks.awaitsAnswer).toBe(false);

    ask([]);
    ask(["quotes|F"]);
    expect(asks.isConfirmed("quotes|F")).toBe(false);
    expect(asks.confirm("2", new Set(["quotes|F"]))).toEqual([]);
    expect(asks.isConfirmed("quotes|F")).toBe(false);
    asks.confirm("3", new Set(["quotes|F"]));
    expect(asks.isConfirmed("quotes|F")).toBe(true);
  });

  it("are made again where they failed", () => {
    const { asks, ask } = setup();
    ask(["quotes|F"], true);
    asks.forget(["quotes|F"], true);
    expect(ask(["quotes|F"], true)).toMatchObject([
      { id: "3", channels: ["account"] },
      { id: "4", symbols: ["F"] },
    ]);
  });
});
