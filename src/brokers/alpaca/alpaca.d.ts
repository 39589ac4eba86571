/** The part of Alpaca's SDK that we use: `local/alpaca-bundle.ts` writes it. */
declare module "#alpaca" {
  import type { marketData as MarketData, trading as Trading } from "@alpacahq/alpaca-trade-api";

  export const trading: Pick<
    typeof Trading,
    "Configuration" | "AccountActivitiesApi" | "AssetsApi" | "ClockApi" | "OrdersApi"
  >;
  export const marketData: Pick<typeof MarketData, "Configuration" | "StockApi">;
}
