/** The platform's books as they stand in Postgres, read past the platform. */

import pg from "pg";

export interface BookedOrder {
  readonly id: string;
  readonly user_id: string;
  readonly client_order_id: string | null;
  readonly symbol: string;
  readonly status: string;
  readonly rejection_reason: string | null;
  readonly cancel_reason: string | null;
  readonly broker_order_id: string | null;
  readonly filled_quantity: string;
  readonly filled_value: string;
  readonly ended_at: Date | null;
  readonly updated_at: Date;
}

export interface BookedTrade {
  readonly order_id: string;
  readonly execution_id: string;
  readonly quantity: string;
  readonly price: string;
}

export interface AccountCheck {
  readonly user_id: string;
  readonly name: string;
  readonly expected: string | null;
  readonly actual: string | null;
}

export interface Books {
  readonly orders: readonly BookedOrder[];
  readonly trades: readonly BookedTrade[];
}

export type BookReader = ReturnType<typeof createBookReader>;

export function createBookReader(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on("error", () => {});
  const rows = async <T extends pg.QueryResultRow>(text: string, values: unknown[]) =>
    (await pool.query<T>(text, values)).rows;

  return {
    async read(userIds: readonly string[]): Promise<Books> {
      const [orders, trades] = await Promise.all([
        rows<BookedOrder>(
          `SELECT id, user_id, client_order_id, symbol, status, rejection_reason, cancel_reason, broker_order_id,
             filled_quantity, filled_value, coalesce(cancelled_at, expired_at) AS ended_at, updated_at
           FROM orders WHERE user_id = ANY($1)`,
          [userIds],
        ),
        rows<BookedTrade>(
          "SELECT order_id, execution_id, quantity, price FROM trades WHERE user_id = ANY($1)",
          [userIds],
        ),
      ]);
      return { orders, trades };
    },

    /** The checks of `verify_account` that fail. */
    failedChecks: (userIds: readonly string[]) =>
      rows<AccountCheck>(
        `SELECT u AS user_id, name, expected, actual
         FROM unnest($1::uuid[]) u, LATERAL verify_account(u) v WHERE v.ok IS NOT TRUE`,
        [userIds],
      ),

    /** Where each account's journal ends. */
    async heads(userIds: readonly string[]): Promise<Map<string, number>> {
      const found = await rows<{ user_id: string; last_seq: string }>(
        "SELECT user_id, last_seq FROM portfolios WHERE user_id = ANY($1)",
        [userIds],
      );
      return new Map(found.map(({ user_id, last_seq }) => [user_id, Number(last_seq)]));
    },

    /** How often what is worth an entry happened to these accounts. */
    async audited(userIds: readonly string[]): Promise<Map<string, number>> {
      const found = await rows<{ action: string; times: string }>(
        "SELECT action, count(*) AS times FROM audit_log WHERE user_id = ANY($1) GROUP BY action",
        [userIds],
      );
      return new Map(found.map(({ action, times }) => [action, Number(times)]));
    },

    /** What happened to an order, in the words of its account's journal. */
    async storyOf(orderId: string): Promise<string> {
      const events = await rows<{ seq: string; event: string; at: Date; said: string | null }>(
        `SELECT seq, event, at, coalesce(data->>'reason', data->>'message', data->>'venue_status') AS said
         FROM account_events WHERE order_id = $1 ORDER BY seq`,
        [orderId],
      );
      return events
        .map(
          ({ seq, event, at, said }) =>
            `${seq} ${event} ${at.toISOString().slice(14, 23)} (${said ?? ""})`,
        )
        .join(", ");
    },

    close: () => pool.end(),
  };
}
