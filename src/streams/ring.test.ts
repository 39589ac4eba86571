import fc from "fast-check";
import { expect, it } from "vitest";
import { RING_AGE_MAX_MS, RING_MESSAGES_MAX, Ring } from "./ring.ts";

it("answers exactly what followed, or that part of it is gone", () => {
  const bursts = fc.array(fc.record({ count: fc.nat(700), pauseMs: fc.nat(RING_AGE_MAX_MS) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(bursts, fc.nat(6_000), fc.boolean(), (pushed, from, reloads) => {
      let ring = new Ring();
      let nowMs = 0;
      const sent: { seq: number; atMs: number }[] = [];
      for (const { count, pauseMs } of pushed) {
        nowMs += pauseMs;
        for (let n = 0; n < count; n += 1) {
          const seq = sent.length + 1;
          sent.push({ seq, atMs: nowMs });
          ring.push({ seq, data: String(seq) }, nowMs);
        }
        if (reloads) ring = new Ring(ring.entries(nowMs));
      }
      const cursor = Math.min(from, sent.length);
      const missed = sent.slice(cursor);
      const kept = sent
        .slice(-RING_MESSAGES_MAX)
        .filter(({ atMs }) => atMs >= nowMs - RING_AGE_MAX_MS);
      const answer = ring.after(cursor, nowMs);
      if (kept.length > 0 && missed.length <= kept.length)
        expect(answer?.map(({ seq }) => seq)).toEqual(missed.map(({ seq }) => seq));
      else expect(answer).toBeUndefined();
    }),
  );
});

it("holds 1,024 messages for 60 s, those of its last rest included", () => {
  const ring = new Ring();
  for (let seq = 1; seq <= 1_024; seq += 1) ring.push({ seq, data: "" }, 0);
  expect(ring.after(0, 60_000)).toHaveLength(1_024);
  ring.push({ seq: 1_025, data: "" }, 1);
  expect(ring.after(0, 1)).toBeUndefined();
  expect(ring.after(1, 1)).toHaveLength(1_024);
  expect(ring.after(1, 60_001)).toBeUndefined();
  const entries = Array.from({ length: 1_025 }, (_, seq) => ({ seq, data: "", atMs: 0 }));
  expect(new Ring(entries).entries(0)).toHaveLength(1_024);
});
