import { backoffMs } from "../domain/backoff.ts";
import type { StreamProtocol } from "./broker.ts";
import type { OutgoingSocket, SocketEvents } from "./open-socket.ts";

/** Time, chance and sockets: what tests replace. */
export interface ConnectionRuntime {
  now(): Date;
  /** In [0, 1). */
  random(): number;
  later(run: () => void, ms: number): void;
  /** Rejects when the venue cannot be reached. */
  open(url: string, events: SocketEvents): Promise<OutgoingSocket>;
}

export interface VenueConnectionDeps<Event> {
  readonly protocol: StreamProtocol<Event>;
  readonly runtime: ConnectionRuntime;
  /** What the connection is subscribed to; left out where symbols are not chosen. */
  symbols?(): readonly string[];
  onEvents(events: readonly Event[]): void;
  /** Events flow from here on; what happened before may have been missed. */
  onReady(): void;
  onDown(reason: string): void;
}

/** From dialling to being authenticated. */
const READY_WITHIN_MS = 10_000;
/** A connection that lasted this long has shown that the next one is worth dialling at once. */
const SOUND_AFTER_MS = 60_000;
/** A venue that is gone without a word looks like one that has nothing to say: after this long it is asked. */
const QUIET_MAX_MS = 20_000;
const ANSWER_WITHIN_MS = 10_000;

interface Attempt {
  readonly dialedMs: number;
  socket: OutgoingSocket | null;
  /** Frames that came before the greeting had gone out; null from then on. */
  early: string[] | null;
  readyMs: number | null;
  quietSinceMs: number;
  pingedMs: number | null;
}

/** Keeps one connection to a venue's stream: dials again with growing waits, and gives up on one that is dead. */
export class VenueConnection<Event> {
  readonly #deps: VenueConnectionDeps<Event>;
  #kept = false;
  #attempt: Attempt | null = null;
  #failures = 0;
  #retryAtMs = 0;
  #timerAtMs: number | null = null;

  constructor(deps: VenueConnectionDeps<Event>) {
    this.#deps = deps;
  }

  get ready(): boolean {
    return this.#attempt !== null && this.#attempt.readyMs !== null;
  }

  /** Has the connection kept from now on, by timers of its own. Cheap, and safe to call at any time. */
  keep(): void {
    this.#kept = true;
    this.#tend();
  }

  /** Hangs up, until the next `keep`. */
  close(): void {
    this.#kept = false;
    if (this.#attempt !== null) this.#leave(this.#attempt);
  }

  /** Gives the present connection up; another is dialled after the backoff. */
  abandon(reason: string): void {
    if (this.#attempt !== null) this.#fail(this.#attempt, reason);
  }

  /** Whether the frames went out; they do only on a `ready` connection. */
  send(frames: readonly string[]): boolean {
    return this.#attempt !== null && this.ready && this.#send(this.#attempt, frames);
  }

  /** Does what is due, and sets a timer for what is next. */
  #tend(): void {
    if (!this.#kept) return;
    const nowMs = this.#nowMs();
    const attempt = this.#attempt;
    if (attempt === null) {
      if (nowMs >= this.#retryAtMs) void this.#dial(nowMs);
    } else if (attempt.readyMs !== null) {
      this.#probe(attempt, nowMs);
    } else if (nowMs - attempt.dialedMs >= READY_WITHIN_MS) {
      this.#fail(attempt, "not ready in time");
    }
    this.#plan();
  }

  #probe(attempt: Attempt, nowMs: number): void {
    const { protocol, symbols } = this.#deps;
    if (attempt.pingedMs !== null) {
      const isDead = nowMs - attempt.pingedMs >= ANSWER_WITHIN_MS;
      if (isDead) this.#fail(attempt, "does not answer");
      return;
    }
    if (protocol.ping === undefined || nowMs - attempt.quietSinceMs < QUIET_MAX_MS) return;
    const frames = protocol.ping(symbols?.() ?? []);
    attempt.quietSinceMs = nowMs;
    if (frames.length > 0 && this.#send(attempt, frames)) attempt.pingedMs = nowMs;
  }

  #nextDueMs(): number | null {
    const attempt = this.#attempt;
    if (attempt === null) return this.#retryAtMs;
    if (attempt.readyMs === null) return attempt.dialedMs + READY_WITHIN_MS;
    if (attempt.pingedMs !== null) return attempt.pingedMs + ANSWER_WITHIN_MS;
    return this.#deps.protocol.ping === undefined ? null : attempt.quietSinceMs + QUIET_MAX_MS;
  }

  // Frames put off what is due and set no timer: the one that is set then finds nothing to do, and sets the next.
  #plan(): void {
    const dueMs = this.#kept ? this.#nextDueMs() : null;
    if (dueMs === null || (this.#timerAtMs !== null && this.#timerAtMs <= dueMs)) return;
    this.#timerAtMs = dueMs;
    const waitMs = Math.max(dueMs - this.#nowMs(), 0);
    this.#deps.runtime.later(() => {
      if (this.#timerAtMs === dueMs) this.#timerAtMs = null;
      this.#tend();
    }, waitMs);
  }

  async #dial(dialedMs: number): Promise<void> {
    const early: string[] = [];
    const attempt: Attempt = {
      dialedMs,
      socket: null,
      early,
      readyMs: null,
      quietSinceMs: dialedMs,
      pingedMs: null,
    };
    this.#attempt = attempt;
    const { protocol, runtime } = this.#deps;
    try {
      const socket = await runtime.open(protocol.url, {
        onFrame: (frame) => {
          if (attempt.early === null) this.#receive(attempt, frame);
          else attempt.early.push(frame);
        },
        onClose: (reason) => this.#fail(attempt, reason),
      });
      if (this.#attempt !== attempt) return socket.close();
      attempt.socket = socket;
      if (!this.#send(attempt, await protocol.greet(runtime.now()))) return;
      attempt.early = null;
      for (const frame of early) this.#receive(attempt, frame);
    } catch (error) {
      this.#fail(attempt, reasonOf(error));
    }
  }

  #send(attempt: Attempt, frames: readonly string[]): boolean {
    if (this.#attempt !== attempt) return false;
    try {
      for (const frame of frames) attempt.socket?.send(frame);
      return true;
    } catch (error) {
      this.#fail(attempt, reasonOf(error));
      return false;
    }
  }

  #receive(attempt: Attempt, frame: string): void {
    // A connection that was given up has nothing to say any more.
    if (this.#attempt !== attempt) return;
    const { protocol, runtime, onReady, onEvents } = this.#deps;
    const now = runtime.now();
    const { events, replies, ready, fault } = protocol.receive(frame, now);
    if (fault !== null) {
      this.#fail(attempt, fault);
      return;
    }
    attempt.quietSinceMs = now.getTime();
    attempt.pingedMs = null;
    if (!this.#send(attempt, replies)) return;
    if (ready && attempt.readyMs === null) {
      attempt.readyMs = now.getTime();
      onReady();
    }
    if (events.length > 0) onEvents(events);
  }

  #fail(attempt: Attempt, reason: string): void {
    if (this.#attempt !== attempt) return;
    this.#leave(attempt);
    const { runtime, onDown } = this.#deps;
    this.#retryAtMs = this.#nowMs() + backoffMs(this.#failures, runtime.random());
    this.#failures += 1;
    onDown(reason);
    this.#plan();
  }

  #leave(attempt: Attempt): void {
    const { readyMs, socket } = attempt;
    if (readyMs !== null && this.#nowMs() - readyMs >= SOUND_AFTER_MS) this.#failures = 0;
    this.#attempt = null;
    socket?.close();
  }

  #nowMs(): number {
    return this.#deps.runtime.now().getTime();
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
