import * as z from "zod";
import "../http/describable.ts";
import { strictBody } from "../http/validated.ts";
import { type View, view } from "../http/view.ts";
import type { AccountConfig } from "./ports.ts";

export const accountConfigView = view(() =>
  z
    .object({
      suspend_trade: z.boolean().openapi({ description: "Every new order is refused." }),
      closing_only: z.boolean().openapi({ description: "Every buy is refused." }),
    })
    .openapi("AccountConfig"),
);

export const configureAccountBody = strictBody({
  suspend_trade: z.boolean().optional(),
  closing_only: z.boolean().optional(),
}).openapi("ConfigureAccount");

export function toAccountConfigView(config: AccountConfig): View<typeof accountConfigView> {
  return { suspend_trade: config.suspendTrade, closing_only: config.closingOnly };
}
