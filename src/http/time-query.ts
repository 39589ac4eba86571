import { z } from "@hono/zod-openapi";

const YEAR_MIN = 1970;

/** A moment of a query, in the years 1970 to 9999: the database refuses some that a `Date` has. */
export const timeQuery = z.iso.datetime().transform((text, context) => {
  const at = new Date(text);
  if (at.getUTCFullYear() >= YEAR_MIN) return at;
  context.addIssue({
    code: "custom",
    message: `must be of the years ${YEAR_MIN} to 9999`,
    params: { code: "out_of_range" },
  });
  return z.NEVER;
});
