import { causeOf } from "../cause.ts";
import { VenueRefusal } from "./http.ts";

/** A short text for logs of why an exchange gave no usable answer. */
export function describe(error: unknown): string {
  if (!(error instanceof VenueRefusal)) return causeOf(error);
  return `HTTP ${error.status}${error.code === null ? "" : ` ${error.code}`}`;
}
