/** Column types that carry the domain's own values. */

import { customType, timestamp } from "drizzle-orm/pg-core";
import { type Decimal, decimal } from "../domain/decimal.ts";

/** `numeric` of any size, for prices and quantities. */
export const exact = customType<{ data: Decimal; driverData: string }>({
  dataType: () => "numeric",
  fromDriver: (value) => decimal(value),
});

/** USD with eight decimals; Postgres rounds halves away from zero. */
export const money = customType<{ data: Decimal; driverData: string }>({
  dataType: () => "numeric(28, 8)",
  fromDriver: (value) => decimal(value),
});

/** Milliseconds are what the API shows, so nothing finer is stored. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
