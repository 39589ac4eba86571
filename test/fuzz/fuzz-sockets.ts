/** The same for the streams: messages as they are meant, and bent, and what comes back. */

import fc from "fast-check";
import { WebSocket } from "ws";
import { CLOSE_REASONS, ERROR_MESSAGES } from "../../src/streams/protocol.ts";
import type { Callers } from "./callers.ts";
import { hostileAddressPart, hostileJson, hostileText } from "./hostile.ts";
import type { World } from "./world.ts";

export interface SocketReport {
  readonly messages: number;
  readonly findings: readonly string[];
  /** Types of messages, codes of errors and of closes, and statuses of refused upgrades. */
  readonly seen: ReadonlyMap<string, number>;
}

interface Conversation {
  readonly path: string;
  readonly credential: "subprotocol" | "query" | "message" | "none" | "wrong";
  readonly frames: readonly (string | Uint8Array)[];
}

/** Below the limit of a second, so that what is sent last is answered. */
const BURST_MAX = 8;
const LAST = '{"action":"subscribe","id":"last","channels":["quotes"],"symbols":["F"]}';
const ANSWER_WITHIN_MS = 30_000;
const LANES = 4;
const TYPES = new Set(
  "welcome subscribed snapshot quote trade order cash account gap heartbeat error pong".split(" "),
);
const REFUSALS = new Set([401, 403, 404, 422, 426, 429]);

const members = fc.record(
  {
    id: hostileJson,
    channels: fc.oneof(fc.constantFrom('["quotes"]', '["trades","account"]'), hostileJson),
    symbols: fc.oneof(fc.constantFrom('["F","DOGE/USD"]', '["NOPE/USD"]'), hostileJson),
    cursors: fc.oneof(fc.constantFrom('{"account":"0"}', '{"quotes|F":"k:1"}'), hostileJson),
    counter: hostileJson,
    token: hostileJson,
  },
  { requiredKeys: [] },
);
const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom("subscribe", "unsubscribe", "resume", "ack", "ping", "auth"),
  },
  { weight: 1, arbitrary: hostileText },
);
const frame: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(action, members).map(([name, given]) => {
      const parts = Object.entries(given).map(([member, json]) => `"${member}":${json}`);
      return `{${[`"action":${JSON.stringify(name)}`, ...parts].join(",")}}`;
    }),
  },
  { weight: 2, arbitrary: hostileJson },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(LAST, '{"action":"ping"}', "") },
);
const conversation: fc.Arbitrary<Conversation> = fc.record({
  path: fc.oneof(
    { weight: 6, arbitrary: fc.constant("/ws/market") },
    { weight: 2, arbitrary: fc.constantFrom("/ws/market/F", "/ws/market/DOGE%2FUSD") },
    { weight: 1, arbitrary: hostileAddressPart.map((part) => `/ws/market/${part.slice(0, 300)}`) },
  ),
  credential: fc.constantFrom(
    ...(["subprotocol", "subprotocol", "query", "message", "none", "wrong"] as const),
  ),
  frames: fc.array(frame, { minLength: 1, maxLength: BURST_MAX - 2 }),
});

export async function fuzzSockets(
  { url }: World,
  { users }: Callers,
  { seed, messages }: { readonly seed: number; readonly messages: number },
): Promise<SocketReport> {
  const seen = new Map<string, number>();
  const findings: string[] = [];
  const count = (what: string) => void seen.set(what, (seen.get(what) ?? 0) + 1);
  const plan = fc.sample(conversation, { numRuns: Math.ceil(messages / BURST_MAX) * 2, seed });
  let sent = 0;
  let next = 0;
  const lane = async (nth: number) => {
    for (let each = plan[next++]; each !== undefined; each = plan[next++]) {
      const token = users[nth % users.length]?.tokens.user ?? "";
      sent += each.frames.length;
      for (const fault of await converse(url, each, token, count))
        findings.push(`${fault}\n    ${each.path} ${each.credential} ${shown(each.frames)}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, nth) => lane(nth)));
  return { messages: sent, findings, seen };
}

const shown = (frames: readonly (string | Uint8Array)[]) =>
  JSON.stringify(frames.map((each) => (typeof each === "string" ? each.slice(0, 200) : [...each])));

/** Resolves once the last request is answered, or the socket is closed or was refused. */
function converse(
  url: string,
  { path, credential, frames }: Conversation,
  token: string,
  count: (what: string) => void,
): Promise<string[]> {
  const faults: string[] = [];
  const protocols = ["speedtrade"];
  if (credential === "subprotocol") protocols.push(`bearer.${token}`);
  if (credential === "wrong") protocols.push("bearer.nobody");
  const address = `${url.replace("http", "ws")}${path}`;
  const target = credential === "query" ? `${address}?token=${token}` : address;
  return new Promise((resolve) => {
    const socket = new WebSocket(target, protocols, { perMessageDeflate: false });
    const timer = setTimeout(() => end("the last request is not answered"), ANSWER_WITHIN_MS);
    const end = (fault?: string) => {
      clearTimeout(timer);
      if (fault !== undefined) faults.push(fault);
      socket.terminate();
      resolve(faults);
    };
    socket.on("open", () => {
      if (credential === "message") socket.send(JSON.stringify({ action: "auth", token }));
      for (const each of frames) socket.send(each);
      socket.send(LAST);
    });
    socket.on("message", (data) => {
      for (const message of readFrame(String(data), faults)) {
        count(message.type === "error" ? `error ${message.code}` : String(message.type));
        faults.push(...findMessageFaults(message));
        if (message.id === "last" || message.code === 429) end();
      }
    });
    socket.on("close", (code) => {
      count(`close ${code}`);
      const isLate = code === 1006 || code === 1005;
      end(isLate || code in CLOSE_REASONS ? undefined : `closed with ${code}`);
    });
    socket.on("error", (error) => {
      // What the client itself can't even send, or a refusal, which has told already.
      if (!socket.readyState) end(`no connection: ${error.message}`);
    });
    socket.on("unexpected-response", (_, { statusCode = 0 }) => {
      count(`refused ${statusCode}`);
      end(REFUSALS.has(statusCode) ? undefined : `the upgrade was answered with ${statusCode}`);
    });
  });
}

type Message = Readonly<Record<string, unknown>>;

function readFrame(text: string, faults: string[]): Message[] {
  try {
    const messages: unknown = JSON.parse(text);
    if (Array.isArray(messages)) return messages as Message[];
  } catch {
    // Told below.
  }
  faults.push(`no array of messages: ${text.slice(0, 200)}`);
  return [];
}

function findMessageFaults({ type, code }: Message): string[] {
  if (!TYPES.has(String(type))) return [`a message of no known type: ${type}`];
  if (type !== "error") return [];
  if (code === 500 || !(String(code) in ERROR_MESSAGES)) return [`an error ${code}`];
  return [];
}
