/** Balances and fees of the account. */

import type { Core } from "../core.ts";
import { balanceOf } from "../matching/accounts.ts";
import { MAKER_FEE_BPS, TAKER_FEE_BPS } from "../matching/fees.ts";
import { fixed } from "./order-json.ts";
import type { BinanceRoute } from "./route.ts";

const rate = (bps: number): string => `0.00${bps}0000`;
const RATES = {
  maker: rate(MAKER_FEE_BPS),
  taker: rate(TAKER_FEE_BPS),
  buyer: "0.00000000",
  seller: "0.00000000",
};

export function binanceAccountRoutes(core: Core): BinanceRoute[] {
  const account = core.exchange.accounts.binance;
  return [
    {
      method: "GET",
      path: "account",
      weight: 20,
      signed: true,
      run: () => ({
        status: 200,
        body: {
          makerCommission: MAKER_FEE_BPS,
          takerCommission: TAKER_FEE_BPS,
          buyerCommission: 0,
          sellerCommission: 0,
          commissionRates: RATES,
          canTrade: true,
          canWithdraw: false,
          canDeposit: false,
          brokered: false,
          requireSelfTradePrevention: false,
          preventSor: false,
          updateTime: core.nowMs(),
          accountType: "SPOT",
          balances: balancesJson(core, Object.keys(account.balances)),
          permissions: ["SPOT"],
          uid: Number(account.id),
        },
      }),
    },
    {
      method: "GET",
      path: "account/commission",
      weight: 20,
      signed: true,
      run: (params) => ({
        status: 200,
        body: {
          symbol: params.get("symbol"),
          standardCommission: RATES,
          taxCommission: { maker: "0", taker: "0", buyer: "0", seller: "0" },
          discount: { enabledForAccount: false, enabledForSymbol: false },
        },
      }),
    },
  ];
}

function balancesJson(core: Core, assets: readonly string[]) {
  return assets.map((asset) => {
    const { free, held } = balanceOf(core.exchange.accounts.binance, asset);
    return { asset, free: fixed(free), locked: fixed(held) };
  });
}
