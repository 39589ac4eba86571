import { expect, it } from "vitest";
import { boundedFetch } from "./bounded-fetch.ts";

it("answers as a busy venue would what is one too many, and asks again for the next", async () => {
  const waiting: (() => void)[] = [];
  const venue = () =>
    new Promise<Response>((resolve) => waiting.push(() => resolve(new Response("asked"))));
  const ask = boundedFetch(venue, 60_000, () => new Date(0), 2);
  const asked = [ask("https://venue.example", {}), ask("https://venue.example", {})];
  expect((await ask("https://venue.example", {})).status).toBe(429);
  expect(waiting).toHaveLength(2);
  for (const answer of waiting.splice(0)) answer();
  for (const answer of await Promise.all(asked)) expect(answer.status).toBe(200);
  const next = ask("https://venue.example", {});
  for (const answer of waiting.splice(0)) answer();
  expect((await next).status).toBe(200);
});
