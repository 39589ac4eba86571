import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { root } from "./checkout.ts";

/** Settings by name, as the Worker reads them from its environment. */
export type Settings = Readonly<Record<string, string>>;

/** The secrets of one checkout, made at the first start and kept, so that tokens outlive a restart. */
export interface LocalSecrets {
  readonly JWT_SECRET: string;
  readonly ALPACA_KEY_ID: string;
  readonly ALPACA_SECRET_KEY: string;
  readonly CRYPTO_API_KEY: string;
  readonly CRYPTO_API_SECRET: string;
}

/** Where the parts of the platform run, and the keys that the venue accepts. */
export interface Endpoints {
  readonly databaseUrl: string;
  readonly databaseHttpEndpoint: string;
  readonly alpacaUrl: string;
  readonly binanceUrl: string;
}

export function createSecrets(): LocalSecrets {
  return {
    JWT_SECRET: randomText(48),
    ALPACA_KEY_ID: randomText(15),
    ALPACA_SECRET_KEY: randomText(30),
    CRYPTO_API_KEY: randomText(48),
    CRYPTO_API_SECRET: randomText(48),
  };
}

/** Reads the checkout's secrets from `file`, which only its owner can read, and adds what is missing. */
export function loadSecrets(file: string): LocalSecrets {
  const kept: Partial<LocalSecrets> = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : {};
  const secrets = { ...createSecrets(), ...kept };
  const part = `${file}.${process.pid}`;
  writeFileSync(part, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(part, file);
  return secrets;
}

/** Everything that differs from wrangler.toml when the Worker runs against this machine. */
export function workerSettings(endpoints: Endpoints, secrets: LocalSecrets): Settings {
  const { databaseUrl, databaseHttpEndpoint, alpacaUrl, binanceUrl } = endpoints;
  const alpacaSocket = alpacaUrl.replace(/^http/, "ws");
  const binanceSocket = binanceUrl.replace(/^http/, "ws");
  return {
    ...secrets,
    DATABASE_URL: databaseUrl,
    DATABASE_HTTP_ENDPOINT: databaseHttpEndpoint,
    ALPACA_TRADING_URL: alpacaUrl,
    ALPACA_DATA_URL: alpacaUrl,
    ALPACA_UPDATES_URL: `${alpacaSocket}/stream`,
    ALPACA_STREAM_URL: `${alpacaSocket}/v2/iex`,
    BINANCE_REST_URL: binanceUrl,
    BINANCE_STREAM_URL: `${binanceSocket}/stream`,
    BINANCE_USER_URL: `${binanceSocket}/ws-api/v3`,
  };
}

/**
 * Lays the user's own settings over the local ones. Who brings keys for a venue, or a database, means the real one:
 * its addresses are then those of wrangler.toml, unless they are given too.
 */
export function applyOverrides(settings: Settings, own: Settings): Settings {
  const result: Record<string, string> = { ...settings };
  for (const { owns, addresses } of [
    { owns: ["DATABASE_URL"], addresses: /^DATABASE_HTTP_ENDPOINT$/ },
    { owns: ["ALPACA_KEY_ID", "ALPACA_SECRET_KEY"], addresses: /^ALPACA_.*_URL$/ },
    { owns: ["CRYPTO_API_KEY", "CRYPTO_API_SECRET"], addresses: /^BINANCE_.*_URL$/ },
  ]) {
    if (!owns.some((name) => name in own)) continue;
    for (const name of Object.keys(result)) if (addresses.test(name)) delete result[name];
  }
  return { ...result, ...own };
}

/** The settings of `.dev.vars`; none if there is no such file. */
export function readDevVars(file: string = join(root, ".dev.vars")): Settings {
  if (!existsSync(file)) return {};
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseEnv(readFileSync(file, "utf8")))) {
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}
