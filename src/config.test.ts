import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { readConfig as readAndTell, type SettingFault } from "./config.ts";

const SETTINGS = {
  ...env,
  LOG_LEVEL: "error",
  CORS_ORIGINS: "",
  DATABASE_URL: "postgres://user:password@localhost/db",
  DATABASE_HTTP_ENDPOINT: "",
  JWT_KEY_ID: "k1",
  JWT_SECRET: "0123456789abcdef0123456789abcdef",
  ALPACA_KEY_ID: "key",
  ALPACA_SECRET_KEY: "secret",
  CRYPTO_API_KEY: "key",
  CRYPTO_API_SECRET: "secret",
};

const quietly = () => {};
const readConfig = (settings: object) => readAndTell(settings, quietly);
const faultsOf = (change: Record<string, unknown>) => readConfig({ ...SETTINGS, ...change }).faults;

describe("readConfig", () => {
  it("takes the settings of wrangler.toml with the secrets", () => {
    const reading = readConfig(SETTINGS);
    expect(reading.faults).toEqual([]);
    expect(reading).toMatchObject({
      ok: true,
      config: {
        mode: "paper",
        corsOrigins: [],
        rateLimits: { auth: 20, orders: 200, reads: 600 },
        jwt: { issuer: "speedtrade", key: { id: "k1" } },
        paperStartCash: "100000",
        venues: { stock: "alpaca", crypto: "binance" },
        alpaca: { keyId: "key" },
        exchanges: { binance: { apiKey: "key" }, kraken: null, coinbase: null },
      },
    });
  });

  it("reads the same settings once", () => {
    expect(readConfig(SETTINGS)).toBe(readConfig(SETTINGS));
  });

  it.each([
    ["DATABASE_URL", undefined, "is missing"],
    ["DATABASE_URL", "mysql://x", "must be a URL that starts with postgres:// or postgresql://"],
    ["JWT_SECRET", "short", "must have at least 32 characters"],
    ["JWT_ISSUER", "", "is empty"],
    ["PAPER_START_CASH", "1e5", "must be a plain decimal that is not negative"],
    ["LOG_LEVEL", "loud", "must be one of debug, info, warn, error"],
    ["STREAM_WINDOW_MS", "20", "must be from 50 to 1000 milliseconds"],
    ["SENTRY_DSN", "https://sentry.example.com", "must be empty or the DSN of a Sentry project"],
    [
      "CORS_ORIGINS",
      "example.com",
      "must be origins such as https://example.com, separated by commas",
    ],
    ["CORS_ORIGINS", "*", "must be origins such as https://example.com, separated by commas"],
    [
      "RATE_LIMITS",
      "auth=20,orders=200",
      "must be such as auth=20,orders=200,reads=600,audits=20, each a multiple of 20",
    ],
  ])("names %s when it is %j", (setting, value, message) => {
    expect(faultsOf({ [setting]: value })).toEqual([{ setting, message }]);
    expect(readConfig({ ...SETTINGS, [setting]: value }).ok).toBe(false);
  });

  it("tells the faults once, when it first sees them", () => {
    const told: (readonly SettingFault[])[] = [];
    const settings = { ...SETTINGS, JWT_ISSUER: undefined };
    const tell = (faults: readonly SettingFault[]) => told.push(faults);
    readAndTell(settings, tell);
    readAndTell(settings, tell);
    expect(told).toEqual([[{ setting: "JWT_ISSUER", message: "is missing" }]]);
  });

  it("never tells a value", () => {
    const text = JSON.stringify(faultsOf({ JWT_SECRET: "hunter2", DATABASE_URL: "hunter2" }));
    expect(text).not.toContain("hunter2");
  });

  it("leaves out a broker whose keys are missing, and keeps the other", () => {
    const reading = readConfig({ ...SETTINGS, ALPACA_SECRET_KEY: undefined });
    expect(reading).toMatchObject({
      ok: true,
      config: { alpaca: null, exchanges: { binance: { apiKey: "key" } } },
      faults: [{ setting: "ALPACA_SECRET_KEY", message: "is missing" }],
    });
  });

  describe("of the crypto exchange", () => {
    const BASE64 = btoa("x".repeat(64));
    const PEM =
      "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\nIHRlG6RO\n-----END EC PRIVATE KEY-----\n";

    it.each([
      ["kraken", BASE64],
      ["coinbase", PEM],
      ["coinbase", BASE64],
    ])("asks for the keys of the chosen one alone: %s", (exchange, secret) => {
      const settings = { ...SETTINGS, CRYPTO_EXCHANGE: exchange, CRYPTO_API_SECRET: secret };
      const reading = readConfig({ ...settings, BINANCE_REST_URL: undefined });
      expect(reading).toMatchObject({
        ok: true,
        faults: [],
        config: {
          venues: { crypto: exchange },
          exchanges: { binance: null, [exchange]: { apiKey: "key", apiSecret: secret } },
        },
      });
      expect(faultsOf({ CRYPTO_EXCHANGE: exchange, CRYPTO_API_SECRET: undefined })).toEqual([
        { setting: "CRYPTO_API_SECRET", message: "is missing" },
      ]);
    });

    it("leaves coins out while a key is missing, and keeps the rest", () => {
      const reading = readConfig({ ...SETTINGS, CRYPTO_API_KEY: undefined });
      expect(reading).toMatchObject({
        ok: true,
        config: { alpaca: { keyId: "key" }, exchanges: { binance: null } },
        faults: [{ setting: "CRYPTO_API_KEY", message: "is missing" }],
      });
    });

    it.each([
      ["kraken", "not base64!", "must be Kraken's private key, in base64"],
      ["coinbase", "an old key's secret", "must be a CDP key's secret"],
      ["coinbase", PEM.replaceAll("EC PRIVATE", "PRIVATE"), "must be a CDP key's secret"],
    ])("refuses a secret that %s could not sign with", (exchange, secret, message) => {
      expect(faultsOf({ CRYPTO_EXCHANGE: exchange, CRYPTO_API_SECRET: secret })).toEqual([
        { setting: "CRYPTO_API_SECRET", message: expect.stringContaining(message) },
      ]);
    });

    it("takes a PEM whose line breaks are written out", () => {
      const CRYPTO_API_SECRET = PEM.replaceAll("\n", "\\n");
      const reading = readConfig({ ...SETTINGS, CRYPTO_EXCHANGE: "coinbase", CRYPTO_API_SECRET });
      expect(reading).toMatchObject({ config: { exchanges: { coinbase: { apiSecret: PEM } } } });
    });

    it("must be one that there is", () => {
      expect(readConfig({ ...SETTINGS, CRYPTO_EXCHANGE: "mtgox" })).toEqual({
        ok: false,
        faults: [
          { setting: "CRYPTO_EXCHANGE", message: "must be one of binance, kraken, coinbase" },
        ],
      });
    });

    it("keeps the one before it while its keys are there", () => {
      const settings = {
        ...SETTINGS,
        CRYPTO_EXCHANGE: "kraken",
        CRYPTO_API_SECRET: BASE64,
        CRYPTO_PREVIOUS_EXCHANGE: "binance",
        CRYPTO_PREVIOUS_API_KEY: "old",
      };
      expect(readConfig({ ...settings, CRYPTO_PREVIOUS_API_SECRET: "secret" })).toMatchObject({
        ok: true,
        faults: [],
        config: {
          venues: { crypto: "kraken" },
          exchanges: { kraken: { apiKey: "key" }, binance: { apiKey: "old", apiSecret: "secret" } },
        },
      });
      expect(readConfig(settings).faults).toEqual([
        { setting: "CRYPTO_PREVIOUS_API_SECRET", message: "is missing" },
      ]);
    });
  });

  it.each([
    ["ALPACA_TRADING_URL", "https://api.alpaca.markets", "live"],
    ["ALPACA_TRADING_URL", "https://paper-api.alpaca.markets", "paper"],
    ["BINANCE_REST_URL", "https://api.binance.com", "live"],
    ["BINANCE_REST_URL", "https://api-gcp.binance.com", "live"],
    ["BINANCE_REST_URL", "https://testnet.binance.vision", "paper"],
    // Not the chosen exchange.
    ["KRAKEN_REST_URL", "https://api.kraken.com", "paper"],
  ])("knows by %s %s that trading is %s", (setting, url, mode) => {
    const reading = readConfig({ ...SETTINGS, [setting]: url });
    expect(reading).toMatchObject({ ok: true, config: { mode } });
  });

  it("halts all venues, none or those that are named", () => {
    const halted = (value: string) => {
      const reading = readConfig({ ...SETTINGS, TRADING_HALTED: value });
      return reading.ok ? [...reading.config.haltedVenues] : reading.faults;
    };
    expect(halted("true")).toEqual(["alpaca", "binance", "kraken", "coinbase"]);
    expect(halted("false")).toEqual([]);
    expect(halted("binance, alpaca")).toEqual(["alpaca", "binance"]);
    for (const value of ["", "yes", "alpaca,bitstamp"]) {
      expect(halted(value)).toMatchObject([{ setting: "TRADING_HALTED" }]);
    }
  });

  it("takes a previous signing key whole or not at all", () => {
    const secret = "fedcba9876543210fedcba9876543210";
    const both = { JWT_PREVIOUS_KEY_ID: "k0", JWT_PREVIOUS_SECRET: secret };
    expect(readConfig({ ...SETTINGS, ...both })).toMatchObject({
      config: { jwt: { previousKey: { id: "k0", secret } } },
    });
    for (const half of [{ JWT_PREVIOUS_KEY_ID: "k0" }, { JWT_PREVIOUS_SECRET: secret }]) {
      const reading = readConfig({ ...SETTINGS, ...half });
      expect(reading).toMatchObject({ ok: true, faults: [{ setting: "JWT_PREVIOUS_SECRET" }] });
      expect(reading.ok && "previousKey" in reading.config.jwt).toBe(false);
    }
  });

  it("splits origins", () => {
    const reading = readConfig({
      ...SETTINGS,
      CORS_ORIGINS: "https://a.example, https://b.example",
    });
    expect(reading).toMatchObject({
      config: { corsOrigins: ["https://a.example", "https://b.example"] },
    });
  });
});
