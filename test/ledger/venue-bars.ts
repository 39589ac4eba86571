/** The bars of the simulated venue, as it tells them itself, in a table. */

import type pg from "pg";

export interface VenueBarSources {
  readonly alpacaUrl: string;
  readonly alpacaHeaders: Readonly<Record<string, string>>;
  readonly binanceUrl: string;
}

type Bar = readonly [startMs: number, close: string];

/** Our interval, Alpaca's, Binance's, and what may lie between two bars of something that trades round the clock. */
const INTERVALS = {
  "1m": ["1Min", "1m", 3_600_000],
  "5m": ["5Min", "5m", 7_200_000],
  "15m": ["15Min", "15m", 14_400_000],
  "1h": ["1Hour", "1h", 86_400_000],
  "1D": ["1Day", "1d", 4 * 86_400_000],
} as const;

export type Interval = keyof typeof INTERVALS;

/** A day of stocks ends at midnight in New York, of coins in UTC: the venue never closes. */
const TABLE = `
  create temp table venue_bars (symbol text, interval text, starts timestamptz, close numeric,
    ends timestamptz, primary key (symbol, interval, starts))`;
const INSERT = `
  insert into venue_bars select $1, $2, starts, close, case
      when $2 <> '1D' then starts + case $2 when '1m' then interval '1 minute' when '5m' then interval '5 minutes'
        when '15m' then interval '15 minutes' else interval '1 hour' end
      when $1 like '%/%' then starts + interval '1 day'
      else (date_trunc('day', starts at time zone 'America/New_York') + interval '1 day') at time zone 'America/New_York' end
  from unnest($3::timestamptz[], $4::numeric[]) as bar (starts, close)
  on conflict (symbol, interval, starts) do update set close = excluded.close`;
const TRADED = `
  select distinct asset from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
  where t.user_id = $1 and e.account like 'qty%'`;

/** Answers what brings all bars that an account needs into the table `venue_bars` of that connection. */
export async function createVenueBars(client: pg.Client, sources: VenueBarSources) {
  await client.query(TABLE);
  const loaded = new Map<string, number>();

  return async (interval: Interval, userId: string, from: Date): Promise<void> => {
    const { rows } = await client.query<{ asset: string }>(TRADED, [userId]);
    const startMs = from.getTime() - INTERVALS[interval][2];
    for (const { asset } of rows) {
      const key = `${asset} ${interval}`;
      if ((loaded.get(key) ?? Number.POSITIVE_INFINITY) <= startMs) continue;
      const bars = asset.includes("/")
        ? await barsOfPair(sources, asset, interval, startMs)
        : await barsOfStock(sources, asset, interval, startMs);
      const starts = bars.map(([ms]) => new Date(ms).toISOString());
      await client.query(INSERT, [asset, interval, starts, bars.map(([, close]) => close)]);
      loaded.set(key, startMs);
    }
  };
}

async function barsOfStock(
  { alpacaUrl, alpacaHeaders }: VenueBarSources,
  symbol: string,
  interval: Interval,
  startMs: number,
): Promise<Bar[]> {
  const bars: Bar[] = [];
  let pageToken: string | null = "";
  while (pageToken !== null) {
    const query: Record<string, string> = {
      symbols: symbol,
      timeframe: INTERVALS[interval][0],
      start: new Date(startMs).toISOString(),
      limit: "10000",
      ...(pageToken === "" ? {} : { page_token: pageToken }),
    };
    const page = (await ask(
      `${alpacaUrl}/v2/stocks/bars?${new URLSearchParams(query)}`,
      alpacaHeaders,
    )) as {
      readonly bars: Readonly<
        Record<string, readonly { readonly t: string; readonly c: number }[]>
      >;
      readonly next_page_token: string | null;
    };
    for (const { t, c } of page.bars[symbol] ?? []) bars.push([Date.parse(t), String(c)]);
    pageToken = page.next_page_token;
  }
  return bars;
}

async function barsOfPair(
  { binanceUrl }: VenueBarSources,
  pair: string,
  interval: Interval,
  startMs: number,
): Promise<Bar[]> {
  const bars: Bar[] = [];
  let fromMs = startMs;
  for (;;) {
    const query = {
      symbol: pair.replace("/USD", "USDT"),
      interval: INTERVALS[interval][1],
      startTime: String(fromMs),
      limit: "1000",
    };
    const page = (await ask(
      `${binanceUrl}/api/v3/klines?${new URLSearchParams(query)}`,
    )) as readonly (readonly [number, string, string, string, string])[];
    for (const [start, , , , close] of page) bars.push([start, close]);
    if (page.length < 1_000) return bars;
    fromMs = (bars.at(-1)?.[0] ?? fromMs) + 1;
  }
}

async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
