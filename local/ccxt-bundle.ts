import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "./checkout.ts";
import { prunePlugin } from "./prune-classes.ts";
import { bundleVendor, packageDir } from "./vendor-bundle.ts";

const EXCHANGES = ["binance", "coinbase", "kraken"];
/** The members that we call. */
const DECLARATIONS = join(root, "src", "brokers", "ccxt", "ccxt.d.ts");

/**
 * What the exchanges above import but never call for spot trading over REST: signatures of chains, protobuf, streams.
 * Workers can't load some of it, and all of it together is nine tenths of the size.
 */
const STUBBED =
  /static_dependencies\/(zklink|dydx-v4-client)|functions\/(starknet|ethabi)\.js|protobuf\/mexc|^(protobufjs|undici|ws|fflate)$|^@scure\/starknet/;

/** The names that ccxt's base class imports from the stubbed modules. */
const STUB = `
const refuse = () => { throw new Error("ccxt: this feature is not built in"); };
export { refuse as getStarkKey, refuse as ethSigToPrivate, refuse as sign, refuse as abiEncode, refuse as packb,
  refuse as createWebSocketStream };
export const Long = {};
export class TypedDataEncoder {}
export default refuse;
`;

/** Of Node's `crypto` only what signs with RSA keys is used: loaded for them, and not with every isolate. */
const CRYPTO = `
const crypto = () => process.getBuiltinModule("node:crypto");
export default {
  get createSign() { return crypto().createSign; },
  get constants() { return crypto().constants; },
};
`;

const stubs: Plugin = {
  name: "stubs",
  setup(builder) {
    builder.onResolve({ filter: STUBBED }, () => ({
      path: "stub",
      namespace: "stub",
      sideEffects: false,
    }));
    builder.onResolve({ filter: /^crypto$/ }, () => ({ path: "crypto", namespace: "crypto" }));
    builder.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true }));
    builder.onLoad({ filter: /.*/, namespace: "crypto" }, () => ({
      loader: "js",
      contents: CRYPTO,
    }));
    builder.onLoad({ filter: /.*/, namespace: "stub" }, () => ({ loader: "js", contents: STUB }));
  },
};

/** What the module depends on besides ccxt's version. */
export const ccxtInputs = (): string[] => [declarations()];

const declarations = (): string => readFileSync(DECLARATIONS, "utf8");

/**
 * Writes one module with the exchange classes by id. ccxt's own entry point imports all of its hundred exchanges and
 * can't be tree-shaken.
 */
export async function bundleCcxt(outfile: string): Promise<void> {
  const source = join(packageDir("ccxt"), "js", "src");
  const exchanges = EXCHANGES.map((id) => ({ id, path: join(source, `${id}.js`) }));
  const entry = exchanges.map(
    ({ id, path }) => `export { default as ${id} } from ${JSON.stringify(path)};`,
  );
  const classes = [join(source, "base", "Exchange.js"), ...exchanges.map(({ path }) => path)];
  // ccxt tells its classes apart by their names; those of the rest are lost when the Worker is minified.
  const pruned = prunePlugin(classes, declarations().match(/\w+/g) ?? []);
  await bundleVendor(entry, outfile, { keepNames: true, plugins: [stubs, pruned] });
}
