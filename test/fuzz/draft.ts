/** A request before it is written down: what can still be bent. */

import type { Operation } from "./document.ts";
import type { Sound } from "./sound.ts";

export const JSON_TYPE = "application/json";

export interface Body {
  readonly bytes: string;
  readonly encoding: "utf8" | "latin1";
  readonly mediaType: string | null;
  /** So much of it is sent, then the client is gone. */
  readonly cutAt: number | null;
}

/** Text of JSON for each member, in the order in which they are written; a name may come twice. */
export type Members = readonly (readonly [name: string, json: string])[];

export interface Draft {
  readonly method: string;
  readonly template: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, part: string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Members | null;
  readonly body: Body | null;
}

export function toDraft(operation: Operation, sound: Sound): Draft {
  const { path = {}, query = {}, headers = {}, body } = sound;
  return {
    method: operation.method,
    template: operation.path,
    path: mapValues(path, escaped),
    query: Object.entries(query).map(([name, value]) => [name, escaped(value)]),
    headers,
    members: body
      ? Object.entries(body).map(([name, value]) => [name, JSON.stringify(value)])
      : null,
    body: null,
  };
}

export function toRequest({ method, template, path, query, headers, members, body }: Draft) {
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? "none");
  const search = query.map(([name, part]) => `${name}=${part}`).join("&");
  const target = search === "" ? filled : `${filled}?${search}`;
  return { method, target, headers, body: body ?? (members && written(members)) };
}

export const written = (members: Members): Body => ({
  bytes: `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`,
  encoding: "utf8",
  mediaType: JSON_TYPE,
  cutAt: null,
});

/** The places for what is held stay readable; they are escaped with what fills them. */
const escaped = (text: string): string =>
  text
    .split(/(«[^»]*»)/)
    .map((part) => (part.startsWith("«") ? part : encodeURIComponent(part)))
    .join("");

export const mapValues = (of: Readonly<Record<string, string>>, map: (text: string) => string) =>
  Object.fromEntries(Object.entries(of).map(([name, text]) => [name, map(text)]));
