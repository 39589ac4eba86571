/** The Worker's settings, checked once an isolate. */

import * as z from "zod";
import {
  type AlpacaConfig,
  type ExchangeConfigs,
  http,
  postgres,
  readAlpaca,
  readExchanges,
  text,
} from "./broker-settings.ts";
import { type Decimal, parseDecimal } from "./domain/decimal.ts";
import { VENUE_NAMES, type VenueName, type Venues, venuesWith } from "./domain/instrument.ts";
import { later } from "./domain/later.ts";
import { parseRateLimits, type RateLimits, SLOT_QUOTA } from "./domain/rate-limits.ts";
import { createLog, LOG_LEVELS, type LogLevel } from "./observability/log.ts";
import { isSentryDsn } from "./observability/sentry.ts";
import { WINDOW_MAX_MS, WINDOW_MIN_MS } from "./streams/flush-window.ts";

export interface SettingFault {
  readonly setting: string;
  /** What is wrong with it; never its value. */
  readonly message: string;
}

/** A key that signs access tokens, named by the `kid` of their header. */
interface SigningKey {
  readonly id: string;
  readonly secret: string;
}

export interface Config {
  readonly mode: "paper" | "live";
  readonly logLevel: LogLevel;
  /** Null: Sentry is told nothing. */
  readonly sentryDsn: string | null;
  readonly corsOrigins: readonly string[];
  readonly rateLimits: RateLimits;
  readonly database: { readonly url: string; readonly httpEndpoint: string };
  readonly jwt: {
    readonly issuer: string;
    readonly audience: string;
    readonly key: SigningKey;
    /** Signs no more, but what it signed is still good: for the time of a rotation. */
    readonly previousKey?: SigningKey;
  };
  readonly paperStartCash: Decimal;
  /** USD a unit; zero turns the rule off. */
  readonly universeMaxPrice: Decimal;
  /** What a crypto taker pays at most, as a fraction: reservations count it. */
  readonly cryptoTakerFee: Decimal;
  /** They get no new orders, from nobody. */
  readonly haltedVenues: ReadonlySet<VenueName>;
  readonly deadlines: {
    /** After this long in a pending state, the venue is asked about an order. */
    readonly pendingMs: number;
    /** From when on "not found" proves that a submit of unknown fate did not arrive. */
    readonly submitUnknownMs: number;
  };
  /** Which venue serves what. */
  readonly venues: Venues;
  /** The shortest time between two frames to a client with many symbols. */
  readonly streamWindowMs: number;
  /** Null while a setting of this broker is missing: its orders are refused, the rest works. */
  readonly alpaca: AlpacaConfig | null;
  /** By name; null where it is not chosen, or while one of its settings is missing. */
  readonly exchanges: ExchangeConfigs;
}

/** Faults beside a config concern one broker each. */
export type ConfigReading =
  | { readonly ok: true; readonly config: Config; readonly faults: readonly SettingFault[] }
  | { readonly ok: false; readonly faults: readonly SettingFault[] };

const money = later(() =>
  z.string("is missing").transform((value, context) => {
    const amount = parseDecimal(value);
    if (amount !== undefined && !amount.startsWith("-")) return amount;
    context.addIssue({ code: "custom", message: "must be a plain decimal that is not negative" });
    return z.NEVER;
  }),
);
const milliseconds = later(() =>
  z
    .string("is missing")
    .regex(/^[1-9]\d{0,8}$/, "must be a whole number of milliseconds above 0")
    .transform(Number),
);
const window = later(() =>
  milliseconds().refine((ms) => ms >= WINDOW_MIN_MS && ms <= WINDOW_MAX_MS, {
    error: `must be from ${WINDOW_MIN_MS} to ${WINDOW_MAX_MS} milliseconds`,
  }),
);
const origins = later(() =>
  z
    .string("is missing")
    .transform((value) =>
      value
        .split(",")
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ""),
    )
    .refine(
      (list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      {
        error: "must be origins such as https://example.com, separated by commas",
      },
    ),
);

const rateLimits = later(() =>
  z.string("is missing").transform((value, context) => {
    const limits = parseRateLimits(value);
    if (limits !== undefined) return limits;
    const message = `must be such as auth=20,orders=200,reads=600,audits=20, each a multiple of ${SLOT_QUOTA}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }),
);

const sentryDsn = later(() =>
  z
    .string("is missing")
    .refine(
      (value) => value === "" || isSentryDsn(value),
      "must be empty or the DSN of a Sentry project",
    ),
);

const haltedVenues = later(() =>
  z.string("is missing").transform((value, context): ReadonlySet<VenueName> => {
    if (value === "true") return new Set(VENUE_NAMES);
    if (value === "false") return new Set();
    const names = value.split(",").map((name) => name.trim());
    const venues = VENUE_NAMES.filter((venue) => names.includes(venue));
    if (names.every((name) => venues.some((venue) => venue === name))) return new Set(venues);
    const message = `must be true, false or venues, separated by commas: ${VENUE_NAMES.join(", ")}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }),
);

const signingSecret = later(() =>
  z.string("is missing").min(32, "must have at least 32 characters"),
);

const coreSettings = later(() =>
  z.object({
    LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` }),
    SENTRY_DSN: sentryDsn(),
    CORS_ORIGINS: origins(),
    RATE_LIMITS: rateLimits(),
    DATABASE_URL: postgres(),
    DATABASE_HTTP_ENDPOINT: z.union([z.literal(""), http()], {
      error: "must be empty or a URL that starts with https:// or http://",
    }),
    JWT_ISSUER: text(),
    JWT_AUDIENCE: text(),
    JWT_KEY_ID: text(),
    JWT_SECRET: signingSecret(),
    PAPER_START_CASH: money(),
    UNIVERSE_MAX_PRICE: money(),
    CRYPTO_TAKER_FEE: money(),
    TRADING_HALTED: haltedVenues(),
    PENDING_DEADLINE_MS: milliseconds(),
    SUBMIT_UNKNOWN_MS: milliseconds(),
    STREAM_WINDOW_MS: window(),
  }),
);

const previousKeySettings = later(() =>
  z
    .object({
      JWT_PREVIOUS_KEY_ID: z.string().default(""),
      JWT_PREVIOUS_SECRET: z.string().default(""),
    })
    .refine(
      ({ JWT_PREVIOUS_KEY_ID: id, JWT_PREVIOUS_SECRET: secret }) =>
        id === "" ? secret === "" : signingSecret().safeParse(secret).success,
      {
        path: ["JWT_PREVIOUS_SECRET"],
        error:
          "must have at least 32 characters if JWT_PREVIOUS_KEY_ID is set, and be unset otherwise",
      },
    ),
);

/** Where money is real. Binance has several: `api1`, `api-gcp`. */
const LIVE_HOST =
  /^(api\.alpaca\.markets|api[\w-]*\.binance\.(com|us)|api\.kraken\.com|api\.coinbase\.com)$/;
const readings = new WeakMap<object, ConfigReading>();

/** Reads the settings of `env`; never throws. The first reading tells its faults, by default to the log. */
export function readConfig(env: object, tellFaults = logFaults): ConfigReading {
  const known = readings.get(env);
  if (known !== undefined) return known;
  const reading = parseConfig(env);
  readings.set(env, reading);
  if (reading.faults.length > 0) tellFaults(reading.faults);
  return reading;
}

function logFaults(faults: readonly SettingFault[]): void {
  createLog("error").error("settings_faulty", { settings: faults });
}

function parseConfig(env: object): ConfigReading {
  const core = coreSettings().safeParse(env);
  const previousKey = previousKeySettings().safeParse(env);
  const alpaca = readAlpaca(env);
  const exchanges = readExchanges({ ...env });
  const errors = [core.error, previousKey.error, alpaca.error, ...exchanges.errors];
  const faults = errors.flatMap(toFaults);
  const { chosen } = exchanges;
  if (!core.success || chosen === undefined) return { ok: false, faults };

  const settings = core.data;
  return {
    ok: true,
    faults,
    config: {
      mode: [alpaca.data?.tradingUrl, exchanges.configs[chosen]?.restUrl].some(isLive)
        ? "live"
        : "paper",
      logLevel: settings.LOG_LEVEL,
      sentryDsn: settings.SENTRY_DSN || null,
      corsOrigins: settings.CORS_ORIGINS,
      rateLimits: settings.RATE_LIMITS,
      database: { url: settings.DATABASE_URL, httpEndpoint: settings.DATABASE_HTTP_ENDPOINT },
      jwt: {
        issuer: settings.JWT_ISSUER,
        audience: settings.JWT_AUDIENCE,
        key: { id: settings.JWT_KEY_ID, secret: settings.JWT_SECRET },
        ...toPreviousKey(previousKey.data),
      },
      paperStartCash: settings.PAPER_START_CASH,
      universeMaxPrice: settings.UNIVERSE_MAX_PRICE,
      cryptoTakerFee: settings.CRYPTO_TAKER_FEE,
      haltedVenues: settings.TRADING_HALTED,
      deadlines: {
        pendingMs: settings.PENDING_DEADLINE_MS,
        submitUnknownMs: settings.SUBMIT_UNKNOWN_MS,
      },
      streamWindowMs: settings.STREAM_WINDOW_MS,
      venues: venuesWith(chosen),
      alpaca: alpaca.data ?? null,
      exchanges: exchanges.configs,
    },
  };
}

/** Half of a pair is a fault and no key: what it signed is refused, all else goes on. */
function toPreviousKey(settings: z.infer<ReturnType<typeof previousKeySettings>> | undefined): {
  previousKey?: SigningKey;
} {
  const { JWT_PREVIOUS_KEY_ID: id = "", JWT_PREVIOUS_SECRET: secret = "" } = settings ?? {};
  return id === "" ? {} : { previousKey: { id, secret } };
}

const isLive = (url: string | undefined): boolean =>
  url !== undefined && LIVE_HOST.test(new URL(url).hostname);

// One fault a setting: what is empty needs no lecture on its form.
function toFaults(error: z.ZodError | undefined): SettingFault[] {
  const faults = new Map<string, string>();
  for (const { path, message } of error?.issues ?? []) {
    const setting = path.join(".");
    if (!faults.has(setting)) faults.set(setting, message);
  }
  return Array.from(faults, ([setting, message]) => ({ setting, message }));
}
