ALTER TABLE "users" ADD COLUMN "overdrawn" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "standing" "account_status" GENERATED ALWAYS AS (case when overdrawn and account_status = 'active' then 'restricted' else account_status end) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "trades" ADD COLUMN "fee_mark" numeric;--> statement-breakpoint
UPDATE "users" SET "overdrawn" = true, "account_status" = 'active' FROM "portfolios" WHERE "portfolios"."user_id" = "users"."id" AND "portfolios"."overdrawn" AND "users"."account_status" = 'restricted';
