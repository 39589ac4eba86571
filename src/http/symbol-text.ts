import * as z from "zod";
import "./describable.ts";
import { parseSymbol } from "../domain/instrument.ts";

/** A symbol in any spelling (`doge-usd`, `DOGEUSD`, `f`); what comes out is the one we answer with. */
export const symbolText = z
  .string()
  .max(32)
  .transform((text, context) => {
    const symbol = parseSymbol(text);
    if (symbol !== undefined) return symbol;
    context.addIssue({ code: "custom", message: "must be a symbol such as F or DOGE/USD" });
    return z.NEVER;
  })
  .openapi({ type: "string", example: "F" });
