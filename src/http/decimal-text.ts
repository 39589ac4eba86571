import * as z from "zod";
import "./describable.ts";
import { type Decimal, isNegative, isPositive, parseDecimal } from "../domain/decimal.ts";
import { NumberText } from "./json-text.ts";

const DIGITS_MAX = 30;

interface DecimalRule {
  readonly sign?: "any" | "not_negative" | "positive";
  readonly description?: string;
  readonly example?: string;
}

/**
 * A decimal of a request: text, or a JSON number by its source text, without exponent and of at most 30 digits.
 * Positive unless the rule says otherwise.
 */
export function decimalText({
  sign = "positive",
  description,
  example = "10.25",
}: DecimalRule = {}) {
  return (
    z
      // The document takes for optional what lets undefined pass.
      .custom<string | NumberText>((value) => value !== undefined, {
        error: "is required",
        params: { code: "required" },
      })
      .transform((value: unknown, context): Decimal => {
        const reading = readDecimal(value, sign);
        if ("decimal" in reading) return reading.decimal;
        context.addIssue({
          code: "custom",
          message: reading.message,
          params: { code: reading.code },
        });
        return z.NEVER;
      })
      .openapi({
        type: "string",
        format: "decimal",
        pattern: "^-?\\d{1,30}(\\.\\d{1,30})?$",
        example,
        ...(description === undefined ? {} : { description }),
      })
  );
}

/** A decimal of an answer. The schema is only for the document: answers are not validated. */
export function decimalOut(example = "10.25") {
  return z.string().openapi({ format: "decimal", example });
}

type DecimalReading =
  | { readonly decimal: Decimal }
  | { readonly code: string; readonly message: string };

function readDecimal(value: unknown, sign: NonNullable<DecimalRule["sign"]>): DecimalReading {
  const text = value instanceof NumberText ? value.text : value;
  const decimal = typeof text === "string" ? parseDecimal(text) : undefined;
  if (typeof text !== "string" || decimal === undefined) {
    return invalid("must be a plain decimal such as 10.25, without exponent");
  }
  if (text.replaceAll(/\D/g, "").length > DIGITS_MAX) {
    return invalid(`must have at most ${DIGITS_MAX} digits`);
  }
  if (sign === "positive" && !isPositive(decimal)) return invalid("must be greater than zero");
  if (sign === "not_negative" && isNegative(decimal)) return invalid("must not be negative");
  return { decimal };
}

function invalid(message: string): DecimalReading {
  return { code: "invalid_decimal", message };
}
