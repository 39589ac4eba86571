import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTemporaryDir } from "../test/harness/temporary-dir.ts";
import { pruneClasses } from "./prune-classes.ts";
import { packageDir } from "./vendor-bundle.ts";

const BASE = `
export default class Base {
    constructor() {
        this.ready();
    }
    ready() { return true; }
    ready() {
        return this['byText'];
    }
    byText() {
        return 1;
    }
    async fetchOrder(id) {
        return await this.privateGetOrder({ id });
    }
    fetchOrders() {
        return this.fetchOrder(1);
    }
    parseLoan(loan) {
        // this.parseOrder (loan)
        return loan;
    }
}
`;
const EXCHANGE = `
import Base from './base.js';
export default class exchange extends Base {
    describe() {
        return this.deepExtend(super.describe(), {
            'has': {
                'parseLoan': true,
            },
            'api': {
                'private': {
                    'get': {
                        'order': { 'cost': 2 },
                        'loan/rate': 1,
                    },
                },
                'v2': { 'public': { 'get': ['time', 'loans'] } },
            },
        });
    }
    parseOrder(order) {
        return order;
    }
    fetchTime() {
        return this.v2PublicGetTime();
    }
    handle() {
        return this.fetchPaged('fetchOrders');
    }
}
`;

describe("pruned classes", () => {
  let dir: ReturnType<typeof createTemporaryDir>;

  beforeEach(() => {
    dir = createTemporaryDir();
  });
  afterEach(() => dir.remove());

  function prune(...called: string[]): string {
    const paths = ["base.js", "exchange.js"].map((name) => join(dir.path, name));
    writeFileSync(paths[0] ?? "", BASE);
    writeFileSync(paths[1] ?? "", EXCHANGE);
    return [...pruneClasses(paths, called).values()].join("\n");
  }
  const members = (source: string) =>
    Array.from(source.matchAll(/^ {4}(?:async )?(\w+)\(/gm), ([, name]) => name);

  it("keep what is called, and what that calls as a member or by its name", () => {
    expect(members(prune("fetchOrder"))).toEqual([
      ...["constructor", "ready", "ready", "byText", "fetchOrder", "describe"],
    ]);
    expect(members(prune("handle"))).toContain("fetchOrders");
  });

  it("lose what they only say that they have, or mention in a comment", () => {
    expect(members(prune("fetchOrders"))).not.toContain("parseLoan");
    expect(members(prune("parseLoan"))).not.toContain("parseOrder");
  });

  it("keep the endpoints that are called, in lists as in tables", () => {
    expect(prune("fetchOrder", "fetchTime")).toContain(
      `'api': {"private":{"get":{"order":{"cost":2}}},"v2":{"public":{"get":["time"]}}},`,
    );
    expect(prune("privateGetLoanRate")).toContain(
      `'api': {"private":{"get":{"loan/rate":1}},"v2":{"public":{"get":[]}}},`,
    );
  });
});

describe("ccxt's own classes", () => {
  const source = join(packageDir("ccxt"), "js", "src");

  it.each(["binance", "coinbase", "kraken"])("of %s lose a part, and keep what is called", (id) => {
    const paths = [join(source, "base", "Exchange.js"), join(source, `${id}.js`)];
    for (const [path, pruned] of pruneClasses(paths, ["fetchMarkets", "createOrder"])) {
      const before = readFileSync(path, "utf8").length;
      expect(pruned.length).toBeLessThan(0.85 * before);
      expect(pruned).toMatch(/^ {4}(async )?(createOrder|fetchMarkets)\(/m);
    }
  });
});
