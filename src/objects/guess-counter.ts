import type { AccountCounter, AddressCounter, GuessAnswer } from "../auth/guesses.ts";
import {
  ATTACKED_FROM,
  GUESS_WINDOW_MS,
  guessesAllowed,
  ON_ALL_ACCOUNTS_MAX,
  retryAfterS,
} from "../domain/guessing.ts";
import { CausedObject } from "./caused-object.ts";

/** How long an address stays familiar, and how many do. */
const FAMILIAR_MS = 90 * 86_400_000;
const FAMILIAR_MAX = 20;
/** The origin under which an address's own counter counts. */
const ANY_ACCOUNT = "";

/**
 * Counts wrong passwords: one object an account (`account:…`), by the addresses they come from, and one an address
 * (`address:…`). A guess counts as wrong from when it begins, so that many at once are counted as one after the other.
 */
export class GuessCounter extends CausedObject implements AccountCounter, AddressCounter {
  readonly #sql: SqlStorage;
  #hasTables = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
  }

  /** On an account, from `address`. */
  async guessAccount(address: string): Promise<GuessAnswer> {
    this.#createTables();
    const familiar = this.#sql
      .exec("SELECT 1 FROM familiar WHERE address = ? AND at_ms > ?", address, now() - FAMILIAR_MS)
      .toArray();
    const tally = { total: this.#total(), isFamiliar: familiar.length > 0 };
    return await this.#guess(address, guessesAllowed(tally));
  }

  /** From an address, on whatever account. */
  guessAddress(): Promise<GuessAnswer> {
    this.#createTables();
    return this.#guess(ANY_ACCOUNT, ON_ALL_ACCOUNTS_MAX);
  }

  /** The guess from `address` was right: what went wrong before it was the owner's. */
  async accountPassed(address: string): Promise<void> {
    this.#createTables();
    this.#sql.exec("DELETE FROM failures WHERE origin = ?", address);
    this.#sql.exec(
      "INSERT OR REPLACE INTO familiar (address, at_ms) VALUES (?, ?)",
      address,
      now(),
    );
    this.#sql.exec(
      "DELETE FROM familiar WHERE address NOT IN (SELECT address FROM familiar ORDER BY at_ms DESC LIMIT ?)",
      FAMILIAR_MAX,
    );
    await this.#cleanLater();
  }

  /** The guess from `address` does not count. */
  accountSpared(address: string): void {
    this.#spare(address);
  }

  /** The guess does not count; those at other accounts do. */
  addressSpared(): void {
    this.#spare(ANY_ACCOUNT);
  }

  override async alarm(): Promise<void> {
    this.#createTables();
    this.#sql.exec("DELETE FROM failures WHERE since_ms <= ?", now() - GUESS_WINDOW_MS);
    this.#sql.exec("DELETE FROM familiar WHERE at_ms <= ?", now() - FAMILIAR_MS);
    const left = this.#sql
      .exec<{ failures: number; familiar: number }>(
        "SELECT (SELECT count(*) FROM failures) AS failures, (SELECT count(*) FROM familiar) AS familiar",
      )
      .one();
    if (left.failures > 0) await this.#cleanLater();
    else if (left.familiar > 0) await this.ctx.storage.setAlarm(now() + FAMILIAR_MS);
    else {
      // An object that keeps nothing costs nothing.
      this.#hasTables = false;
      await this.ctx.storage.deleteAll();
    }
  }

  async #guess(origin: string, max: number): Promise<GuessAnswer> {
    const nowMs = now();
    const [row] = this.#sql
      .exec<{ count: number; since_ms: number }>(
        "SELECT count, since_ms FROM failures WHERE origin = ? AND since_ms > ?",
        origin,
        nowMs - GUESS_WINDOW_MS,
      )
      .toArray();
    const { count, since_ms: sinceMs } = row ?? { count: 0, since_ms: nowMs };
    if (count >= max) return { kind: "refused", retryAfterS: retryAfterS(sinceMs, nowMs) };
    this.#sql.exec(
      "INSERT OR REPLACE INTO failures (origin, count, since_ms) VALUES (?, ?, ?)",
      origin,
      count + 1,
      sinceMs,
    );
    await this.#cleanLater();
    return { kind: "allowed", last: count + 1 === max };
  }

  #spare(origin: string): void {
    this.#createTables();
    this.#sql.exec("UPDATE failures SET count = count - 1 WHERE origin = ? AND count > 0", origin);
  }

  /** Up to where an account counts as attacked: of one that is, the rows may be as many as there are addresses. */
  #total(): number {
    return this.#sql
      .exec<{ total: number }>(
        `SELECT coalesce(sum(count), 0) AS total FROM (
          SELECT count FROM failures WHERE since_ms > ? AND count > 0 LIMIT ?)`,
        now() - GUESS_WINDOW_MS,
        ATTACKED_FROM,
      )
      .one().total;
  }

  async #cleanLater(): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    const atMs = now() + GUESS_WINDOW_MS;
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
  }

  #createTables(): void {
    if (this.#hasTables) return;
    this.#hasTables = true;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS failures (
      origin TEXT PRIMARY KEY, count INTEGER NOT NULL, since_ms INTEGER NOT NULL)`);
    this.#sql.exec("CREATE INDEX IF NOT EXISTS failures_since ON failures (since_ms)");
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS familiar (
      address TEXT PRIMARY KEY, at_ms INTEGER NOT NULL)`);
  }
}

const now = () => Date.now();
