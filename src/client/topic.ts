/** Names of what can be streamed, and positions in it. */

export type MarketChannel = "quotes" | "trades";
export type Channel = MarketChannel | "account";

/** One counted sequence of messages: `quotes|F`. */
export type Topic = `${MarketChannel}|${string}`;

/** The last message that somebody has of a topic. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export const topicOf = (channel: MarketChannel, symbol: string): Topic => `${channel}|${symbol}`;

export const symbolOf = (topic: Topic): string => topic.slice(topic.indexOf("|") + 1);

export const channelOf = (topic: Topic): MarketChannel =>
  topic.startsWith("quotes|") ? "quotes" : "trades";

export const formatCursor = ({ epoch, seq }: Cursor): string => `${epoch}:${seq}`;

const CURSOR = /^([a-z0-9]{1,16}):(\d{1,15})$/;
const TOPIC = /^(quotes|trades)\|(.+)$/;

/** Reads `k3:10452`. */
export function parseCursor(text: string): Cursor | undefined {
  const [, epoch, seq] = CURSOR.exec(text) ?? [];
  return epoch === undefined ? undefined : { epoch, seq: Number(seq) };
}

export function parseTopic(text: string): Topic | undefined {
  const [, channel, symbol] = TOPIC.exec(text) ?? [];
  return symbol === undefined ? undefined : topicOf(channel as MarketChannel, symbol);
}

const SYMBOL = /^[A-Z0-9.]{1,12}(\/USD)?$/;
const JOINED_PAIR = /^([A-Z0-9]{3,12})USD$/;

/** A symbol as the platform writes it: `doge-usd` and `DOGEUSD` are `DOGE/USD`. Throws where it can't be one. */
export function toSymbol(spelling: string): string {
  const upper = spelling.trim().toUpperCase().replace("-", "/");
  const symbol = upper.replace(JOINED_PAIR, "$1/USD");
  if (!SYMBOL.test(symbol)) throw new TypeError(`${JSON.stringify(spelling)} is no symbol`);
  return symbol;
}
