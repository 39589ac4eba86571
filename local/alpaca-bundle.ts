import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./checkout.ts";
import { prunePlugin } from "./prune-classes.ts";
import { bundleVendor, packageDir, packageVersion } from "./vendor-bundle.ts";

export const ALPACA_SDK = "@alpacahq/alpaca-trade-api";
const TRADING = ["AccountActivitiesApi", "AssetsApi", "ClockApi", "OrdersApi"];
const MARKET_DATA = ["StockApi"];
/** Which of their methods are called. */
const CLIENT = join(root, "src", "brokers", "alpaca", "client.ts");

/** What the module depends on besides the SDK's version. */
export const alpacaInputs = (): string[] => [client()];

const client = (): string => readFileSync(CLIENT, "utf8");

/**
 * Writes one module with the APIs that we call, made of the SDK's own sources: the bundles that it ships hold all of its
 * APIs in two objects, and can't be tree-shaken.
 */
export async function bundleAlpaca(outfile: string): Promise<void> {
  const source = join(packageDir(ALPACA_SDK), "src");
  const trading = join(source, "trading");
  const marketData = join(source, "market-data");
  const entry = [
    ...namespace("trading", join(trading, "index.ts"), ["Configuration", ...TRADING]),
    ...namespace("marketData", join(marketData, "index.ts"), ["Configuration", ...MARKET_DATA]),
  ];
  const apis = [
    ...TRADING.map((api) => join(trading, "apis", `${api}.ts`)),
    ...MARKET_DATA.map((api) => join(marketData, "apis", `${api}.ts`)),
  ];
  // What its own build says: the SDK tells it to the venue.
  const define = { __ALPACA_PACKAGE_VERSION__: JSON.stringify(packageVersion(ALPACA_SDK)) };
  const pruned = prunePlugin(apis, client().match(/\w+/g) ?? []);
  await bundleVendor(entry, outfile, { define, plugins: [pruned] });
}

/** Lines that export an object with some of what a module exports. */
function namespace(name: string, path: string, members: readonly string[]): string[] {
  const local = (member: string) => `${name}${member}`;
  const imported = members.map((member) => `${member} as ${local(member)}`);
  const exported = members.map((member) => `${member}: ${local(member)}`);
  return [
    `import { ${imported.join(", ")} } from ${JSON.stringify(path)};`,
    `export const ${name} = { ${exported.join(", ")} };`,
  ];
}
