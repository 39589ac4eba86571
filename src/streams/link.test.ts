import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Link, LinkBroken, type LinkEvents, type LinkMessage } from "./link.ts";

/** The other side: a link that answers when it is told to, and calls that are answered at once. */
function setup() {
  const calls: number[] = [];
  const broken: number[][] = [];
  const sockets: FakeSocket[] = [];
  const world = { refuses: false, dials: 0 };
  const opening: { meanwhile: (socket: FakeSocket) => void } = { meanwhile: () => {} };
  const link = new Link<number, string>({
    async call(batch) {
      calls.push(batch);
      return "called";
    },
    async dial(events) {
      world.dials += 1;
      if (world.refuses) throw new Error("refused");
      const socket = new FakeSocket(events);
      sockets.push(socket);
      opening.meanwhile(socket);
      return socket;
    },
    meanwhile: (answer, sinceAskedMs) => `${answer}, ${sinceAskedMs} ms ago`,
    broken: (unconfirmed) => broken.push([...unconfirmed]),
    now: () => new Date(),
  });
  /** Pushes often enough for a link. */
  async function open(): Promise<FakeSocket> {
    for (const batch of [1, 2, 3]) await link.push(batch);
    const fourth = link.push(4);
    await vi.advanceTimersByTimeAsync(0);
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("there is no link");
    socket.answer("first");
    await fourth;
    return socket;
  }
  return { link, world, opening, calls, broken, sockets, open };
}

class FakeSocket {
  readonly sent: LinkMessage<number>[] = [];
  isClosed = false;
  fails = false;
  readonly #events: LinkEvents;

  constructor(events: LinkEvents) {
    this.#events = events;
  }

  send(text: string): void {
    if (this.fails) throw new Error("it is gone");
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  answer(answer: string): void {
    this.#events.message(JSON.stringify(answer));
  }

  end(): void {
    this.#events.ended();
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// No real time passes in them: one that waits at all waits for ever.
describe("a link", { timeout: 2_000 }, () => {
  it("is opened for pushes that follow each other, and for no others", async () => {
    const { link, calls, sockets, open } = setup();
    for (const batch of [1, 2, 3, 4, 5]) {
      await link.push(batch);
      await vi.advanceTimersByTimeAsync(1_500);
    }
    expect(calls).toEqual([1, 2, 3, 4, 5]);
    expect(sockets).toEqual([]);
    expect(link.isAtRest).toBe(true);
    const socket = await open();
    expect(calls).toEqual([1, 2, 3, 4, 5, 1, 2, 3]);
    expect(socket.sent).toEqual([{ asks: true, batch: 4 }]);
    expect(link.isAtRest).toBe(false);
  });

  it.each([
    [1_000, 0],
    [999, 1],
  ])("is for pushes within a second of each other: %i ms apart, %i links", async (ms, links) => {
    const { link, sockets } = setup();
    for (const batch of [1, 2, 3, 4]) {
      void link.push(batch);
      await vi.advanceTimersByTimeAsync(ms);
    }
    expect(sockets).toHaveLength(links);
  });

  it("asks for an answer now and then, and waits for it before the next batch", async () => {
    const { link, open } = setup();
    const socket = await open();
    await vi.advanceTimersByTimeAsync(7);
    for (const batch of [5, 6, 7, 8]) expect(await link.push(batch)).toBe("first, 7 ms ago");
    let answered: string | undefined;
    void link.push(9).then((answer) => {
      answered = answer;
    });
    await vi.advanceTimersByTimeAsync(500);
    expect(socket.sent.map(({ asks }) => asks)).toEqual([true, false, false, false, false, true]);
    expect(answered).toBeUndefined();
    socket.answer("second");
    await vi.advanceTimersByTimeAsync(0);
    expect(answered).toBe("second");
    await vi.advanceTimersByTimeAsync(1_000);
    void link.push(10);
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.sent.at(-1)).toEqual({ asks: true, batch: 10 });
  });

  it("gives back what was not confirmed when it breaks, and goes on by calls", async () => {
    const { link, calls, broken, sockets, open } = setup();
    const socket = await open();
    for (const batch of [5, 6]) await link.push(batch);
    socket.end();
    expect(broken).toEqual([[5, 6]]);
    expect([link.isAtRest, socket.isClosed]).toEqual([true, true]);
    for (const batch of [5, 6, 7, 8, 9, 10]) await link.push(batch);
    expect(calls.slice(3)).toEqual([5, 6, 7, 8, 9, 10]);
    await vi.advanceTimersByTimeAsync(10_000);
    const next = await open();
    expect(sockets).toHaveLength(2);
    // It knows nothing of what the one before was told.
    expect(next.sent).toEqual([{ asks: true, batch: 4 }]);
    await link.push(11);
    next.end();
    expect(broken).toEqual([[5, 6], [11]]);
    // One that breaks before it has answered has nothing to give back.
    await vi.advanceTimersByTimeAsync(10_000);
    for (const batch of [1, 2, 3]) await link.push(batch);
    const fourth = link.push(4);
    await vi.advanceTimersByTimeAsync(0);
    // What the one before says now is no answer of this one's.
    next.answer("late");
    sockets[2]?.end();
    await expect(fourth).rejects.toThrow("the link broke");
    expect(broken).toEqual([[5, 6], [11]]);
  });

  it("rejects the push that waits for an answer when it breaks", async () => {
    const { link, broken, open } = setup();
    const socket = await open();
    for (const batch of [5, 6, 7, 8]) await link.push(batch);
    const ninth = link.push(9);
    socket.end();
    await expect(ninth).rejects.toThrow("the link broke");
    expect(broken).toEqual([[5, 6, 7, 8]]);
  });

  it("rejects its first push when it breaks before there was any answer", async () => {
    const { link, broken, sockets } = setup();
    for (const batch of [1, 2, 3]) await link.push(batch);
    const fourth = link.push(4);
    await vi.advanceTimersByTimeAsync(0);
    sockets[0]?.end();
    await expect(fourth).rejects.toThrow("the link broke");
    expect(broken).toEqual([]);
  });

  it("breaks when it can't be written to", async () => {
    const { link, broken, open } = setup();
    const socket = await open();
    await link.push(5);
    socket.fails = true;
    const failure = new LinkBroken("the link can't be written to", {
      cause: new Error("it is gone"),
    });
    await expect(link.push(6)).rejects.toEqual(failure);
    expect(broken).toEqual([[5]]);
  });

  it("breaks when no answer comes", async () => {
    const { link, broken, open } = setup();
    const socket = await open();
    await link.push(5);
    await vi.advanceTimersByTimeAsync(1_000);
    const sixth = link.push(6);
    const failure = expect(sixth).rejects.toThrow("the link broke");
    await vi.advanceTimersByTimeAsync(9_999);
    expect(socket.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await failure;
    expect(broken).toEqual([[5]]);
    expect(socket.isClosed).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(broken).toEqual([[5]]);
  });

  it("is closed when there is nothing to bring, once all has been confirmed", async () => {
    const { link, broken, open } = setup();
    const socket = await open();
    await link.push(5);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(socket.sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.sent.slice(2)).toEqual([{ asks: true, batch: 5 }]);
    expect(link.isAtRest).toBe(false);
    socket.answer("second");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(link.isAtRest).toBe(true);
    expect(socket.isClosed).toBe(true);
    expect(broken).toEqual([]);
    // It was not broken: there may be another at once.
    const next = await open();
    expect(next.sent).toEqual([{ asks: true, batch: 4 }]);
  });

  it("is closed three seconds after the last that came, whenever that was", async () => {
    const { link, open } = setup();
    const socket = await open();
    await vi.advanceTimersByTimeAsync(2_500);
    const fifth = link.push(5);
    socket.answer("second");
    await fifth;
    await vi.advanceTimersByTimeAsync(2_999);
    expect(socket.isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.isClosed).toBe(true);
  });

  it("stays open as long as anything comes within some seconds", async () => {
    const { link, open } = setup();
    const socket = await open();
    for (const batch of [5, 6, 7]) {
      await vi.advanceTimersByTimeAsync(2_000);
      const push = link.push(batch);
      await vi.advanceTimersByTimeAsync(0);
      socket.answer("again");
      await push;
    }
    expect(socket.isClosed).toBe(false);
    expect(socket.sent.map(({ batch }) => batch)).toEqual([4, 5, 6, 7]);
  });

  it("lets a push wait for the answer to what was sent again", async () => {
    const { link, open } = setup();
    const socket = await open();
    await link.push(5);
    await vi.advanceTimersByTimeAsync(3_500);
    const sixth = link.push(6);
    await vi.advanceTimersByTimeAsync(100);
    expect(socket.sent.at(-1)).toEqual({ asks: true, batch: 5 });
    socket.answer("second");
    await sixth;
    expect(socket.sent.at(-1)).toMatchObject({ batch: 6 });
  });

  it("is done without where it is refused", async () => {
    const { link, world, calls, sockets } = setup();
    world.refuses = true;
    for (const batch of [1, 2, 3, 4, 5, 6]) await link.push(batch);
    expect(calls).toEqual([1, 2, 3, 4, 5, 6]);
    expect(sockets).toEqual([]);
    expect(world.dials).toBe(1);
    await vi.advanceTimersByTimeAsync(9_999);
    for (const batch of [7, 8, 9, 10]) await link.push(batch);
    expect(world.dials).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await link.push(11);
    expect(world.dials).toBe(2);
  });

  it("that was closed brings nothing back", async () => {
    const { link, broken, open } = setup();
    const socket = await open();
    await link.push(5);
    link.close();
    socket.end();
    await vi.advanceTimersByTimeAsync(3_500);
    expect(socket.isClosed).toBe(true);
    expect(socket.sent).toHaveLength(2);
    expect(broken).toEqual([]);
  });

  it("is none that ends, or is given up, while it is opened", async () => {
    for (const ending of ["ended", "closed"]) {
      const { link, calls, sockets, opening } = setup();
      opening.meanwhile = (socket) => {
        if (ending === "closed") link.close();
        else socket.end();
        socket.answer("too early");
      };
      for (const batch of [1, 2, 3, 4]) await link.push(batch);
      expect(calls).toEqual([1, 2, 3, 4]);
      expect(sockets[0]?.isClosed).toBe(true);
      expect(link.isAtRest).toBe(true);
    }
  });

  it("that is closed lets nobody wait", async () => {
    const { link, open } = setup();
    const socket = await open();
    socket.answer("nobody has asked");
    for (const batch of [5, 6, 7, 8]) await link.push(batch);
    const ninth = link.push(9);
    link.close();
    await expect(ninth).rejects.toThrow("the link was closed");
    link.close();
  });
});
