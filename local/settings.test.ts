import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTemporaryDir, type TemporaryDir } from "../test/harness/temporary-dir.ts";
import {
  applyOverrides,
  createSecrets,
  loadSecrets,
  readDevVars,
  workerSettings,
} from "./settings.ts";

let temporary: TemporaryDir;
let folder: string;

beforeEach(() => {
  temporary = createTemporaryDir();
  folder = temporary.path;
});

afterEach(() => {
  temporary.remove();
});

const local = () =>
  workerSettings(
    {
      databaseUrl: "postgres://local/speedtrade",
      databaseHttpEndpoint: "http://127.0.0.1:1/sql",
      alpacaUrl: "http://127.0.0.1:2",
      binanceUrl: "http://127.0.0.1:3",
    },
    createSecrets(),
  );

describe("secrets", () => {
  it("are made once, kept, and readable by their owner only", () => {
    const file = join(folder, "settings.json");
    const first = loadSecrets(file);
    expect(loadSecrets(file)).toEqual(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Object.values(first).every((secret) => secret.length >= 20)).toBe(true);
    expect(createSecrets()).not.toEqual(first);
  });

  it("are completed where a file lacks some", () => {
    const file = join(folder, "settings.json");
    writeFileSync(file, JSON.stringify({ JWT_SECRET: "kept" }));
    const secrets = loadSecrets(file);
    expect(secrets.JWT_SECRET).toBe("kept");
    expect(loadSecrets(file)).toEqual(secrets);
  });
});

describe("the user's own settings", () => {
  it("win over the local ones", () => {
    const settings = applyOverrides(local(), { LOG_LEVEL: "debug", PAPER_START_CASH: "5" });
    expect(settings).toMatchObject({ LOG_LEVEL: "debug", ALPACA_DATA_URL: "http://127.0.0.1:2" });
  });

  it("mean the real venue if they bring its keys", () => {
    const settings = applyOverrides(local(), { ALPACA_KEY_ID: "mine", ALPACA_SECRET_KEY: "own" });
    expect(settings).toMatchObject({ ALPACA_KEY_ID: "mine" });
    expect(Object.keys(settings).filter((name) => /^ALPACA_.*_URL$/.test(name))).toEqual([]);
    expect(settings).toMatchObject({ BINANCE_REST_URL: "http://127.0.0.1:3" });
  });

  it("mean the real database if they bring its URL, and may name its endpoint", () => {
    const url = { DATABASE_URL: "postgres://real/db" };
    expect(applyOverrides(local(), url)).not.toHaveProperty("DATABASE_HTTP_ENDPOINT");
    const both = { ...url, DATABASE_HTTP_ENDPOINT: "https://real/sql" };
    expect(applyOverrides(local(), both)).toMatchObject(both);
  });
});

it("reads .dev.vars", () => {
  const file = join(folder, ".dev.vars");
  expect(readDevVars(file)).toEqual({});
  writeFileSync(file, "# comment\nA=1\nB=\"two words\"\nC='$x#y'\nEMPTY=\n");
  expect(readDevVars(file)).toEqual({ A: "1", B: "two words", C: "$x#y", EMPTY: "" });
});
