/** Who asks, and by what credential. */

import pg from "pg";
import { createAccessTokens } from "../../src/auth/access-token.ts";
import { newId } from "../../src/domain/id.ts";
import { SCOPES, type Scope } from "../../src/domain/principal.ts";
import { createAccountOpener } from "../chaos/accounts.ts";
import { Held, held } from "./held.ts";
import type { Caller, PlannedRequest } from "./plan.ts";
import type { World } from "./world.ts";

const CASH = "100000";
const HOUR_MS = 3_600_000;

export interface User {
  readonly held: Held;
  readonly tokens: Readonly<Record<"user" | "reader" | "trader" | "expired", string>>;
}

export interface Callers {
  readonly users: readonly User[];
  /** What registrations and logins have told. */
  readonly guests: Held;
}

export async function openCallers(world: World, count: number): Promise<Callers> {
  const open = createAccountOpener(world, CASH);
  const users: User[] = [];
  for (let n = 0; n < count; n++) users.push(await openUser(world, open));
  return { users, guests: new Held() };
}

/** Gives those who were opened past the sign-up the password of somebody who was not, and suspends that one. */
export async function lendPassword({ databaseUrl }: World, username: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `update users set password_hash = lent.password_hash from users lent
       where lent.username = $1 and users.password_hash = 'none'`,
      [username],
    );
    await client.query("update users set account_status = 'suspended' where username = $1", [
      username,
    ]);
  } finally {
    await client.end();
  }
}

export async function openUser(
  world: World,
  open = createAccountOpener(world, CASH),
): Promise<User> {
  const { userId, token } = await open();
  const [, payload = ""] = token.split(".");
  const { sid: sessionId } = JSON.parse(Buffer.from(payload, "base64url").toString());
  const sign = (scopes: readonly Scope[], at: Date) =>
    tokensOf(world, () => at).issue({ userId, sessionId, scopes });
  const now = new Date();
  return {
    held: new Held(),
    tokens: {
      user: token,
      reader: await sign(["read"], now),
      trader: await sign(["trade"], now),
      expired: await sign(SCOPES, new Date(now.getTime() - HOUR_MS)),
    },
  };
}

function tokensOf({ secrets }: World, now: () => Date) {
  const key = { id: "k1", secret: secrets.JWT_SECRET };
  return createAccessTokens(
    { issuer: "speedtrade", audience: "speedtrade-api", key },
    { now, newId },
  );
}

export interface Seated {
  readonly held: Held;
  readonly headers: Readonly<Record<string, string>>;
}

/** The credential of a planned request, and where its answer is kept. */
export function seat({ users, guests }: Callers, { caller, pick, target }: PlannedRequest): Seated {
  const user = users[pick % users.length];
  if (user === undefined) throw new Error("there are no users");
  return {
    // What opens and ends sessions knows nothing of users.
    held: /^\/api\/v1\/auth\/(?!api-keys)/.test(target) ? guests : user.held,
    headers: { "cf-connecting-ip": addressOf(pick), ...credentialOf(caller, user, guests, pick) },
  };
}

function credentialOf(
  caller: Caller,
  user: User,
  guests: Held,
  pick: number,
): Record<string, string> {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  switch (caller) {
    case "nobody":
      return {};
    case "stranger":
      return bearer(STRANGERS[pick % STRANGERS.length] ?? "");
    case "guest":
      return bearer(guests.fill(held("access", pick % 3)));
    case "key": {
      const [id = "", secret = ""] = user.held.fill(held("key_headers", pick % 4)).split(" ");
      return { "x-api-key-id": id, "x-api-secret-key": secret };
    }
    default:
      return bearer(user.tokens[caller]);
  }
}

/** Of nobody: no token, one that is signed by nobody, one signed by somebody else. */
const STRANGERS = [
  "not-a-token",
  "eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.eyJzdWIiOiIwMTkzYTBjMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAifQ.",
  "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJ4In0.c2lnbmVkLWJ5LXNvbWVib2R5LWVsc2U",
];

/** The platform's limiter counts who has no user by it. */
function addressOf(pick: number): string {
  const [a, b, c] = [pick >>> 16, pick >>> 8, pick].map((part) => part & 255);
  return `10.${a}.${b}.${c}`;
}
