import { sql } from "drizzle-orm";
import { boolean, index, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
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
  (t) => [index("sessions_user_idx").on(t.userId, t.createdAt)],
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

export const streamTickets = pgTable(
  "stream_tickets",
  {
    /** SHA-256 of the ticket, hex. */
    ticketHash: text("ticket_hash").primaryKey(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id),
    scopes: text("scopes").array().notNull(),
    /** When the credential ends that it was asked for with. */
    credentialExpiresAt: moment("credential_expires_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (t) => [index("stream_tickets_session_idx").on(t.sessionId)],
);
