/** Names of what can be streamed, and positions in it. */

export const MARKET_CHANNELS = ["quotes", "trades"] as const;
export type MarketChannel = (typeof MARKET_CHANNELS)[number];

export const CHANNELS = [...MARKET_CHANNELS, "account"] as const;

/** One counted sequence of messages: `quotes|F`, the spelling of a resume's cursors. */
export type Topic = `${MarketChannel}|${string}`;

export const topicOf = (channel: MarketChannel, symbol: string): Topic => `${channel}|${symbol}`;

/** Everything that can be streamed of a symbol. */
export const topicsOf = (symbol: string): Topic[] =>
  MARKET_CHANNELS.map((channel) => topicOf(channel, symbol));

export const symbolOf = (topic: Topic): string => topic.slice(topic.indexOf("|") + 1);

export const channelOf = (topic: Topic): MarketChannel =>
  topic.startsWith("quotes|") ? "quotes" : "trades";

/** The last message somebody has of a topic. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

export const formatCursor = ({ epoch, seq }: Cursor): string => `${epoch}:${seq}`;

const CURSOR = /^([a-z0-9]{1,16}):(\d{1,15})$/;

/** Reads `k3:10452`. */
export function parseCursor(text: string): Cursor | undefined {
  const match = CURSOR.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { epoch: match[1], seq: Number(match[2]) };
}
