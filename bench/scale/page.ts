/** docs/scale.md: the words of page.md with the figures in their places. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assumed } from "./assumptions.ts";
import { readDesign } from "./design.ts";
import { orderFigures, watcherFigures } from "./figures.ts";
import { frameBytes } from "./frame-bytes.ts";
import { tablesOf } from "./tables.ts";
import { type Measurements, valuesOf } from "./unit-costs.ts";
import type { Given } from "./watchers.ts";

const NOTICE = "<!-- Written by `npm run scale`; change bench/scale/ instead. -->\n\n";

export const givenBy = (measured: Measurements): Given => ({
  costs: valuesOf(measured),
  design: readDesign(),
  assumed,
  frameBytes: frameBytes(),
});

export const readWords = (): string => readFileSync(join(import.meta.dirname, "page.md"), "utf8");

export function renderPage(measured: Measurements): string {
  const given = givenBy(measured);
  const places = {
    ...watcherFigures(given),
    ...orderFigures(given),
    ...tablesOf(given, measured),
  };
  return NOTICE + fill(readWords(), places);
}

/** Puts each `{{name}}` in place. Throws where there is no such figure. */
export function fill(words: string, places: Readonly<Record<string, string>>): string {
  return words.replaceAll(/\{\{([\w:]+)\}\}/g, (_, name: string) => {
    const text = places[name];
    if (text === undefined) throw new Error(`there is no figure ${name}`);
    return text;
  });
}
