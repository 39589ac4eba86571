/** The accounts' journals, written past the platform: what matters is that entries are there, not what they say. */

import pg from "pg";

export interface Journals {
  /** Appends entries, each with that much text in it. */
  append(userId: string, count: number, bytes?: number): Promise<void>;
  heads(userIds: readonly string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
}

export function openJournals(databaseUrl: string): Journals {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on("error", () => {});
  return {
    async append(userId, count, bytes = 0) {
      const data = { suspend_trade: false, note: "x".repeat(bytes) };
      await pool.query(
        `SELECT append_event($1, 'account', 'configured', NULL, NULL, now(), $2::jsonb)
         FROM (SELECT FROM portfolios WHERE user_id = $1 FOR UPDATE) locked, generate_series(1, $3::int)`,
        [userId, JSON.stringify(data), count],
      );
    },
    async heads(userIds) {
      const { rows } = await pool.query<{ user_id: string; last_seq: string }>(
        "SELECT user_id, last_seq FROM portfolios WHERE user_id = ANY($1)",
        [userIds],
      );
      return new Map(rows.map(({ user_id, last_seq }) => [user_id, Number(last_seq)]));
    },
    close: () => pool.end(),
  };
}
