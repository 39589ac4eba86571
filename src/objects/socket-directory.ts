/** What one user's account room knows of the user's sockets, wherever they are held. */

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
  /** Its credential has ended, and its holder has not been told yet. */
  readonly ended?: true;
}

/** Which credential has ended; `all` ends every connection of the user. */
export type Revoked =
  | { readonly sessionId: string }
  | { readonly apiKeyId: string }
  | { readonly all: true };

/** `full`: the user has as many sockets as allowed. `revoked`: the credential has ended meanwhile. */
export type Admission = "admitted" | "full" | "revoked";

/** How a connection ends that is not admitted. */
export const REFUSALS = {
  full: { error: { id: null, code: 406 }, close: 4006 },
  revoked: { error: { id: null, code: 402, detail: "the session has ended" }, close: 4001 },
} as const;

const SOCKETS_MAX = 5;
const SOCKETS_KEY = "sockets";
/** A token is verified without a look-up, so one that was issued before its session ended has to be known here. */
const REVOKED_KEPT_MS = 3_600_000;
const REVOKED_MAX = 100;
const REVOKED_KEY = "revoked";

/** Kept in the object's storage; times in epoch ms. */
export class SocketDirectory {
  readonly #kv: SyncKvStorage;
  readonly #entries: Map<string, SocketEntry>;
  /** When credentials ended, by their id; the oldest first. */
  readonly #revoked: Map<string, number>;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    const entries = kv.get<SocketEntry[]>(SOCKETS_KEY) ?? [];
    this.#entries = new Map(entries.map((entry) => [entry.connectionId, entry]));
    this.#revoked = new Map(kv.get<[string, number][]>(REVOKED_KEY) ?? []);
  }

  /** Enters a connection, or a new credential of one that is known. */
  admit(entry: SocketEntry, nowMs: number): Admission {
    const revokedAtMs = this.#revoked.get(credentialOf(entry)) ?? 0;
    if (nowMs - revokedAtMs < REVOKED_KEPT_MS) return "revoked";
    const known = this.#entries.get(entry.connectionId);
    if (known === undefined && this.#entries.size >= SOCKETS_MAX) return "full";
    this.#put({ ...entry, listens: known?.listens ?? entry.listens });
    return "admitted";
  }

  /** From now on the connection takes the account channel; it is entered if it is not known. */
  listen(entry: SocketEntry): void {
    this.#put({ ...entry, ...this.#entries.get(entry.connectionId), listens: true });
  }

  silence(connectionId: string): void {
    const known = this.#entries.get(connectionId);
    if (known !== undefined) this.#put({ ...known, listens: false });
  }

  all(): SocketEntry[] {
    return [...this.#entries.values()];
  }

  listeners(): SocketEntry[] {
    return this.all().filter(({ listens, ended }) => listens && !ended);
  }

  /** Those whose credential has ended. */
  ended(): SocketEntry[] {
    return this.all().filter(({ ended }) => ended);
  }

  /** Marks the connections that a credential opened, and lets it open no other. */
  revoke(revoked: Revoked, nowMs: number): void {
    for (const entry of this.all()) {
      if (isRevoked(entry, revoked))
        this.#entries.set(entry.connectionId, { ...entry, ended: true });
    }
    this.#save();
    if (!("all" in revoked))
      this.#remember("sessionId" in revoked ? revoked.sessionId : revoked.apiKeyId, nowMs);
  }

  forget(connectionIds: readonly string[]): void {
    const sizeBefore = this.#entries.size;
    for (const id of connectionIds) this.#entries.delete(id);
    if (this.#entries.size < sizeBefore) this.#save();
  }

  #remember(credential: string, nowMs: number): void {
    this.#revoked.delete(credential);
    this.#revoked.set(credential, nowMs);
    for (const [known, atMs] of this.#revoked) {
      if (this.#revoked.size > REVOKED_MAX || nowMs - atMs >= REVOKED_KEPT_MS)
        this.#revoked.delete(known);
    }
    this.#kv.put(REVOKED_KEY, [...this.#revoked]);
  }

  #put(entry: SocketEntry): void {
    this.#entries.set(entry.connectionId, entry);
    this.#save();
  }

  #save(): void {
    if (this.#entries.size === 0) this.#kv.delete(SOCKETS_KEY);
    else this.#kv.put(SOCKETS_KEY, this.all());
  }
}

const credentialOf = ({ sessionId, apiKeyId }: SocketEntry): string => sessionId ?? apiKeyId ?? "";

function isRevoked(entry: SocketEntry, revoked: Revoked): boolean {
  if ("all" in revoked) return true;
  if ("sessionId" in revoked) return entry.sessionId === revoked.sessionId;
  return entry.apiKeyId === revoked.apiKeyId;
}

/** Connections by the object that holds them. */
export function byHolder(entries: readonly SocketEntry[]): Map<SocketHolder, string[]> {
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
