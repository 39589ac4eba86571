import { expect, it } from "vitest";
import { later } from "./later.ts";

it("makes a thing once, when it is first asked for, even where that is undefined", () => {
  for (const thing of [{}, undefined]) {
    let made = 0;
    const get = later(() => {
      made += 1;
      return thing;
    });
    expect(made).toBe(0);
    expect([get(), get()]).toEqual([thing, thing]);
    expect(made).toBe(1);
  }
});
