import { DurableObject } from "cloudflare:workers";
import { backoffMs } from "../domain/backoff.ts";
import { servicesFor } from "../services.ts";
import type { JournalEvent } from "../streams/protocol.ts";
import type { StreamDeps } from "./stream-deps.ts";

const SOCKETS_MAX = 5;
const PAGE = 200;
/** How often the journal is looked at while entries may come that nobody announces. */
const BEAT_MS = 15_000;
const SOCKETS_KEY = "sockets";

/** The object that holds a socket. */
export interface SocketHolder {
  readonly kind: "gateway" | "room";
  readonly name: string;
}

export interface SocketEntry {
  readonly connectionId: string;
  readonly sessionId: string | null;
  readonly apiKeyId: string | null;
  readonly holder: SocketHolder;
  /** Whether it takes the account channel. */
  readonly listens: boolean;
}

/** Which credential has ended; `all` ends every connection of the user. */
export type Revoked =
  | { readonly sessionId: string }
  | { readonly apiKeyId: string }
  | { readonly all: true };

/** The directory of one user's sockets, and the way of journal entries to them. Addressed by user id. */
export class AccountRoom extends DurableObject<Env> {
  readonly #deps: StreamDeps;
  readonly #entries: Map<string, SocketEntry>;
  /** The last journal entry that was handed out; null: not known, so clients find out what they lack. */
  #sent: number | null = null;
  #isBehind = false;
  #pumping: Promise<void> | null = null;
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env, deps: StreamDeps = servicesFor(env).streams) {
    super(ctx, env);
    this.#deps = deps;
    const entries = ctx.storage.kv.get<SocketEntry[]>(SOCKETS_KEY) ?? [];
    this.#entries = new Map(entries.map((entry) => [entry.connectionId, entry]));
  }

  /** Enters a connection; false if the user has as many as allowed, all of them alive. */
  async admit(entry: SocketEntry): Promise<boolean> {
    if (this.#entries.size >= SOCKETS_MAX) await this.#forgetDead();
    if (this.#entries.size >= SOCKETS_MAX) return false;
    this.#entries.set(entry.connectionId, entry);
    this.#save();
    return true;
  }

  leave(connectionId: string): void {
    if (this.#entries.delete(connectionId)) this.#save();
  }

  /** From here on the connection gets what is written to the journal after the answer, which is the journal's end. */
  async listen(entry: SocketEntry): Promise<number> {
    this.#entries.set(entry.connectionId, { ...entry, listens: true });
    this.#save();
    const { seq, openOrders } = await this.#deps.journal.head(this.#userId);
    if (openOrders > 0) await this.#beatLater();
    return seq;
  }

  silence(connectionId: string): void {
    const entry = this.#entries.get(connectionId);
    if (entry === undefined) return;
    this.#entries.set(connectionId, { ...entry, listens: false });
    this.#save();
  }

  /** The journal has grown. Resolves once the news have been handed to whoever listens, or are due again. */
  async notify(): Promise<void> {
    if (this.#listeners().length === 0) {
      this.#sent = null;
      return;
    }
    await this.#beatLater();
    await this.#pump();
  }

  /** Ends the connections that a credential opened, with 4001. */
  async revoke(revoked: Revoked): Promise<void> {
    const ended = [...this.#entries.values()].filter((entry) => isRevoked(entry, revoked));
    const telling = [...byHolder(ended)].map(async ([holder, ids]) => {
      await this.#holder(holder).revokeSockets(ids);
      this.#forget(ids);
    });
    await Promise.all(telling);
  }

  override async alarm(): Promise<void> {
    if (this.#listeners().length === 0) return;
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
      await this.#beatLater(backoffMs(this.#failures, Math.random()));
      this.#failures += 1;
      return;
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
  async #tell(events: readonly JournalEvent[], head: number): Promise<boolean> {
    const telling = [...byHolder(this.#listeners())].map(async ([holder, ids]) => {
      try {
        const open = await this.#holder(holder).accountEvents(this.#userId, events, head);
        this.#forget(ids.filter((id) => !open.includes(id)));
        return true;
      } catch (error) {
        this.#deps.log.warn("account_room.not_told", { user_id: this.#userId, holder, error });
        return false;
      }
    });
    return (await Promise.all(telling)).every((told) => told);
  }

  /** Sockets may end without their object noticing. */
  async #forgetDead(): Promise<void> {
    const asking = [...byHolder([...this.#entries.values()])].map(async ([holder, ids]) => {
      try {
        const open = await this.#holder(holder).openSockets(ids);
        this.#forget(ids.filter((id) => !open.includes(id)));
      } catch (error) {
        this.#deps.log.warn("account_room.not_asked", { user_id: this.#userId, holder, error });
      }
    });
    await Promise.all(asking);
  }

  #forget(connectionIds: readonly string[]): void {
    for (const id of connectionIds) this.#entries.delete(id);
    if (connectionIds.length > 0) this.#save();
  }

  #listeners(): SocketEntry[] {
    return [...this.#entries.values()].filter(({ listens }) => listens);
  }

  #holder({ kind, name }: SocketHolder) {
    return kind === "gateway"
      ? this.env.STREAM_GATEWAY.getByName(name)
      : this.env.SYMBOL_ROOM.getByName(name);
  }

  #save(): void {
    if (this.#entries.size === 0) this.ctx.storage.kv.delete(SOCKETS_KEY);
    else this.ctx.storage.kv.put(SOCKETS_KEY, [...this.#entries.values()]);
  }

  async #beatLater(ms = BEAT_MS): Promise<void> {
    const atMs = this.#deps.now().getTime() + ms;
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
  }
}

function isRevoked(entry: SocketEntry, revoked: Revoked): boolean {
  if ("all" in revoked) return true;
  if ("sessionId" in revoked) return entry.sessionId === revoked.sessionId;
  return entry.apiKeyId === revoked.apiKeyId;
}

function byHolder(entries: readonly SocketEntry[]): Map<SocketHolder, string[]> {
  const holders = new Map<string, SocketHolder>();
  const ids = new Map<SocketHolder, string[]>();
  for (const { holder, connectionId } of entries) {
    const key = `${holder.kind}:${holder.name}`;
    const known = holders.get(key) ?? holder;
    holders.set(key, known);
    ids.set(known, [...(ids.get(known) ?? []), connectionId]);
  }
  return ids;
}
