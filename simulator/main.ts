/**
 * The simulated venue as a process. Prints one line of JSON with its URLs when it is ready, warnings on stderr, and
 * nothing else. Flags win over the environment.
 */

import { parseArgs } from "node:util";
import { parseDecimal } from "../src/domain/decimal.ts";
import { createStateFile, loadState } from "./state-file.ts";
import { systemClock } from "./system-clock.ts";
import { startVenue, type VenueOptions } from "./venue.ts";

const { values } = parseArgs({
  options: {
    "alpaca-port": { type: "string", default: "0" },
    "binance-port": { type: "string", default: "0" },
    "control-port": { type: "string", default: "0" },
    seed: { type: "string", default: process.env.SIM_SEED ?? "1" },
    "tick-rate": { type: "string", default: process.env.SIM_TICK_RATE ?? "1" },
    "always-open": { type: "string", default: process.env.SIM_ALWAYS_OPEN ?? "true" },
    cash: { type: "string", default: process.env.SIM_CASH ?? "10000000" },
    "alpaca-sockets-max": { type: "string", default: "0" },
    "alpaca-symbols-max": { type: "string", default: "0" },
    "alpaca-requests-max": { type: "string", default: "0" },
    "binance-weight-max": { type: "string", default: "0" },
    state: { type: "string" },
    tethered: { type: "boolean", default: false },
  },
});

const warn = (message: string): void => void process.stderr.write(`${message}\n`);

function wholeNumber(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  return stopWith(`--${name} must be a whole number, not ${String(values[name])}`);
}

function stopWith(message: string): never {
  warn(message);
  process.exit(1);
}

function readOptions(): VenueOptions {
  const { env } = process;
  const cash = parseDecimal(values.cash) ?? stopWith(`--cash must be a number, not ${values.cash}`);
  const tickRate = Number(values["tick-rate"]);
  if (!(tickRate > 0 && tickRate <= 1_000))
    stopWith("--tick-rate must be above 0 and at most 1000");
  return {
    clock: systemClock,
    seed: wholeNumber("seed"),
    alwaysOpen: !["false", "0", "no", "off"].includes(values["always-open"]),
    tickRate,
    cash,
    alpacaPort: wholeNumber("alpaca-port"),
    binancePort: wholeNumber("binance-port"),
    controlPort: wholeNumber("control-port"),
    alpacaDataSocketsMax: wholeNumber("alpaca-sockets-max"),
    alpacaDataSymbolsMax: wholeNumber("alpaca-symbols-max"),
    alpacaRequestsPerMinuteMax: wholeNumber("alpaca-requests-max"),
    binanceWeightPerMinuteMax: wholeNumber("binance-weight-max"),
    ...(env.ALPACA_KEY_ID ? { alpacaKeyId: env.ALPACA_KEY_ID } : {}),
    ...(env.ALPACA_SECRET_KEY ? { alpacaSecret: env.ALPACA_SECRET_KEY } : {}),
    ...(env.CRYPTO_API_KEY ? { binanceKeyId: env.CRYPTO_API_KEY } : {}),
    ...(env.CRYPTO_API_SECRET ? { binanceSecret: env.CRYPTO_API_SECRET } : {}),
    saved: values.state === undefined ? undefined : readSaved(values.state),
  };
}

function readSaved(path: string) {
  try {
    return loadState(path);
  } catch (error) {
    return stopWith(
      `the state in ${path} cannot be read (${String(error)}); move it away to start afresh`,
    );
  }
}

const venue = await startVenue(readOptions()).catch((error: unknown) => stopWith(String(error)));
const { alpacaUrl, binanceUrl, controlUrl } = venue;

const stateFile =
  values.state === undefined
    ? undefined
    : createStateFile(values.state, systemClock, venue.state, warn);
venue.onEvent(({ type }) => {
  if (type === "order") stateFile?.changed();
});

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  stateFile?.saveNow();
  venue.stop().finally(() => process.exit(0));
}
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
if (values.tethered) process.stdin.on("end", stop).on("error", stop).resume();

process.stdout.write(`${JSON.stringify({ ready: true, alpacaUrl, binanceUrl, controlUrl })}\n`);
