DROP INDEX "orders_open_idx";--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "venue_filled" numeric;--> statement-breakpoint
CREATE INDEX "orders_open_idx" ON "orders" USING btree ("broker","id") WHERE status in ('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace') or venue_filled > filled_quantity;