import * as z from "zod";

const YEAR_MIN = 1970;
const YEAR_MAX = 9999;

/** The database refuses some moments that a `Date` has. */
function toMoment(text: string, context: z.RefinementCtx): Date {
  const at = new Date(text);
  const year = at.getUTCFullYear();
  if (year >= YEAR_MIN && year <= YEAR_MAX) return at;
  context.addIssue({
    code: "custom",
    message: `must be of the years ${YEAR_MIN} to ${YEAR_MAX}`,
    params: { code: "out_of_range" },
  });
  return z.NEVER;
}

/** A moment of a query, UTC. */
export const timeQuery = z.iso.datetime().transform(toMoment);

/** A moment of a body, whatever its offset: the client's own way of writing it. */
export const moment = z.iso.datetime({ offset: true }).transform(toMoment);
