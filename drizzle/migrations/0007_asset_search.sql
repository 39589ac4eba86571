-- Substrings of names are found by their trigrams; the extension is one that its database's owner may add.
CREATE EXTENSION IF NOT EXISTS pg_trgm;--> statement-breakpoint
ALTER TABLE "assets" ADD COLUMN "search_name" text GENERATED ALWAYS AS (' ' || lower(regexp_replace(name, '[^a-zA-Z0-9]+', ' ', 'g'))) STORED NOT NULL;--> statement-breakpoint
CREATE INDEX "assets_symbol_prefix_idx" ON "assets" USING btree ("symbol" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "assets_name_prefix_idx" ON "assets" USING btree ("search_name" text_pattern_ops);--> statement-breakpoint
CREATE INDEX "assets_name_trigram_idx" ON "assets" USING gin ("search_name" gin_trgm_ops);