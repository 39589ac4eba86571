/** Writes an answer as the page of examples shows it. */

import { STATUS_CODES } from "node:http";

const WIDTH = 110;
const ITEMS_MAX = 2;
const SHOWN_HEADERS = ["Location", "Idempotent-Replayed", "Retry-After", "WWW-Authenticate"];
/** Long, and of no use to a reader. */
const TOKENS = new Set(["access_token", "refresh_token", "ticket"]);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** `live` says what stands on the page for an id, a token or a time of this run: there it stays. */
export function printAnswer(answer: Answer, live: ReadonlyMap<string, string>): string {
  const shown = new Map(Array.from(live, ([page, run]) => [run, page]));
  const lines = SHOWN_HEADERS.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [`${name}: ${ofPage(value, live)}`];
  });
  const head = [`${answer.status} ${STATUS_CODES[answer.status] ?? ""}`.trim(), ...lines];
  const body = toShown(answer.body, shown);
  const text = body === undefined ? "" : `\n\n${print(body, "")}`;
  return `\`\`\`http\n${head.join("\n")}${text}\n\`\`\``;
}

function ofPage(text: string, live: ReadonlyMap<string, string>): string {
  return [...live].reduce((replaced, [page, run]) => replaced.replaceAll(run, page), text);
}

function toShown(value: unknown, shown: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return shown.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => toShown(item, shown));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, toShown(member, shown)]),
  );
}

function print(value: unknown, indent: string, name = ""): string {
  if (typeof value === "string" && TOKENS.has(name) && value.length > 24) {
    return JSON.stringify(`${value.slice(0, 6)}…${value.slice(-12)}`);
  }
  const entries = Array.isArray(value)
    ? value.slice(0, ITEMS_MAX).map((item) => print(item, `${indent}  `))
    : typeof value === "object" && value !== null
      ? Object.entries(value).map(
          ([key, member]) => `${JSON.stringify(key)}: ${print(member, `${indent}  `, key)}`,
        )
      : undefined;
  if (entries === undefined) return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) return open + close;
  const [before, after] = open === "{" ? ["{ ", " }"] : ["[", "]"];
  const inline = before + entries.join(", ") + after;
  if (!inline.includes("\n") && indent.length + inline.length <= WIDTH) return inline;
  return `${open}\n${fill(entries, `${indent}  `)}\n${indent}${close}`;
}

/** As many on a line as fit. */
function fill(entries: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const [i, entry] of entries.entries()) {
    const text = i < entries.length - 1 ? `${entry},` : entry;
    const fits = indent.length + line.length + 1 + text.length <= WIDTH;
    if (line !== "" && fits && !text.includes("\n") && !line.includes("\n")) line += ` ${text}`;
    else {
      if (line !== "") lines.push(indent + line);
      line = text;
    }
  }
  lines.push(indent + line);
  return lines.join("\n");
}
