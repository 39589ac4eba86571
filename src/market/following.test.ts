import { expect, it } from "vitest";
import { Following } from "./following.ts";

const SECOND_MS = 1_000;

it("follows what is watched and what is held, each once", () => {
  const following = new Following(30, ["F"], ["T"]);
  following.watch("SOFI");
  following.watch("SOFI");
  expect(following.hold(["T", "F", "AAL"])).toEqual(["AAL"]);
  expect(following.symbols).toEqual(["F", "SOFI", "T", "AAL"]);
  expect(following.watched).toEqual(["F", "SOFI"]);
  expect(following.size).toBe(4);
  following.unwatch("F");
  expect([following.has("F"), following.isWatched("F")]).toEqual([true, false]);
  expect(following.hold([])).toEqual([]);
  expect(following.symbols).toEqual(["SOFI"]);
});

it("places anew at once when it follows others, and by audience after a while", () => {
  const following = new Following(2, ["F", "T"], []);
  expect(following.place(0)).toEqual({ streamed: ["F", "T"], polled: [] });
  following.watch("SOFI");
  expect(following.place(SECOND_MS)).toEqual({ streamed: ["F", "T"], polled: ["SOFI"] });
  following.heard("SOFI", 50);
  following.heard("T", 2);
  following.heard("GONE", 99);
  expect(following.place(5 * SECOND_MS).polled).toEqual(["SOFI"]);
  expect(following.place(11 * SECOND_MS)).toEqual({ streamed: ["SOFI", "T"], polled: ["F"] });
  following.unwatch("SOFI");
  expect(following.place(12 * SECOND_MS)).toEqual({ streamed: ["T", "F"], polled: [] });
});

it("takes a room that nobody listens to any more for watched until it says otherwise", () => {
  const following = new Following(1, ["F"], ["T"]);
  following.heard("F", 0);
  expect(following.place(0)).toEqual({ streamed: ["F"], polled: ["T"] });
});
