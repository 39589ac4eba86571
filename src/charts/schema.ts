import * as z from "zod";
import "../http/describable.ts";
import { BAR_INTERVALS, PERIODS } from "../domain/bar.ts";
import { formatMoney } from "../domain/decimal.ts";
import { timeQuery } from "../http/moment.ts";
import { pageQuery } from "../http/paging.ts";
import { type View, view } from "../http/view.ts";
import type { Chart, ChartBar } from "./service.ts";

/** A page holds what most charts are made of. */
const BARS_MAX = 500;

export const symbolParam = z.object({
  symbol: z.string().min(1).max(32).openapi({
    description: "In any spelling: `F`, `DOGE/USD` (as `DOGE%2FUSD`), `DOGE-USD`, `dogeusd`.",
    example: "F",
  }),
});

export const chartQuery = z.object({
  interval: z.enum(BAR_INTERVALS).optional().openapi({
    description:
      "1m over 1D and 5D, 5m over 1D to 1M, 15m over 1D to 3M, 1h over 5D to 1Y, 1D over 1M to 1Y. Without it, what suits the period.",
  }),
  period: z.enum(PERIODS).optional().openapi({
    description: "Up to now. Days of stocks are trading days. Without it and without start: 1D.",
  }),
  start: timeQuery.optional().openapi({
    type: "string",
    format: "date-time",
    description: "In place of a period: the first moment at which a bar may begin.",
  }),
  end: timeQuery.optional().openapi({
    type: "string",
    format: "date-time",
    description: "The moment before which bars begin; now without it.",
  }),
  ...pageQuery(BARS_MAX, BARS_MAX),
});

/** A pair whose slash came unescaped: then the path has a segment more than the document says. */
export const pairParam = z.object({ base: z.string().max(16), currency: z.string().max(16) });

/** The start of the last bar of a page, epoch ms. */
export const chartCursor = z.int().nonnegative();

const money = view(() => z.string().openapi({ format: "decimal", example: "10.25" }));
const amount = view(() => z.string().openapi({ format: "decimal", example: "12000" }));

const bar = view(() =>
  z
    .object({
      timestamp: z.iso.datetime().openapi({
        description:
          "When it begins; of a day, midnight in New York for stocks, in UTC for crypto.",
      }),
      open: money(),
      high: money(),
      low: money(),
      close: money(),
      volume: amount(),
      partial: z.literal(true).optional().openapi({ description: "Of the bar that still runs." }),
    })
    .openapi("Bar"),
);

export const chartView = view(() =>
  z
    .object({
      symbol: z.string(),
      interval: z.enum(BAR_INTERVALS),
      period: z.enum(PERIODS).nullable().openapi({ description: "Null where start was given." }),
      bars: z.array(bar()).openapi({ description: "Ascending, adjusted for splits." }),
      next_page_token: z.string().nullable(),
    })
    .openapi("Chart"),
);

export function toChartView(
  { instrument, interval, period }: Chart,
  page: readonly ChartBar[],
  nextPageToken: string | null,
): View<typeof chartView> {
  return {
    symbol: instrument.symbol,
    interval,
    period,
    bars: page.map(toBarView),
    next_page_token: nextPageToken,
  };
}

function toBarView({ startMs, open, high, low, close, volume, partial }: ChartBar) {
  return {
    timestamp: new Date(startMs).toISOString(),
    open: formatMoney(open),
    high: formatMoney(high),
    low: formatMoney(low),
    close: formatMoney(close),
    volume,
    ...(partial ? { partial } : {}),
  };
}
