CREATE TYPE "public"."account_status" AS ENUM('active', 'restricted', 'suspended', 'closed');--> statement-breakpoint
CREATE TYPE "public"."account_type" AS ENUM('paper', 'live');--> statement-breakpoint
CREATE TYPE "public"."asset_type" AS ENUM('stock', 'crypto');--> statement-breakpoint
CREATE TYPE "public"."event_kind" AS ENUM('order', 'cash', 'account');--> statement-breakpoint
CREATE TYPE "public"."kyc_status" AS ENUM('not_started', 'submitted', 'approved', 'action_required', 'rejected');--> statement-breakpoint
CREATE TYPE "public"."liquidity" AS ENUM('maker', 'taker');--> statement-breakpoint
CREATE TYPE "public"."order_event" AS ENUM('pending_new', 'denied', 'new', 'accepted', 'rejected', 'triggered', 'partial_fill', 'fill', 'canceled', 'pending_cancel', 'cancel_rejected', 'pending_replace', 'replaced', 'replace_rejected', 'expired', 'restated');--> statement-breakpoint
CREATE TYPE "public"."order_side" AS ENUM('buy', 'sell');--> statement-breakpoint
CREATE TYPE "public"."order_status" AS ENUM('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace', 'filled', 'canceled', 'expired', 'rejected', 'replaced');--> statement-breakpoint
CREATE TYPE "public"."order_type" AS ENUM('market', 'limit', 'stop', 'stop_limit');--> statement-breakpoint
CREATE TYPE "public"."time_in_force" AS ENUM('day', 'gtc', 'ioc', 'fok');--> statement-breakpoint
CREATE TYPE "public"."venue" AS ENUM('alpaca', 'binance');--> statement-breakpoint
CREATE TABLE "account_events" (
	"user_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"kind" "event_kind" NOT NULL,
	"event" text NOT NULL,
	"order_id" uuid,
	"status" "order_status",
	"at" timestamp (3) with time zone NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "account_events_user_id_seq_pk" PRIMARY KEY("user_id","seq")
);
--> statement-breakpoint
CREATE TABLE "assets" (
	"symbol" text PRIMARY KEY NOT NULL,
	"asset_type" "asset_type" NOT NULL,
	"name" text NOT NULL,
	"exchange" text NOT NULL,
	"venue" "venue" NOT NULL,
	"quote_currency" text NOT NULL,
	"price_increment" numeric,
	"quantity_increment" numeric NOT NULL,
	"min_quantity" numeric,
	"fractionable" boolean NOT NULL,
	"tradable" boolean NOT NULL,
	"in_universe" boolean NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid,
	"at" timestamp (3) with time zone NOT NULL,
	"action" text NOT NULL,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_entries" (
	"transaction_id" uuid NOT NULL,
	"ordinal" integer NOT NULL,
	"user_id" uuid NOT NULL,
	"account" text NOT NULL,
	"asset" text NOT NULL,
	"amount" numeric NOT NULL,
	CONSTRAINT "ledger_entries_transaction_id_ordinal_pk" PRIMARY KEY("transaction_id","ordinal")
);
--> statement-breakpoint
CREATE TABLE "ledger_transactions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"kind" text NOT NULL,
	"order_id" uuid,
	"trade_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"client_order_id" text,
	"symbol" text NOT NULL,
	"asset_type" "asset_type" NOT NULL,
	"side" "order_side" NOT NULL,
	"type" "order_type" NOT NULL,
	"quantity" numeric,
	"notional" numeric(28, 8),
	"limit_price" numeric,
	"stop_price" numeric,
	"time_in_force" time_in_force NOT NULL,
	"filled_quantity" numeric DEFAULT 0 NOT NULL,
	"filled_value" numeric DEFAULT 0 NOT NULL,
	"filled_avg_price" numeric GENERATED ALWAYS AS (case when filled_quantity > 0 then round(filled_value / filled_quantity, 8) end) STORED,
	"status" "order_status" NOT NULL,
	"status_before" "order_status",
	"rejection_reason" text,
	"refusal" jsonb,
	"cancel_reason" text,
	"reserve_price" numeric,
	"fee_rate" numeric DEFAULT 0 NOT NULL,
	"reserved_amount" numeric(28, 8) DEFAULT 0 NOT NULL,
	"reserved_quantity" numeric DEFAULT 0 NOT NULL,
	"fees" numeric(28, 8) DEFAULT 0 NOT NULL,
	"broker" "venue" NOT NULL,
	"broker_order_id" text,
	"sent_as" jsonb,
	"replaces" uuid,
	"replaced_by" uuid,
	"version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"submitted_at" timestamp (3) with time zone,
	"triggered_at" timestamp (3) with time zone,
	"filled_at" timestamp (3) with time zone,
	"cancelled_at" timestamp (3) with time zone,
	"expired_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "orders_size_check" CHECK ("orders"."quantity" > 0 or "orders"."notional" > 0),
	CONSTRAINT "orders_filled_check" CHECK ("orders"."filled_quantity" >= 0),
	CONSTRAINT "orders_reserved_check" CHECK ("orders"."reserved_amount" >= 0 and "orders"."reserved_quantity" >= 0),
	CONSTRAINT "orders_closed_holds_nothing_check" CHECK ("orders"."status" in ('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace') or ("orders"."reserved_amount" = 0 and "orders"."reserved_quantity" = 0))
);
--> statement-breakpoint
CREATE TABLE "portfolios" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"cash_balance" numeric(28, 8) DEFAULT 0 NOT NULL,
	"cash_reserved" numeric(28, 8) DEFAULT 0 NOT NULL,
	"crypto_balance" numeric(28, 8) DEFAULT 0 NOT NULL,
	"total_value" numeric(28, 8) DEFAULT 0 NOT NULL,
	"unrealized_pnl" numeric(28, 8) DEFAULT 0 NOT NULL,
	"valued_at" timestamp (3) with time zone,
	"realized_pnl" numeric(28, 8) DEFAULT 0 NOT NULL,
	"fees" numeric(28, 8) DEFAULT 0 NOT NULL,
	"net_deposits" numeric(28, 8) DEFAULT 0 NOT NULL,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"suspend_trade" boolean DEFAULT false NOT NULL,
	"closing_only" boolean DEFAULT false NOT NULL,
	"overdrawn" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "portfolios_reserved_check" CHECK ("portfolios"."cash_reserved" >= 0),
	CONSTRAINT "portfolios_free_check" CHECK ("portfolios"."overdrawn" or "portfolios"."cash_balance" >= "portfolios"."cash_reserved")
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"symbol" text NOT NULL,
	"asset_type" "asset_type" NOT NULL,
	"quantity" numeric NOT NULL,
	"quantity_reserved" numeric DEFAULT 0 NOT NULL,
	"cost_basis" numeric(28, 8) NOT NULL,
	"average_entry_price" numeric GENERATED ALWAYS AS (case when quantity > 0 then round(cost_basis / quantity, 8) end) STORED,
	"unrealized_pnl" numeric(28, 8) DEFAULT 0 NOT NULL,
	"realized_pnl" numeric(28, 8) DEFAULT 0 NOT NULL,
	"fees" numeric(28, 8) DEFAULT 0 NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "positions_reserved_check" CHECK ("positions"."quantity_reserved" >= 0)
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"issued_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"device_name" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"revoked_reason" text
);
--> statement-breakpoint
CREATE TABLE "trades" (
	"id" uuid PRIMARY KEY NOT NULL,
	"order_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"symbol" text NOT NULL,
	"asset_type" "asset_type" NOT NULL,
	"side" "order_side" NOT NULL,
	"quantity" numeric NOT NULL,
	"price" numeric NOT NULL,
	"value" numeric(28, 8) NOT NULL,
	"fee" numeric DEFAULT 0 NOT NULL,
	"fee_asset" text NOT NULL,
	"fee_usd" numeric(28, 8) DEFAULT 0 NOT NULL,
	"liquidity" "liquidity",
	"broker" "venue" NOT NULL,
	"broker_order_id" text NOT NULL,
	"execution_id" text NOT NULL,
	"executed_at" timestamp (3) with time zone NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "trades_quantity_check" CHECK ("trades"."quantity" > 0)
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"username" text NOT NULL,
	"password_hash" text NOT NULL,
	"full_name" text,
	"kyc_status" "kyc_status" DEFAULT 'not_started' NOT NULL,
	"account_type" "account_type" DEFAULT 'paper' NOT NULL,
	"account_status" "account_status" DEFAULT 'active' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "account_events" ADD CONSTRAINT "account_events_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_transaction_id_ledger_transactions_id_fk" FOREIGN KEY ("transaction_id") REFERENCES "public"."ledger_transactions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portfolios" ADD CONSTRAINT "portfolios_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "positions" ADD CONSTRAINT "positions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trades" ADD CONSTRAINT "trades_order_id_orders_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trades" ADD CONSTRAINT "trades_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_events_order_idx" ON "account_events" USING btree ("order_id","seq") WHERE order_id is not null;--> statement-breakpoint
CREATE INDEX "assets_venue_idx" ON "assets" USING btree ("venue","symbol");--> statement-breakpoint
CREATE INDEX "audit_log_user_idx" ON "audit_log" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "ledger_entries_user_idx" ON "ledger_entries" USING btree ("user_id","account");--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_transactions_seq_key" ON "ledger_transactions" USING btree ("user_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "orders_client_order_id_key" ON "orders" USING btree ("user_id","client_order_id");--> statement-breakpoint
CREATE INDEX "orders_user_idx" ON "orders" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "orders_open_idx" ON "orders" USING btree ("broker","id") WHERE status in ('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace');--> statement-breakpoint
CREATE INDEX "orders_user_open_idx" ON "orders" USING btree ("user_id","symbol") WHERE status in ('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace');--> statement-breakpoint
CREATE UNIQUE INDEX "portfolios_user_key" ON "portfolios" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "positions_open_key" ON "positions" USING btree ("user_id","symbol") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "positions_user_idx" ON "positions" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "refresh_tokens_session_idx" ON "refresh_tokens" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "sessions_user_idx" ON "sessions" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "trades_execution_key" ON "trades" USING btree ("broker","broker_order_id","execution_id");--> statement-breakpoint
CREATE INDEX "trades_user_idx" ON "trades" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "trades_order_idx" ON "trades" USING btree ("order_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_key" ON "users" USING btree (lower("email"));--> statement-breakpoint
CREATE UNIQUE INDEX "users_username_key" ON "users" USING btree (lower("username"));