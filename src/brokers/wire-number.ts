/** Exact decimals out of vendors' JSON. */

import * as z from "zod";
import { decimal, parseDecimal } from "../domain/decimal.ts";
import { later } from "../domain/later.ts";

/** Decimal text; also a JSON number, whose shortest text is what the vendor meant. */
export const wireDecimal = later(() =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    if (typeof value === "number" && Number.isFinite(value)) return decimal(value);
    const parsed = typeof value === "string" ? parseDecimal(value) : undefined;
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: "not a plain decimal" });
    return z.NEVER;
  }),
);

/** As `wireDecimal`; what is absent or null becomes null. */
export const optionalDecimal = later(() =>
  wireDecimal()
    .nullish()
    .transform((value) => value ?? null),
);

/** RFC 3339 with any number of fraction digits; digits below the millisecond are dropped. */
export const wireTime = later(() =>
  z.string().transform((text, context) => {
    const at = new Date(text);
    if (!Number.isNaN(at.getTime())) return at;
    context.addIssue({ code: "custom", message: "not a time" });
    return z.NEVER;
  }),
);

export const optionalTime = later(() =>
  wireTime()
    .nullish()
    .transform((value) => value ?? null),
);
