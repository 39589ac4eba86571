CREATE TABLE "daily_bar_spans" (
	"symbol" text PRIMARY KEY NOT NULL,
	"from_day" date,
	"through_day" date,
	"tried_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "daily_bar_spans_days_check" CHECK (("daily_bar_spans"."from_day" is null) = ("daily_bar_spans"."through_day" is null) and "daily_bar_spans"."from_day" <= "daily_bar_spans"."through_day")
);
--> statement-breakpoint
CREATE TABLE "daily_bars" (
	"symbol" text NOT NULL,
	"day" date NOT NULL,
	"open" numeric NOT NULL,
	"high" numeric NOT NULL,
	"low" numeric NOT NULL,
	"close" numeric NOT NULL,
	"volume" numeric NOT NULL,
	CONSTRAINT "daily_bars_symbol_day_pk" PRIMARY KEY("symbol","day")
);
