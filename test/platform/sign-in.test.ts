import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPlatform, type TestPlatform } from "../harness/platform.ts";
import { type Client, type Json, registerClient } from "./client.ts";
import { audited, query } from "./database.ts";

const PASSWORD = "correct horse battery";
/** Of bcrypt with 12 rounds, as the original system kept it. */
const BCRYPT_HASH = "$2b$12$Z47CH5N5NXuNhOd2pxDkiuSQe3M/.uAcCaXHmp2f2jlZhr3ZWUrVG";
const ATTACKER = "198.51.100.66";
const OWNER = "203.0.113.9";
const AT_ONCE = 20;

let platform: TestPlatform;

beforeAll(async () => {
  // So that what limits here is what counts guesses.
  const settings = { RATE_LIMITS: "auth=200000,orders=200,reads=600,audits=20" };
  platform = await startTestPlatform({ settings });
}, 120_000);
afterAll(() => platform?.stop());

async function signIn(username: unknown, password: string, address: string) {
  const response = await fetch(`${platform.url}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "cf-connecting-ip": address },
    body: JSON.stringify({ username, password }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Json,
  };
}

const nameOf = async (client: Client) => (await client.get("/auth/me")).username;

/** How often each answer was given to so many wrong passwords. */
async function guess(username: unknown, times: number, address: string) {
  const answers: Record<string, number> = {};
  let left = times;
  async function some(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const { status, headers, body } = await signIn(username, `wrong horse ${left}`, address);
      const answer = `${status} ${body.code}`;
      answers[answer] = (answers[answer] ?? 0) + 1;
      if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return answers;
}

describe("guessing", () => {
  it("1,000 wrong passwords from one address: ten are looked at, and the owner gets in elsewhere", async () => {
    const username = await nameOf(await registerClient(platform.url));
    expect(await guess(username, 1_000, ATTACKER)).toEqual({
      "401 invalid_credentials": 10,
      "429 rate_limited": 990,
    });
    expect(await signIn(username, PASSWORD, OWNER)).toMatchObject({ status: 200 });
    expect(await signIn(username, PASSWORD, ATTACKER)).toMatchObject({ status: 429 });
    expect(await audited(platform, "sign_in_limited")).toEqual([{ address: ATTACKER }]);
  }, 180_000);

  it("names that there are not meet the same limit and the same answers", async () => {
    const known = await nameOf(await registerClient(platform.url));
    const of = async (username: unknown) => {
      const { status, headers, body } = await signIn(username, "wrong horse", "198.51.100.1");
      const { request_id, ...problem } = body;
      // Durations differ; what is timed does not.
      const timing = headers.get("server-timing")?.replaceAll(/[\d.]+/g, "…");
      return { status, problem, timing, names: [...headers.keys()].sort() };
    };
    expect(await of("no_such_name")).toEqual(await of(known));
    expect(await guess("no_such_name", 15, "198.51.100.2")).toEqual({
      "401 invalid_credentials": 10,
      "429 rate_limited": 5,
    });
  });

  it("counts at the change of a password, too", async () => {
    const client = await registerClient(platform.url);
    const change = (current_password: string) =>
      client.request("POST", "/auth/password", { current_password, new_password: `${PASSWORD} 2` });
    for (let n = 0; n < 10; n += 1) expect((await change("wrong horse")).status).toBe(401);
    expect((await change(PASSWORD)).status).toBe(429);
  });
});

it("a password that the original system hashed with bcrypt is good, and hashed anew", async () => {
  const username = await nameOf(await registerClient(platform.url));
  await query(platform, "update users set password_hash = $1 where username = $2", [
    BCRYPT_HASH,
    username,
  ]);
  const stored = async () => {
    const [row] = await query<{ password_hash: string }>(
      platform,
      "select password_hash from users where username = $1",
      [username],
    );
    return row?.password_hash;
  };
  expect(await signIn(username, "wrong horse battery", OWNER)).toMatchObject({ status: 401 });
  expect(await stored()).toBe(BCRYPT_HASH);
  expect(await signIn(username, PASSWORD, OWNER)).toMatchObject({ status: 200 });
  expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await signIn(username, PASSWORD, OWNER)).toMatchObject({ status: 200 });
});
