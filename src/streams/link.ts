/** A socket from one object to another that it has much to tell: a message costs a third of what a call does. */

/** As much of a socket as a link needs. */
export interface LinkSocket {
  send(text: string): void;
  /** May be called more than once. */
  close(): void;
}

export interface LinkEvents {
  message(text: string): void;
  /** It was closed, or failed. */
  ended(): void;
}

/** A batch on its way; the other side answers to one that asks. */
export interface LinkMessage<Batch> {
  readonly asks: boolean;
  readonly batch: Batch;
}

/** Whether the batch that was being pushed has arrived is not known. */
export class LinkBroken extends Error {}

export interface LinkDeps<Batch, Answer> {
  /** Brings a batch without a link, as long as there is little to tell. */
  call(batch: Batch): Promise<Answer>;
  dial(events: LinkEvents): Promise<LinkSocket>;
  /** What an answer means by now, to a batch that needs none of its own. */
  meanwhile(answer: Answer, sinceAskedMs: number): Answer;
  /** The link broke: these were sent and never confirmed, the oldest first. They may have arrived. */
  broken(unconfirmed: readonly Batch[]): void;
  now(): Date;
}

/** So many pushes, each within a moment of the one before, are worth a link. */
const DENSE_PUSHES = 3;
const DENSE_GAP_MS = 1_000;
/** An answer is asked for at every so many, and the next batch waits for it: neither side can run ahead of the other. */
export const ASK_EVERY = 5;
const ASK_AFTER_MS = 1_000;
/** Neither end of an open link can sleep. */
const IDLE_MS = 3_000;
const CHECK_EVERY_MS = 1_000;
const PATIENCE_MS = 10_000;
/** After a link that could not be had, or broke. */
const REST_MS = 10_000;

/** The calling side: one push at a time, in order, by calls or over a link. */
export class Link<Batch, Answer> {
  readonly #deps: LinkDeps<Batch, Answer>;
  #socket: LinkSocket | null = null;
  #answer: Answer | null = null;
  /** Sent since the last answer was asked for. */
  #unconfirmed: Batch[] = [];
  #asking: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  #confirming: Promise<unknown> | null = null;
  #askedAtMs = 0;
  #pushedAtMs = Number.NEGATIVE_INFINITY;
  #pushesInARow = 0;
  #restsUntilMs = 0;
  #isClosed = false;

  constructor(deps: LinkDeps<Batch, Answer>) {
    this.#deps = deps;
  }

  /** All that was pushed has arrived, and nothing is open. */
  get isAtRest(): boolean {
    return this.#socket === null;
  }

  /**
   * Resolves when the next batch may come. Rejects where this one may not have arrived; it is not among the unconfirmed
   * ones then.
   */
  async push(batch: Batch): Promise<Answer> {
    if (this.#confirming !== null) await this.#confirming;
    const nowMs = this.#now();
    this.#pushesInARow = nowMs - this.#pushedAtMs < DENSE_GAP_MS ? this.#pushesInARow + 1 : 0;
    this.#pushedAtMs = nowMs;
    if (this.#socket === null && this.#pushesInARow >= DENSE_PUSHES) await this.#open();
    const socket = this.#socket;
    if (socket === null) return await this.#deps.call(batch);

    const sinceAskedMs = nowMs - this.#askedAtMs;
    const isEnough = this.#unconfirmed.length >= ASK_EVERY - 1 || sinceAskedMs >= ASK_AFTER_MS;
    if (this.#answer === null || isEnough) return await this.#ask(socket, batch);
    this.#send(socket, { asks: false, batch });
    this.#unconfirmed.push(batch);
    return this.#deps.meanwhile(this.#answer, sinceAskedMs);
  }

  /** Nothing more will be pushed, and what was is no matter any more. */
  close(): void {
    const socket = this.#socket;
    this.#isClosed = true;
    this.#socket = null;
    socket?.close();
    this.#asking?.reject(new LinkBroken("the link was closed"));
  }

  async #open(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs < this.#restsUntilMs) return;
    let hasEnded = false;
    let socket: LinkSocket | null = null;
    try {
      socket = await this.#deps.dial({
        message: (text) => this.#takeAnswer(socket, text),
        ended: () => {
          hasEnded = true;
          this.#end(socket);
        },
      });
    } catch {
      hasEnded = true;
    }
    if (hasEnded) this.#restsUntilMs = nowMs + REST_MS;
    if (hasEnded || this.#isClosed || socket === null) {
      socket?.close();
      return;
    }
    this.#socket = socket;
    this.#checkLater(socket);
  }

  #ask(socket: LinkSocket, batch: Batch): Promise<Answer> {
    this.#askedAtMs = this.#now();
    return new Promise((resolve, reject) => {
      this.#asking = { resolve, reject };
      this.#send(socket, { asks: true, batch });
    });
  }

  #send(socket: LinkSocket, message: LinkMessage<Batch>): void {
    try {
      socket.send(JSON.stringify(message));
    } catch (cause) {
      this.#end(socket);
      throw new LinkBroken("the link can't be written to", { cause });
    }
  }

  #takeAnswer(socket: LinkSocket | null, text: string): void {
    if (socket === null || socket !== this.#socket) return;
    const answer: Answer = JSON.parse(text);
    this.#answer = answer;
    this.#unconfirmed = [];
    this.#asking?.resolve(answer);
    this.#asking = null;
  }

  #end(socket: LinkSocket | null): void {
    if (socket === null || socket !== this.#socket) return;
    const asking = this.#asking;
    const unconfirmed = this.#unconfirmed;
    this.#socket = null;
    this.#answer = null;
    this.#asking = null;
    this.#unconfirmed = [];
    this.#restsUntilMs = this.#now() + REST_MS;
    socket.close();
    if (unconfirmed.length > 0) this.#deps.broken(unconfirmed);
    asking?.reject(new LinkBroken("the link broke"));
  }

  #checkLater(socket: LinkSocket): void {
    const idleInMs = this.#pushedAtMs + IDLE_MS - this.#now();
    const waitMs = this.#asking === null ? Math.max(idleInMs, CHECK_EVERY_MS) : CHECK_EVERY_MS;
    setTimeout(() => this.#check(socket), waitMs);
  }

  /** Ends a link that is silent, and one that has nothing to bring any more. */
  #check(socket: LinkSocket): void {
    if (socket !== this.#socket) return;
    const nowMs = this.#now();
    if (this.#asking !== null) {
      if (nowMs - this.#askedAtMs >= PATIENCE_MS) this.#end(socket);
    } else if (nowMs - this.#pushedAtMs >= IDLE_MS) {
      const last = this.#unconfirmed.at(-1);
      if (last === undefined) {
        this.#socket = null;
        this.#answer = null;
        socket.close();
      } else {
        // Sent once more, for its answer alone: what is there already is ignored.
        const forget = () => {
          this.#confirming = null;
        };
        this.#confirming = this.#ask(socket, last).then(forget, forget);
      }
    }
    if (socket === this.#socket) this.#checkLater(socket);
  }

  #now(): number {
    return this.#deps.now().getTime();
  }
}
