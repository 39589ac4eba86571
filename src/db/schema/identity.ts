import { sql } from "drizzle-orm";
import { boolean, check, index, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { moment } from "../columns.ts";
import * as enums from "../enums.ts";

export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey(),
    email: text("email").notNull(),
    username: text("username").notNull(),
    /** PHC string. */
    passwordHash: text("password_hash").notNull(),
    fullName: text("full_name"),
    kycStatus: enums.kycStatus("kyc_status").notNull().default("not_started"),
    accountType: enums.accountType("account_type").notNull().default("paper"),
    /** The operator's word alone. */
    accountStatus: enums.accountStatus("account_status").notNull().default("active"),
    /** The platform's own restriction: the account owes more than there is. Neither cause ends with the other. */
    overdrawn: boolean("overdrawn").notNull().default(false),
    /** What the account may do. */
    standing: enums
      .accountStatus("standing")
      .notNull()
      .generatedAlwaysAs(
        sql`case when overdrawn and account_status = 'active' then 'restricted' else account_status end`,
      ),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
  },
  (t) => [
    uniqueIndex("users_email_key").on(sql`lower(${t.email})`),
    uniqueIndex("users_username_key").on(sql`lower(${t.username})`),
  ],
);

export const sessions = pgTable(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    deviceName: text("device_name"),
    createdAt: moment("created_at").notNull(),
    lastUsedAt: moment("last_used_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
    revokedAt: moment("revoked_at"),
    revokedReason: text("revoked_reason"),
  },
  (t) => [index("sessions_user_idx").on(t.userId, t.id)],
);

export const refreshTokens = pgTable(
  "refresh_tokens",
  {
    /** SHA-256 of the token, hex. */
    tokenHash: text("token_hash").primaryKey(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id),
    issuedAt: moment("issued_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
    usedAt: moment("used_at"),
  },
  (t) => [index("refresh_tokens_session_idx").on(t.sessionId)],
);

/** Keys for bots. What they may do is settled when they are made. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    /** What the key is called in requests; no secret. */
    keyId: text("key_id").notNull(),
    /** SHA-256 of the secret, hex. */
    secretHash: text("secret_hash").notNull(),
    scopes: text("scopes").array().notNull(),
    createdAt: moment("created_at").notNull(),
    /** Null: it has no end of its own. */
    expiresAt: moment("expires_at"),
    /** To the minute. */
    lastUsedAt: moment("last_used_at"),
    revokedAt: moment("revoked_at"),
  },
  (t) => [
    uniqueIndex("api_keys_key_id_key").on(t.keyId),
    index("api_keys_user_idx").on(t.userId, t.id),
    check("api_keys_scopes", sql`cardinality(scopes) > 0 and scopes <@ '{read,trade}'`),
  ],
);

/** Of a session or of a key. */
export const streamTickets = pgTable(
  "stream_tickets",
  {
    /** SHA-256 of the ticket, hex. */
    ticketHash: text("ticket_hash").primaryKey(),
    sessionId: uuid("session_id").references(() => sessions.id),
    apiKeyId: uuid("api_key_id").references(() => apiKeys.id),
    scopes: text("scopes").array().notNull(),
    /** When the credential ends that it was asked for with; null: it has no end of its own. */
    credentialExpiresAt: moment("credential_expires_at"),
    expiresAt: moment("expires_at").notNull(),
  },
  (t) => [
    index("stream_tickets_session_idx").on(t.sessionId),
    index("stream_tickets_api_key_idx").on(t.apiKeyId),
    check("stream_tickets_credential", sql`num_nonnulls(session_id, api_key_id) = 1`),
  ],
);
