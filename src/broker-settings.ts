/** The settings of the brokers: which exchange trades coins, and the keys and hosts of each. */

import * as z from "zod";
import { CRYPTO_EXCHANGES, type CryptoExchange } from "./domain/instrument.ts";
import { later } from "./domain/later.ts";

export interface AlpacaConfig {
  readonly keyId: string;
  readonly secretKey: string;
  readonly tradingUrl: string;
  readonly dataUrl: string;
  readonly updatesUrl: string;
  readonly streamUrl: string;
  /** How many symbols its plan streams. */
  readonly streamSymbolsMax: number;
  /** What the account may ask for. */
  readonly requestsPerMinute: number;
}

interface ExchangeKeys {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly restUrl: string;
}

/** An exchange that is asked by REST alone. */
export interface ExchangeConfig extends ExchangeKeys {
  readonly requestsPerMinute: number;
}

export interface BinanceConfig extends ExchangeKeys {
  readonly streamUrl: string;
  readonly userUrl: string;
  /** In Binance's request weights. */
  readonly weightPerMinute: number;
}

/** The exchanges whose keys are there: the chosen one, and the one before it. */
export interface ExchangeConfigs {
  readonly binance: BinanceConfig | null;
  readonly kraken: ExchangeConfig | null;
  readonly coinbase: ExchangeConfig | null;
}

export const text = later(() => z.string("is missing").min(1, "is empty"));
const url = (...protocols: string[]) =>
  text().refine((value) => protocols.some((protocol) => isUrl(value, protocol)), {
    error: `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(" or ")}`,
  });
export const http = later(() => url("https:", "http:"));
export const postgres = later(() => url("postgres:", "postgresql:"));
const socket = later(() => url("wss:", "ws:"));
const count = later(() =>
  z
    .string("is missing")
    .regex(/^[1-9]\d{0,5}$/, "must be a whole number above 0")
    .transform(Number),
);

const alpacaSettings = later(() =>
  z
    .object({
      ALPACA_KEY_ID: text(),
      ALPACA_SECRET_KEY: text(),
      ALPACA_TRADING_URL: http(),
      ALPACA_DATA_URL: http(),
      ALPACA_UPDATES_URL: socket(),
      ALPACA_STREAM_URL: socket(),
      ALPACA_STREAM_SYMBOLS: count(),
      ALPACA_REQUESTS_PER_MINUTE: count(),
    })
    .transform(
      (settings): AlpacaConfig => ({
        keyId: settings.ALPACA_KEY_ID,
        secretKey: settings.ALPACA_SECRET_KEY,
        tradingUrl: settings.ALPACA_TRADING_URL,
        dataUrl: settings.ALPACA_DATA_URL,
        updatesUrl: settings.ALPACA_UPDATES_URL,
        streamUrl: settings.ALPACA_STREAM_URL,
        streamSymbolsMax: settings.ALPACA_STREAM_SYMBOLS,
        requestsPerMinute: settings.ALPACA_REQUESTS_PER_MINUTE,
      }),
    ),
);

export const readAlpaca = (env: object) => alpacaSettings().safeParse(env);

const binanceSettings = later(() =>
  z
    .object({
      CRYPTO_API_KEY: text(),
      CRYPTO_API_SECRET: text(),
      BINANCE_REST_URL: http(),
      BINANCE_STREAM_URL: socket(),
      BINANCE_USER_URL: socket(),
      BINANCE_WEIGHT_PER_MINUTE: count(),
    })
    .transform(
      (settings): BinanceConfig => ({
        apiKey: settings.CRYPTO_API_KEY,
        apiSecret: settings.CRYPTO_API_SECRET,
        restUrl: settings.BINANCE_REST_URL,
        streamUrl: settings.BINANCE_STREAM_URL,
        userUrl: settings.BINANCE_USER_URL,
        weightPerMinute: settings.BINANCE_WEIGHT_PER_MINUTE,
      }),
    ),
);

// What can't sign must not find an order on its way: the form of a secret is looked at here.
const KRAKEN_SECRET = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const krakenSettings = later(() =>
  z
    .object({
      CRYPTO_API_KEY: text(),
      CRYPTO_API_SECRET: text().regex(KRAKEN_SECRET, "must be Kraken's private key, in base64"),
      KRAKEN_REST_URL: http(),
      KRAKEN_CALLS_PER_MINUTE: count(),
    })
    .transform(
      (settings): ExchangeConfig => ({
        apiKey: settings.CRYPTO_API_KEY,
        apiSecret: settings.CRYPTO_API_SECRET,
        restUrl: settings.KRAKEN_REST_URL,
        requestsPerMinute: settings.KRAKEN_CALLS_PER_MINUTE,
      }),
    ),
);

const EC_KEY =
  /^-----BEGIN EC PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+\n-----END EC PRIVATE KEY-----\n*$/;
const ED25519_KEY = /^[A-Za-z0-9+/]{86}==$/;

const coinbaseSettings = later(() =>
  z
    .object({
      CRYPTO_API_KEY: text(),
      CRYPTO_API_SECRET: text()
        // So a PEM's line breaks are written where a setting has one line.
        .transform((value) => value.replaceAll("\\n", "\n"))
        .refine((value) => EC_KEY.test(value) || ED25519_KEY.test(value), {
          error:
            "must be a CDP key's secret: an EC private key in PEM, or 64 bytes of Ed25519 in base64",
        }),
      COINBASE_REST_URL: http(),
      COINBASE_REQUESTS_PER_MINUTE: count(),
    })
    .transform(
      (settings): ExchangeConfig => ({
        apiKey: settings.CRYPTO_API_KEY,
        apiSecret: settings.CRYPTO_API_SECRET,
        restUrl: settings.COINBASE_REST_URL,
        requestsPerMinute: settings.COINBASE_REQUESTS_PER_MINUTE,
      }),
    ),
);

const exchangeName = later(() =>
  z.enum(CRYPTO_EXCHANGES, {
    error: `must be one of ${CRYPTO_EXCHANGES.join(", ")}`,
  }),
);

const choiceSettings = later(() =>
  z.object({
    CRYPTO_EXCHANGE: exchangeName(),
    CRYPTO_PREVIOUS_EXCHANGE: z.union([z.literal(""), exchangeName()]).default(""),
  }),
);

export interface ExchangesReading {
  /** Undefined where the setting is faulty. */
  readonly chosen: CryptoExchange | undefined;
  readonly configs: ExchangeConfigs;
  readonly errors: readonly z.ZodError[];
}

/**
 * The chosen exchange, and the one before it: its orders are followed to their ends if its keys are still there. Nothing
 * is asked of the settings of the others.
 */
export function readExchanges(env: Readonly<Record<string, unknown>>): ExchangesReading {
  const choice = choiceSettings().safeParse(env);
  const chosen = choice.data?.CRYPTO_EXCHANGE;
  const errors: z.ZodError[] = choice.success ? [] : [choice.error];

  function read<Settings>(
    name: CryptoExchange,
    schema: () => z.ZodType<Settings>,
  ): Settings | null {
    const isPrevious = name !== chosen && name === choice.data?.CRYPTO_PREVIOUS_EXCHANGE;
    if (name !== chosen && !isPrevious) return null;
    const reading = schema().safeParse(isPrevious ? withPreviousKeys(env) : env);
    if (reading.success) return reading.data;
    errors.push(isPrevious ? asPrevious(reading.error) : reading.error);
    return null;
  }

  const configs = {
    binance: read("binance", binanceSettings),
    kraken: read("kraken", krakenSettings),
    coinbase: read("coinbase", coinbaseSettings),
  };
  return { chosen, configs, errors };
}

const withPreviousKeys = (env: Readonly<Record<string, unknown>>) => ({
  ...env,
  CRYPTO_API_KEY: env.CRYPTO_PREVIOUS_API_KEY,
  CRYPTO_API_SECRET: env.CRYPTO_PREVIOUS_API_SECRET,
});

const asPrevious = ({ issues }: z.ZodError): z.ZodError =>
  new z.ZodError(
    issues.map((issue) => ({
      ...issue,
      path: issue.path.map((name) => String(name).replace(/^CRYPTO_API/, "CRYPTO_PREVIOUS_API")),
    })),
  );

function isUrl(value: string, protocol: string): boolean {
  return URL.canParse(value) && new URL(value).protocol === protocol;
}
