import fc from "fast-check";
import { expect, it } from "vitest";
import { decimal } from "../domain/decimal.ts";
import { freshest, freshestBySymbol } from "./freshest.ts";
import { quoteOf, START_MS } from "./scripted-venue.ts";

const at = (ms: number) => START_MS + ms;

it("believes the one the venue stamped later", () => {
  const old = quoteOf("F", { atMs: at(1), confirmedAtMs: at(90), source: "cron" });
  const fresh = quoteOf("F", { atMs: at(2), confirmedAtMs: at(50), price: decimal("11") });
  expect(freshest(old, fresh)).toMatchObject({ price: "11", source: "rest" });
  expect(freshest(fresh, old)).toEqual(freshest(old, fresh));
});

it("lets an age count from a later look that saw the same prices, and from no other", () => {
  const tick = quoteOf("F", { atMs: at(2), confirmedAtMs: at(2), source: "stream" });
  const same = quoteOf("F", { atMs: at(1), confirmedAtMs: at(60), source: "cron" });
  expect(freshest(tick, same)).toMatchObject({ confirmedAtMs: at(60), source: "stream" });
  const other = { ...same, askPrice: decimal("12") };
  expect(freshest(tick, other)).toMatchObject({ confirmedAtMs: at(2), askPrice: "10.01" });
});

it("keeps a halt and the room's number while prices are the same, and no longer", () => {
  const told = quoteOf("F", { atMs: at(1), halted: true, seq: 7, source: "stream" });
  const same = quoteOf("F", { atMs: at(1), confirmedAtMs: at(60), source: "cron" });
  expect(freshest(told, same)).toMatchObject({ halted: true, seq: 7, confirmedAtMs: at(60) });
  const moved = quoteOf("F", { atMs: at(2), price: decimal("11"), source: "cron" });
  expect(freshest(told, moved)).toMatchObject({ halted: null, price: "11" });
  expect(freshest(told, moved)).not.toHaveProperty("seq");
  const ended = { ...same, halted: false, atMs: at(3) };
  expect(freshest(told, ended)).toMatchObject({ halted: false });
});

it("fills in what the newer one does not tell", () => {
  const bare = quoteOf("F", { atMs: at(9), open: null, volume: null, price: null });
  expect(freshest(quoteOf("F"), bare)).toMatchObject({ open: "9.8", volume: "12000", price: "10" });
});

it("knows when the last trade was as long as that is the same trade", () => {
  const told = quoteOf("F", { atMs: at(1), priceAtMs: at(1) });
  const silent = quoteOf("F", { atMs: at(9) });
  expect(freshest(told, silent)).toMatchObject({ atMs: at(9), priceAtMs: at(1) });
  expect(freshest(told, { ...silent, price: null })).toMatchObject({ priceAtMs: at(1) });
  expect(freshest(told, { ...silent, price: decimal("11") })).not.toHaveProperty("priceAtMs");
  expect(freshest(told, { ...silent, priceAtMs: at(8) })).toMatchObject({ priceAtMs: at(8) });
});

it("never answers with an age nobody vouched for, in whatever order answers come", () => {
  const answer = fc.record({ atMs: fc.nat(5), confirmedAtMs: fc.nat(5), cents: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(answer, { minLength: 1, maxLength: 4 }), (answers) => {
      const quotes = answers.map(({ atMs, confirmedAtMs, cents }) =>
        quoteOf("F", { atMs, confirmedAtMs, price: decimal(`10.0${cents}`) }),
      );
      const best = freshestBySymbol(quotes).get("F");
      expect(best?.atMs).toBe(Math.max(...answers.map(({ atMs }) => atMs)));
      const vouching = quotes.filter(({ price }) => price === best?.price);
      expect(vouching.map(({ confirmedAtMs }) => confirmedAtMs)).toContain(best?.confirmedAtMs);
    }),
  );
});
