/** Every operation of the document, meant and bent, and what the platform answers. */

import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type Verification, verifyAccounts } from "../../local/verify-accounts.ts";
import { type Callers, lendPassword, openCallers, openUser, seat, type User } from "./callers.ts";
import { type ApiDocument, type Operation, readDocument } from "./document.ts";
import { fuzzSockets, type SocketReport } from "./fuzz-sockets.ts";
import { Held, held } from "./held.ts";
import { judge } from "./judge.ts";
import { keepWhatItTells } from "./learn.ts";
import { meantRequests, type PlannedRequest, planRequests, probes } from "./plan.ts";
import { type Answer, createSender, isOdd, type Outcome, type Sending } from "./send.ts";
import { SUSPENDED } from "./sound.ts";
import { RATE_LIMITS, type World } from "./world.ts";

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
  readonly users: number;
  readonly onProgress?: (line: string) => void;
}

export interface FuzzReport {
  readonly document: ApiDocument;
  /** By operation and status. */
  readonly seen: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** What the document does not allow, each with the request that brought it about. */
  readonly findings: readonly string[];
  readonly slow: readonly string[];
  readonly sockets: SocketReport;
  readonly verification: Verification;
  readonly cut: number;
}

const LANES = 8;
const SLOW_MS = 2_000;
const FINDINGS_MAX = 200;
/** A health report and a key are believed for so long. */
const BELIEVED_MS = 11_000;
const PROGRESS_EVERY = 1_000;
/** Whom a full bucket of the limiter is emptied for in vain is asked again in the next minute. */
const TIRING_ROUNDS = 3;

export async function runFuzz(world: World, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, requests, users, onProgress = () => {} } = options;
  const sender = createSender(world.url);
  const seen = new Map<string, Map<number, number>>();
  const findings = new Map<string, string>();
  const slow: string[] = [];
  let cut = 0;

  function note(request: Sending, answer: Answer): void {
    // The runtime reads every upgrade as a GET.
    const method = "upgrade" in request.headers ? "GET" : request.method;
    const { operation, faults } = judge(document, method, request.target, answer);
    const counts = seen.get(operation ?? "(elsewhere)") ?? new Map<number, number>();
    counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
    seen.set(operation ?? "(elsewhere)", counts);
    if (answer.ms > SLOW_MS) slow.push(`${Math.round(answer.ms)} ms: ${describe(request)}`);
    for (const fault of faults) {
      // The same of many is told once.
      const kind = `${request.method} ${operation} ${fault.replaceAll(/\[\d+\]/g, "[]")}`;
      tell(kind, `${fault}\n    ${describe(request)}\n    ${shown(answer)}`);
    }
  }

  function tell(kind: string, finding: string): void {
    if (findings.size < FINDINGS_MAX && !findings.has(kind)) findings.set(kind, finding);
  }

  async function ask(planned: PlannedRequest, callers: Callers): Promise<Outcome> {
    const { held, headers } = seat(callers, planned);
    const { body } = planned;
    const request: Sending = {
      method: planned.method,
      target: held.fill(planned.target, encodeURIComponent),
      headers: { ...headers, ...planned.headers },
      body: body && { ...body, bytes: held.fill(body.bytes) },
    };
    const outcome = await sender.send(request);
    if (outcome.kind === "cut") cut += 1;
    if (outcome.kind === "lost" && !isOdd(planned.headers, planned.body)) {
      tell(outcome.reason, `${outcome.reason}\n    ${describe(request)}`);
    }
    if (outcome.kind === "answer") {
      note(request, outcome.answer);
      keepWhatItTells(request, outcome.answer, held, callers.guests);
    }
    return outcome;
  }

  const text = await sender.send({
    method: "GET",
    target: "/api/openapi.json",
    headers: {},
    body: null,
  });
  if (text.kind !== "answer") throw new Error("the platform does not serve its document");
  const document = readDocument(text.answer.text);

  try {
    const callers = await openCallers(world, users);
    const tireless = await openUser(world);
    await suspendOne(world, ask, callers);
    for (let pick = 0; pick < users; pick++) await ask({ ...NEW_KEY, pick }, callers);
    onProgress("nothing is known yet, and the venues are gone");
    await askWithoutVenues(callers, seed);
    await world.runtime.tickCron();
    const drawn = planRequests(document, requests, seed);
    // In between, when there is something to come back to.
    const middle = Math.floor(drawn.length / 2);
    const plan = [...drawn.slice(0, middle), ...probes(document, seed), ...drawn.slice(middle)];
    let next = 0;
    const lane = async () => {
      for (let planned = plan[next++]; planned !== undefined; planned = plan[next++]) {
        await ask(planned, callers);
        if (next % PROGRESS_EVERY === 0) onProgress(`${next} requests, ${findings.size} findings`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    // What is only for people is refused to keys, whatever was drawn.
    for (const planned of onceEach(document, seed))
      await ask({ ...planned, caller: "key" }, callers);
    const sockets = await fuzzSockets(world, callers, { seed, messages: Math.ceil(requests / 10) });
    onProgress("who asks too often");
    await askTooOften(tireless);
    onProgress("the venues are gone");
    await askWithoutVenues(callers, seed + 1);
    onProgress("the database is gone");
    world.loseDatabase(true);
    await delay(BELIEVED_MS);
    for (const planned of onceEach(document, seed)) {
      await ask(planned, callers);
      await ask({ ...planned, caller: "key" }, callers);
    }
    world.loseDatabase(false);
    await settle(world);
    return {
      ...{ document, seen, slow, sockets, cut, findings: [...findings.values()] },
      verification: await verifyAccounts(world.databaseUrl),
    };
  } finally {
    sender.stop();
  }

  async function askWithoutVenues(callers: Callers, ofSeed: number): Promise<void> {
    await world.loseVenues(true);
    for (const planned of onceEach(document, ofSeed))
      if (isOfMarket(planned)) await ask(planned, callers);
    for (const planned of UNASKED) await ask(planned, callers);
    await world.loseVenues(false);
  }

  /** One user after the last request that is allowed: everything it does then is refused. */
  async function askTooOften(user: User): Promise<void> {
    const callers: Callers = { users: [user], guests: user.held };
    const cheap = {
      reads: plannedFor("GET", "/api/v1/market/calendar"),
      orders: plannedFor("PATCH", "/api/v1/account/config"),
      audits: plannedFor("GET", "/api/v1/portfolio/ledger/verify"),
      // By its address, where nobody is signed in; by its user, where somebody is.
      auth: plannedFor("POST", "/api/v1/auth/refresh"),
      tickets: plannedFor("POST", "/api/v1/auth/ws-ticket"),
      streams: plannedFor("GET", "/ws/market"),
    };
    const { auth: tickets, reads: streams } = RATE_LIMITS;
    const isTired = ({ name, answers }: Operation) => !answers.has(429) || seen.get(name)?.has(429);
    for (let round = 1; round <= TIRING_ROUNDS; round++) {
      if (document.operations.every(isTired)) return;
      for (const [name, quota] of Object.entries({ ...RATE_LIMITS, tickets, streams })) {
        const planned = cheap[name as keyof typeof cheap];
        for (let n = 0; n < quota; n += LANES)
          await Promise.all(Array.from({ length: LANES }, () => ask(planned, callers)));
      }
      for (const planned of onceEach(document, seed))
        await ask({ ...planned, caller: "user", pick: 0 }, callers);
    }
  }
}

const plannedFor = (method: string, target: string): PlannedRequest => ({
  ...{ method, target, headers: {}, body: null, caller: "user", pick: 0 },
});

/** What nobody asked for while the venues were there, so that nothing of it is remembered. */
const UNASKED = ["SNAP", "WBD", "LINK%2FUSD"].map((symbol) =>
  plannedFor("GET", `/api/v1/market/chart/${symbol}?interval=5m&period=5D`),
);

const NEW_KEY: PlannedRequest = {
  ...plannedFor("POST", "/api/v1/auth/api-keys"),
  body: {
    bytes: '{"name":"first","scopes":["read","trade"]}',
    encoding: "utf8",
    mediaType: "application/json",
    cutAt: null,
  },
};

/** Each operation some times as it is meant. */
const onceEach = (document: ApiDocument, seed: number): PlannedRequest[] =>
  document.operations.flatMap((operation) => meantRequests(operation, 3, seed));

const isOfMarket = ({ target }: PlannedRequest) => /\/market\/|\/history/.test(target);

async function suspendOne(
  world: World,
  ask: (planned: PlannedRequest, callers: Callers) => Promise<Outcome>,
  callers: Callers,
): Promise<void> {
  const { username, password } = SUSPENDED;
  const bytes = JSON.stringify({ email: `${username}@example.com`, username, password });
  const body = { bytes, encoding: "utf8", mediaType: "application/json", cutAt: null } as const;
  const register = plannedFor("POST", "/api/v1/auth/register");
  // Apart from the other guests, who end each other's sessions.
  const apart: Callers = { ...callers, guests: new Held() };
  await ask({ ...register, caller: "nobody", body }, apart);
  callers.guests.keep("suspended", apart.guests.fill(held("refresh", 0)));
  await lendPassword(world, username);
}

/** Until what the venue did not answer is found out. */
async function settle(world: World): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  const pending =
    "select 1 from orders where status in ('pending_new', 'pending_cancel', 'pending_replace') limit 1";
  for (let n = 0; n < 60; n++) {
    if ((await client.query(pending)).rowCount === 0) break;
    await delay(500);
  }
  await client.end();
}

const LONG = 400;
const short = (text: string) =>
  text.length > LONG ? `${text.slice(0, LONG)}… (${text.length})` : text;

function describe({ method, target, headers, body }: Sending): string {
  const { authorization: _, ...shownHeaders } = headers;
  const sent = body === null ? "" : ` ${body.mediaType} ${JSON.stringify(short(body.bytes))}`;
  return `${method} ${short(target)} ${short(JSON.stringify(shownHeaders))}${sent}`;
}

const shown = ({ status, headers, text }: Answer) =>
  `${status} ${headers["content-type"] ?? ""} ${short(text)}`;
