/** Both venues and their control API, started together. */

import { type Decimal, decimal } from "../src/domain/decimal.ts";
import { startAlpacaFace } from "./alpaca/face.ts";
import { startBinanceFace } from "./binance/face.ts";
import type { VenueClock } from "./clock.ts";
import { startControlFace } from "./control/face.ts";
import { createCore } from "./core.ts";
import type { ExchangeEvent, ExchangeState } from "./matching/exchange.ts";

export interface VenueOptions {
  readonly clock: VenueClock;
  readonly seed?: number;
  /** Stocks trade round the clock; otherwise in the exchange's hours. Default true. */
  readonly alwaysOpen?: boolean;
  /** Multiplies every symbol's own mean rate of ticks. */
  readonly tickRate?: number;
  /** What each account starts with, in dollars and in USDT. */
  readonly cash?: Decimal;
  /** 0 for a free port each. */
  readonly alpacaPort?: number;
  readonly binancePort?: number;
  readonly controlPort?: number;
  readonly alpacaKeyId?: string;
  readonly alpacaSecret?: string;
  readonly binanceKeyId?: string;
  readonly binanceSecret?: string;
  /** Limits of the real venues that are off unless they are set. */
  readonly alpacaDataSocketsMax?: number;
  readonly alpacaDataSymbolsMax?: number;
  readonly alpacaRequestsPerMinuteMax?: number;
  readonly binanceWeightPerMinuteMax?: number;
  /** An earlier `state()`, to go on from. */
  readonly saved?: ExchangeState | undefined;
}

export interface Venue {
  readonly alpacaUrl: string;
  readonly binanceUrl: string;
  readonly controlUrl: string;
  /** Plain data, not a copy: serialise it before anything else happens. */
  state(): ExchangeState;
  onEvent(listener: (event: ExchangeEvent) => void): void;
  stop(): Promise<void>;
}

export async function startVenue(options: VenueOptions): Promise<Venue> {
  const core = createCore({
    clock: options.clock,
    seed: options.seed ?? 1,
    alwaysOpen: options.alwaysOpen ?? true,
    tickRate: options.tickRate ?? 1,
    cash: options.cash ?? decimal("10000000"),
    saved: options.saved,
  });
  const alpacaSettings = {
    keyId: options.alpacaKeyId ?? "local-alpaca-key",
    secret: options.alpacaSecret ?? "local-alpaca-secret",
    dataSocketsMax: options.alpacaDataSocketsMax ?? 0,
    dataSymbolsMax: options.alpacaDataSymbolsMax ?? 0,
    requestsPerMinuteMax: options.alpacaRequestsPerMinuteMax ?? 0,
  };
  const binanceSettings = {
    keyId: options.binanceKeyId ?? "local-binance-key",
    secret: options.binanceSecret ?? "local-binance-secret",
    weightPerMinuteMax: options.binanceWeightPerMinuteMax ?? 0,
  };
  const alpaca = await startAlpacaFace(core, alpacaSettings, options.alpacaPort ?? 0);
  const binance = await startBinanceFace(core, binanceSettings, options.binancePort ?? 0);
  const control = await startControlFace(core, options.controlPort ?? 0);
  return {
    alpacaUrl: alpaca.url,
    binanceUrl: binance.url,
    controlUrl: control.url,
    state: core.exchange.state,
    onEvent: core.onEvent,
    async stop() {
      core.stop();
      await Promise.all([alpaca.stop(), binance.stop(), control.stop()]);
    },
  };
}
