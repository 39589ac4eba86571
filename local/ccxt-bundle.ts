import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { root } from "./checkout.ts";

const EXCHANGES = ["binance", "coinbase", "kraken"];

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

const stubs: Plugin = {
  name: "stubs",
  setup(builder) {
    builder.onResolve({ filter: STUBBED }, () => ({
      path: "stub",
      namespace: "stub",
      sideEffects: false,
    }));
    builder.onResolve({ filter: /^(node:|crypto$)/ }, ({ path }) => ({
      path: path.startsWith("node:") ? path : `node:${path}`,
      external: true,
    }));
    builder.onLoad({ filter: /.*/, namespace: "stub" }, () => ({ loader: "js", contents: STUB }));
  },
};

/** What a bundle depends on besides this file: the version of ccxt. */
export function ccxtVersion(): string {
  return JSON.parse(readFileSync(join(ccxtDir(), "package.json"), "utf8")).version;
}

/**
 * Writes one module with the exchange classes by id, the error classes and `Precise`. ccxt's own entry point imports
 * all of its hundred exchanges and can't be tree-shaken.
 */
export async function bundleCcxt(outfile: string): Promise<void> {
  const source = join(ccxtDir(), "js", "src");
  const entry = [
    ...EXCHANGES.map(
      (id) => `export { default as ${id} } from ${JSON.stringify(join(source, `${id}.js`))};`,
    ),
    `export * from ${JSON.stringify(join(source, "base", "errors.js"))};`,
    `export { Precise } from ${JSON.stringify(join(source, "base", "Precise.js"))};`,
  ].join("\n");
  await build({
    stdin: { contents: entry, resolveDir: root, loader: "js" },
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "import"],
    target: "es2022",
    minifyWhitespace: true,
    minifySyntax: true,
    // ccxt tells its classes apart by their names; those of the rest are lost when the Worker is minified.
    keepNames: true,
    legalComments: "none",
    logLevel: "error",
    plugins: [stubs],
  });
}

function ccxtDir(): string {
  // Its package.json is not exported: the entry point is js/ccxt.js.
  const entry = createRequire(import.meta.url).resolve("ccxt");
  const at = entry.lastIndexOf(`${join("node_modules", "ccxt")}`);
  return join(entry.slice(0, at), "node_modules", "ccxt");
}
