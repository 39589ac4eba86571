import * as z from "zod";
import "../http/describable.ts";
import { BAR_INTERVALS, PERIODS } from "../domain/bar.ts";
import { decimal, greaterThan, places } from "../domain/decimal.ts";
import { decimalText } from "../http/decimal-text.ts";
import { idempotencyHeaders } from "../http/idempotency-key.ts";
import { timeQuery } from "../http/moment.ts";
import { pageQuery } from "../http/paging.ts";
import { symbolText } from "../http/symbol-text.ts";
import { strictBody } from "../http/validated.ts";

// A thousand million of them still fit the database's money.
const CASH_MAX = decimal("100000000000");

const assetType = z.enum(["stock", "crypto"]);

export const positionsQuery = z.strictObject({ asset_type: assetType.optional() });
export const symbolParam = z.object({ symbol: symbolText });
export const tradesQuery = z.strictObject({
  symbol: symbolText.optional(),
  order_id: z.uuid().optional(),
  after: timeQuery.optional(),
  until: timeQuery.optional(),
  ...pageQuery(),
});
export const ledgerQuery = z.strictObject(pageQuery());
export const historyQuery = z.strictObject({
  period: z.enum(PERIODS).default("1M"),
  interval: z.enum(BAR_INTERVALS).optional().openapi({
    description:
      "Left out: as of a chart, or a coarser one where the account holds too much for that.",
  }),
});
export const ledgerCursor = z.strictObject({ seq: z.int() });

function cash(sign: "positive" | "not_negative", example: string) {
  return decimalText({ description: "USD, in whole cents.", sign, example })
    .refine((amount) => places(amount) <= 2, { error: "must be in whole cents" })
    .refine((amount) => !greaterThan(amount, CASH_MAX), { error: `must be at most ${CASH_MAX}` });
}

export const depositBody = strictBody({ amount: cash("positive", "1000.00") }).openapi(
  "MakeDeposit",
);
export const resetBody = strictBody({ cash: cash("not_negative", "100000.00") }).openapi(
  "MakeReset",
);
export const cashHeaders = idempotencyHeaders(
  "A repeated request changes nothing and is answered as the first was.",
);
