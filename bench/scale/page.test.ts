import { describe, expect, it } from "vitest";
import { orderFigures, watcherFigures } from "./figures.ts";
import { fill, givenBy, readWords, renderPage } from "./page.ts";
import { showCount, showDollars, showShare } from "./show.ts";
import { tablesOf } from "./tables.ts";
import { type Measurements, readUnitCosts, UNIT_COSTS, type UnitCost } from "./unit-costs.ts";

const measured = readUnitCosts();

describe("the words of the page", () => {
  it("have no figure of their own", () => {
    const typed = readWords().replaceAll(/\{\{[\w:]+\}\}/g, "");
    expect(typed.match(/.*\d.*/g)).toBeNull();
  });

  it("have a place for each figure, and a figure for each place", () => {
    const given = givenBy(measured);
    const names = Object.keys({
      ...watcherFigures(given),
      ...orderFigures(given),
      ...tablesOf(given, measured),
    });
    const words = readWords();
    expect(names.filter((name) => !words.includes(`{{${name}}}`))).toEqual([]);
    expect(() => fill("{{nothing}}", {})).toThrow("nothing");
  });
});

describe("the page", () => {
  it("changes with what was measured", () => {
    const dearer = { ...measured, callUs: { ...measured.callUs, value: 1_234 } };
    expect(renderPage(dearer)).not.toBe(renderPage(measured));
  });

  it("says which times are of a busy machine, and of none where all are of a quiet one", () => {
    const withLoad = (load: number) =>
      Object.fromEntries(
        (Object.keys(UNIT_COSTS) as UnitCost[]).map((name) => [name, { ...measured[name], load }]),
      ) as unknown as Measurements;
    expect(renderPage(withLoad(0.2))).toContain("The machine did nothing else.");
    expect(renderPage(withLoad(0.2))).not.toContain("**busy**");
    expect(renderPage(withLoad(9))).toContain("**busy**");
  });

  it("has only numbers in it", () => {
    expect(renderPage(measured)).not.toMatch(/NaN|undefined|Infinity|\bnone\b ms/);
  });
});

describe("figures", () => {
  it.each([
    [0, "0"],
    [3.3333, "3.33"],
    [0.00136, "0.00136"],
    [500, "500"],
    [1_234.5, "1,230"],
    [32_768, "32,768"],
    [1_000_000, "1 million"],
    [16_393_442, "16.4 million"],
    [4_914_000_000, "4.91 billion"],
    [Number.POSITIVE_INFINITY, "none"],
  ])("%d reads %s", (value, text) => {
    expect(showCount(value)).toBe(text);
  });

  it("have their unit", () => {
    expect(showDollars(4_600)).toBe("$4,600");
    expect(showShare(0.389)).toBe("38.9 %");
  });
});
