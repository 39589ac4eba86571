/** What can be wrong with a request. */

import fc from "fast-check";
import type { Operation } from "./document.ts";
import { type Body, type Draft, mapValues, written } from "./draft.ts";
import { held } from "./held.ts";
import { hostileAddressPart, hostileJson, hostileText } from "./hostile.ts";

export const KIB = 1_024;

export type Bend = (draft: Draft) => Draft;

export function bendOf(operation: Operation): fc.Arbitrary<Bend> {
  const bends: { weight: number; arbitrary: fc.Arbitrary<Bend> }[] = [
    { weight: 1, arbitrary: bentHeaders },
    { weight: 2, arbitrary: bentQuery(operation) },
  ];
  if (operation.path.includes("{")) bends.push({ weight: 3, arbitrary: bentPath(operation) });
  if (/^(POST|PUT|PATCH)/.test(operation.name)) {
    bends.push({ weight: 8, arbitrary: bentMembers(operation) });
    bends.push({ weight: 4, arbitrary: bentBody });
  } else {
    // Which has no meaning there.
    bends.push({ weight: 1, arbitrary: bentBody });
  }
  return fc.oneof(...bends);
}

const bentHeaders: fc.Arbitrary<Bend> = fc
  .oneof(
    hostileText.map((text) => ({ "idempotency-key": text })),
    hostileText.map((text) => ({ "x-request-id": text })),
    hostileText.map((text) => ({ authorization: `Bearer ${text}` })),
    fc.constantFrom<Record<string, string>>(
      { origin: "https://evil.example" },
      { "content-length": "5" },
      { "content-encoding": "gzip" },
      { "transfer-encoding": "chunked" },
      { "x-http-method-override": "DELETE" },
      { "x-forwarded-host": "evil.example" },
      { accept: "text/html" },
      { expect: "200-maybe" },
      { "x-long": "x".repeat(20 * KIB) },
      { upgrade: "websocket", connection: "upgrade" },
    ),
  )
  .map((given) => (draft) => ({
    ...draft,
    headers: { ...draft.headers, ...mapValues(given, sendable) },
  }));

/** A header's value is Latin-1 without control characters; the rest of what is hostile can't be sent in one. */
const sendable = (text: string): string => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "").trim();

function bentQuery({ parameters }: Operation): fc.Arbitrary<Bend> {
  const names = parameters.filter((each) => each.in === "query").map(({ name }) => name);
  const name = fc.constantFrom(...names, "page_token", "limit", "symbol", "__proto__", "a[]", "");
  const part = fc.oneof(
    { weight: 5, arbitrary: hostileAddressPart },
    { weight: 1, arbitrary: fc.nat({ max: 30 }).map((n) => held("cursor", n)) },
    { weight: 1, arbitrary: fc.constant("x".repeat(9 * KIB)) },
  );
  return fc.tuple(name, part, fc.boolean()).map(([bent, text, inPlace]) => (draft) => ({
    ...draft,
    query: [
      ...draft.query.filter(([given]) => !(inPlace && given === bent)),
      [bent, text] as const,
    ],
  }));
}

function bentPath({ path }: Operation): fc.Arbitrary<Bend> {
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => name);
  return fc.tuple(fc.constantFrom(...names), hostileAddressPart).map(([name, part]) => (draft) => ({
    ...draft,
    path: { ...draft.path, [name]: part },
  }));
}

function bentMembers({ body }: Operation): fc.Arbitrary<Bend> {
  const names = Object.keys((body?.properties ?? {}) as object);
  const name = fc.constantFrom(...names, "qty", "user_id", "__proto__", "");
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(name, hostileJson).map(([bent, json]) => put(bent, json)) },
    { weight: 2, arbitrary: name.map((bent) => dropped(bent)) },
    {
      weight: 1,
      // Behind what stands there already, so that it comes twice.
      arbitrary: fc.tuple(name, hostileJson).map(
        ([bent, json]): Bend =>
          (draft) => ({ ...draft, members: [...(draft.members ?? []), [bent, json]] }),
      ),
    },
  );
}

const dropped =
  (name: string): Bend =>
  (draft) => ({
    ...draft,
    members: (draft.members ?? []).filter(([given]) => given !== name),
  });

const put =
  (name: string, json: string): Bend =>
  (draft) => ({ ...draft, members: [...(dropped(name)(draft).members ?? []), [name, json]] });

const bentBody: fc.Arbitrary<Bend> = fc.oneof(
  hostileJson.map((bytes) => withBody(() => ({ bytes }))),
  fc.constant(withBody(() => ({ bytes: `{"a":"${"x".repeat(70 * KIB)}"}` }))),
  fc.constant(withBody(() => ({ bytes: "" }))),
  fc.constant(withBody(({ bytes }) => ({ bytes: `\uFEFF${bytes}` }))),
  fc.constant(withBody(() => ({ bytes: '{"a":"\xff\xfe\xc0\xaf"}', encoding: "latin1" }))),
  fc.nat({ max: 200 }).map((at) => withBody(({ bytes }) => ({ bytes: bytes.slice(0, at) }))),
  fc.nat({ max: 200 }).map((at) => withBody(() => ({ cutAt: at }))),
  fc
    .constantFrom(
      ...[null, "text/plain", "application/xml", "multipart/form-data", "application/jsonx", ","],
      ...["application/json; charset=utf-16", "application/problem+json", "APPLICATION/JSON"],
    )
    .map((mediaType) => withBody(() => ({ mediaType }))),
);

function withBody(change: (body: Body) => Partial<Body>): Bend {
  return (draft) => {
    const before = draft.body ?? written(draft.members ?? []);
    return { ...draft, body: { ...before, ...change(before) } };
  };
}
