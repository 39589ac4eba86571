ALTER TABLE "trades" ADD COLUMN "realized_pnl" numeric(28, 8) DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "voided_at" timestamp (3) with time zone;