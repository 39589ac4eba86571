ALTER TYPE "public"."venue" ADD VALUE 'kraken';--> statement-breakpoint
ALTER TYPE "public"."venue" ADD VALUE 'coinbase';