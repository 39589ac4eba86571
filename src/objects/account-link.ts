import type { Principal } from "../domain/principal.ts";
import { encodeJournalEvent, type JournalEvent } from "../streams/protocol.ts";
import type { AccountRoom } from "./account-room.ts";
import type { Audience } from "./audience.ts";
import { calling } from "./caused-object.ts";
import type { Client } from "./client.ts";
import type { Admission, SocketEntry, SocketHolder } from "./socket-directory.ts";
import type { StreamDeps } from "./stream-deps.ts";

const PAGE = 200;

/** The account channel of an object's clients: their entries in their users' directories, and their journals. */
export class AccountLink {
  readonly #rooms: DurableObjectNamespace<AccountRoom>;
  readonly #deps: StreamDeps;
  readonly #holder: SocketHolder;
  readonly #audience: Audience;
  /** How far the journal is being read for a client, by the one loop that reads for it. */
  readonly #targets = new Map<Client, number>();

  constructor(
    rooms: DurableObjectNamespace<AccountRoom>,
    deps: StreamDeps,
    holder: SocketHolder,
    audience: Audience,
  ) {
    this.#rooms = rooms;
    this.#deps = deps;
    this.#holder = holder;
    this.#audience = audience;
  }

  /** Enters a connection in its user's directory, or another credential for one that stands there already. */
  async admit(connectionId: string, principal: Principal): Promise<Admission> {
    return await this.#room(principal).admit(this.#entry(connectionId, principal));
  }

  /**
   * Sends `client` everything after `afterSeq`, and what comes from now on; null starts at the journal's end, and so does
   * what lies beyond it, which answers false: the client has it from another journal.
   */
  async listen(client: Client, afterSeq: number | null): Promise<boolean> {
    const { principal, id } = client.connection;
    if (principal === null || !client.open) return true;
    // The directory first: an entry that is written after it answered is announced, an earlier one is in its answer.
    const head = await this.#room(principal).listen(this.#entry(id, principal));
    client.accountHead = Math.max(client.accountHead, head);
    this.#audience.update(client, { accountSeq: Math.min(afterSeq ?? head, head) });
    await this.#catchUp(client);
    return afterSeq === null || afterSeq <= head;
  }

  async silence(client: Client): Promise<void> {
    const { principal, id } = client.connection;
    this.#audience.update(client, { accountSeq: null });
    if (principal !== null) await this.#room(principal).silence(id);
  }

  async leave(connectionId: string, principal: Principal): Promise<void> {
    await this.#room(principal).leave(connectionId);
  }

  /**
   * Passes news on to a user's clients; a hole before them is filled from the journal. Answers which of the user's
   * connections are open here. Rejects where the journal can't be read: then it should be tried again.
   */
  async deliver(userId: string, events: readonly JournalEvent[], head: number): Promise<string[]> {
    const own = this.#ofUser(userId);
    for (const client of own) client.accountHead = Math.max(client.accountHead, head);
    const listening = own.filter(({ connection }) => connection.accountSeq !== null);
    await Promise.all(
      listening.map((client) => {
        if (!this.#targets.has(client)) this.#send(client, events);
        return this.#catchUp(client);
      }),
    );
    return own.filter(({ open }) => open).map(({ connection }) => connection.id);
  }

  #room(principal: Principal) {
    return calling(this.#rooms.getByName(principal.userId));
  }

  #entry(connectionId: string, { sessionId, apiKeyId }: Principal): SocketEntry {
    return { connectionId, sessionId, apiKeyId, holder: this.#holder, listens: false };
  }

  #ofUser(userId: string): Client[] {
    return [...this.#audience.clients].filter(
      ({ connection }) => connection.principal?.userId === userId,
    );
  }

  /** Sends what follows on the client's last entry; nothing if there is a hole in between. */
  #send(client: Client, events: readonly JournalEvent[]): void {
    const { accountSeq } = client.connection;
    if (accountSeq === null) return;
    const news = events.filter(({ seq }) => seq > accountSeq);
    const last = news.at(-1);
    if (last === undefined || news[0]?.seq !== accountSeq + 1) return;
    if (!this.#audience.send(client, news.map(encodeJournalEvent), true)) return;
    this.#audience.update(client, { accountSeq: last.seq });
  }

  async #catchUp(client: Client): Promise<void> {
    const isRunning = this.#targets.has(client);
    this.#targets.set(client, client.accountHead);
    if (isRunning) return;
    try {
      for (;;) {
        const { principal, accountSeq } = client.connection;
        const target = this.#targets.get(client) ?? 0;
        if (principal === null || accountSeq === null || !client.open || accountSeq >= target)
          return;
        const events = await this.#deps.journal.read(principal.userId, accountSeq, PAGE);
        if (events.length === 0) return;
        this.#send(client, events);
        if (client.connection.accountSeq === accountSeq) return;
      }
    } finally {
      this.#targets.delete(client);
    }
  }
}
