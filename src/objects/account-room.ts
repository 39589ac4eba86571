import { backoffMs } from "../domain/backoff.ts";
import { because, newRun } from "../observability/cause.ts";
import { servicesFor } from "../services.ts";
import type { JournalEvent } from "../streams/protocol.ts";
import { CausedObject, calling } from "./caused-object.ts";
import {
  type Admission,
  byHolder,
  type Revoked,
  SocketDirectory,
  type SocketEntry,
  type SocketHolder,
} from "./socket-directory.ts";
import type { StreamDeps } from "./stream-deps.ts";

const PAGE = 200;
/** How often the journal is looked at while entries may come that nobody announces. */
const BEAT_MS = 15_000;

/** The directory of one user's sockets, and the way of journal entries to them. Addressed by user id. */
export class AccountRoom extends CausedObject {
  readonly #deps: StreamDeps;
  readonly #sockets: SocketDirectory;
  /** The last journal entry that was handed out; null: not known, so clients find out what they lack. */
  #sent: number | null = null;
  #isBehind = false;
  #pumping: Promise<void> | null = null;
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env, deps: StreamDeps = servicesFor(env).streams) {
    super(ctx, env);
    this.#deps = deps;
    this.#sockets = new SocketDirectory(ctx.storage.kv);
  }

  /** Enters a connection; it is refused if the user has as many as allowed, all of them alive. */
  async admit(entry: SocketEntry): Promise<Admission> {
    const admission = this.#sockets.admit(entry, this.#nowMs());
    if (admission !== "full") return admission;
    await this.#forgetDead();
    return this.#sockets.admit(entry, this.#nowMs());
  }

  leave(connectionId: string): void {
    this.#sockets.forget([connectionId]);
  }

  /** From here on the connection gets what is written to the journal after the answer, which is the journal's end. */
  async listen(entry: SocketEntry): Promise<number> {
    this.#sockets.listen(entry);
    const { seq, openOrders } = await this.#deps.journal.head(this.#userId);
    if (openOrders > 0) await this.#beatLater();
    return seq;
  }

  silence(connectionId: string): void {
    this.#sockets.silence(connectionId);
  }

  /** The journal has grown. Resolves once the news have been handed to whoever listens, or are due again. */
  async notify(): Promise<void> {
    if (this.#sockets.listeners().length === 0) {
      this.#sent = null;
      return;
    }
    await this.#beatLater();
    await this.#pump();
  }

  /** Ends the connections that a credential opened, with 4001; who can't be told now is told later. */
  async revoke(revoked: Revoked): Promise<void> {
    this.#sockets.revoke(revoked, this.#nowMs());
    await this.#endRevoked();
  }

  override alarm(): Promise<void> {
    return because(newRun(), () => this.#beat());
  }

  async #beat(): Promise<void> {
    await this.#endRevoked();
    if (this.#sockets.listeners().length === 0) return;
    let goOn = true;
    try {
      const { seq, openOrders } = await this.#deps.journal.head(this.#userId);
      goOn = openOrders > 0;
      if (this.#isBehind || seq !== this.#sent) await this.#pump();
    } catch (error) {
      this.#deps.log.warn("account_room.journal_unread", { user_id: this.#userId, error });
    }
    if (goOn) await this.#beatLater();
  }

  get #userId(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("an account room is addressed by its user's id");
    return name;
  }

  /** One at a time, so that entries go out in order; who comes meanwhile waits for a round of its own. */
  async #pump(): Promise<void> {
    this.#isBehind = true;
    this.#pumping ??= this.#drain().finally(() => {
      this.#pumping = null;
    });
    await this.#pumping;
  }

  async #drain(): Promise<void> {
    while (this.#isBehind) {
      this.#isBehind = false;
      if (await this.#handOut()) {
        this.#failures = 0;
        continue;
      }
      this.#isBehind = true;
      return await this.#retryLater();
    }
  }

  /** False: the journal could not be read, or some object not be told. */
  async #handOut(): Promise<boolean> {
    try {
      const { events, head } = await this.#news();
      const told = await this.#tell(events, head);
      this.#sent = head;
      return told;
    } catch (error) {
      this.#deps.log.warn("account_room.journal_unread", { user_id: this.#userId, error });
      return false;
    }
  }

  async #news(): Promise<{ events: readonly JournalEvent[]; head: number }> {
    const { journal } = this.#deps;
    if (this.#sent === null) return { events: [], head: (await journal.head(this.#userId)).seq };
    const events = await journal.read(this.#userId, this.#sent, PAGE);
    // What does not fit the page is read by those who hold the sockets.
    if (events.length === PAGE) return { events, head: (await journal.head(this.#userId)).seq };
    return { events, head: events.at(-1)?.seq ?? this.#sent };
  }

  /** False: some object could not be told. */
  #tell(events: readonly JournalEvent[], head: number): Promise<boolean> {
    return this.#ask(this.#sockets.listeners(), async (holder, ids) => {
      const open = await this.#holder(holder).accountEvents(this.#userId, events, head);
      this.#sockets.forget(ids.filter((id) => !open.includes(id)));
    });
  }

  /** Sockets may end without their object noticing. */
  async #forgetDead(): Promise<void> {
    await this.#ask(this.#sockets.all(), async (holder, ids) => {
      const open = await this.#holder(holder).openSockets(ids);
      this.#sockets.forget(ids.filter((id) => !open.includes(id)));
    });
  }

  async #endRevoked(): Promise<void> {
    const told = await this.#ask(this.#sockets.ended(), async (holder, ids) => {
      await this.#holder(holder).revokeSockets(ids);
      this.#sockets.forget(ids);
    });
    if (!told) await this.#retryLater();
  }

  /** Asks the holders of `entries`, all at once. False: some object could not be asked. */
  async #ask(
    entries: readonly SocketEntry[],
    ask: (holder: SocketHolder, connectionIds: readonly string[]) => Promise<void>,
  ): Promise<boolean> {
    const asking = [...byHolder(entries)].map(async ([holder, ids]) => {
      try {
        await ask(holder, ids);
        return true;
      } catch (error) {
        this.#deps.log.warn("account_room.not_told", { user_id: this.#userId, holder, error });
        return false;
      }
    });
    return (await Promise.all(asking)).every((told) => told);
  }

  #holder({ kind, name }: SocketHolder) {
    return kind === "gateway"
      ? calling(this.env.STREAM_GATEWAY.getByName(name))
      : calling(this.env.SYMBOL_ROOM.getByName(name));
  }

  #nowMs(): number {
    return this.#deps.now().getTime();
  }

  async #retryLater(): Promise<void> {
    await this.#beatLater(backoffMs(this.#failures, Math.random()));
    this.#failures += 1;
  }

  async #beatLater(ms = BEAT_MS): Promise<void> {
    const atMs = this.#nowMs() + ms;
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
  }
}
