import { join } from "node:path";
import { bundleVendor, packageDir, packageVersion } from "./vendor-bundle.ts";

export const ALPACA_SDK = "@alpacahq/alpaca-trade-api";
const TRADING = ["Configuration", "AccountActivitiesApi", "AssetsApi", "ClockApi", "OrdersApi"];
const MARKET_DATA = ["Configuration", "StockApi"];

/**
 * Writes one module with the APIs that we call, made of the SDK's own sources: the bundles that it ships hold all of its
 * APIs in two objects, and can't be tree-shaken.
 */
export async function bundleAlpaca(outfile: string): Promise<void> {
  const source = join(packageDir(ALPACA_SDK), "src");
  const entry = [
    ...namespace("trading", join(source, "trading", "index.ts"), TRADING),
    ...namespace("marketData", join(source, "market-data", "index.ts"), MARKET_DATA),
  ];
  // What its own build says: the SDK tells it to the venue.
  const define = { __ALPACA_PACKAGE_VERSION__: JSON.stringify(packageVersion(ALPACA_SDK)) };
  await bundleVendor(entry, outfile, { define });
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
