/** Lines planted in one file: what a rule has to refuse there, and what it must let pass. */
export interface Plant {
  readonly file: string;
  /** Part of the rule's name or message. */
  readonly rule: string;
  readonly refused: readonly string[];
  readonly permitted?: readonly string[];
}

/** One import a line of each module named in `names`, which white space separates. */
const modules = (names: string) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `import "${name}";`);

const OUTSIDE = "../../local/dev.ts ../../simulator/main.ts ../../test/x.ts ../../bench/x.ts";
const VENDORS = "@alpacahq/alpaca-trade-api #alpaca #ccxt ../brokers/alpaca/client.ts";

export const PLANTS: readonly Plant[] = [
  {
    file: "src/app.ts",
    rule: "src/ stands alone",
    refused: modules(
      "../local/dev.ts ../simulator/main.ts ../test/x.ts ../bench/x.ts ../drizzle/drizzle.config.ts",
    ),
    permitted: modules("hono ./db/client.ts ./orders/repository.ts ./brokers/registry.ts"),
  },
  {
    file: "src/domain/order.ts",
    rule: "domain/ imports",
    refused: [
      ...modules(`hono zod drizzle-orm cloudflare:workers node:crypto #ccxt ../config.ts ${OUTSIDE}
        ../db/client.ts ../orders/service.ts ../http/problem.ts ../brokers/broker.ts ./../db/enums.ts`),
      'import type { Order } from "../orders/ports.ts";',
      'export * from "../db/enums.ts";',
      'export const later = import("../db/client.ts");',
    ],
    permitted: modules("big.js ./decimal.ts"),
  },
  {
    file: "src/domain/execution.ts",
    rule: "Import types at the top",
    refused: ['export type Row = import("../db/client.ts").Row;'],
  },
  {
    file: "src/domain/calendar.ts",
    rule: "Pure code takes time and chance",
    refused: ["export const now = Date.now();", "export const dice = Math.random();"],
    permitted: ["export const epoch = new Date(0);"],
  },
  {
    file: "src/streams/ring.ts",
    rule: "streams/ imports",
    refused: modules(`cloudflare:workers hono drizzle-orm node:fs #ccxt ../services.ts ${OUTSIDE}
      ../db/client.ts ../orders/service.ts ../market/feed.ts ../objects/audience.ts ../http/problem.ts
      ../brokers/broker.ts`),
    permitted: modules("./topic.ts ../domain/quote.ts zod"),
  },
  {
    file: "src/orders/schema.ts",
    rule: "Take zod as a namespace",
    refused: [
      'import { z } from "zod";',
      'import { z as zod } from "zod";',
      'import { ZodType, z } from "zod";',
      'import zod from "zod";',
    ],
    permitted: ['import * as z from "zod";', 'import { ZodType } from "zod";'],
  },
  {
    file: "src/client/stream-client.ts",
    rule: "client/ imports itself and #api only",
    refused:
      modules(`zod jose ws node:events cloudflare:workers ../streams/protocol.ts ../domain/backoff.ts
      ../services.ts ${OUTSIDE}`),
    permitted: modules("./continuity.ts #api"),
  },
  ...["auth", "market", "orders", "portfolio", "watchlists", "a-new-one"].flatMap(ofFeature),
  {
    file: "src/journal/reader.ts",
    rule: "A repository imports",
    refused: modules("hono ../http/problem.ts ../orders/repository.ts"),
    permitted: modules("drizzle-orm ../db/schema/journal.ts"),
  },
  {
    file: "src/health/routes.ts",
    rule: "health/ imports",
    refused: modules(`drizzle-orm cloudflare:workers ../db/client.ts ../brokers/broker.ts ${OUTSIDE}
      ../auth/service.ts ../orders/repository.ts ../services.ts`),
    permitted: modules("hono ../http/openapi.ts ../config.ts ../../package.json"),
  },
  {
    file: "src/http/problem.ts",
    rule: "http/ imports",
    refused:
      modules(`drizzle-orm cloudflare:workers ${VENDORS} ../db/client.ts ../services.ts ${OUTSIDE}
      ../auth/repository.ts ../orders/service.ts ../brokers/broker.ts ../objects/symbol-room.ts`),
    permitted: modules("hono hono/factory @hono/zod-openapi zod ../domain/errors.ts"),
  },
  {
    file: "src/http/authenticate.ts",
    rule: "http/ takes services from its context",
    refused: [
      'import { createAuthService } from "../auth/service.ts";',
      'import * as auth from "../auth/service.ts";',
    ],
    permitted: ['import type { AuthService } from "../auth/service.ts";'],
  },
  {
    file: "src/http/app-env.ts",
    rule: "app-env.ts imports",
    refused: modules(`drizzle-orm ../db/client.ts ../brokers/broker.ts ${OUTSIDE}`),
    permitted: ['import type { Services } from "../services.ts";'],
  },
  {
    file: "src/http/app-env.ts",
    rule: "app-env.ts names the services",
    refused: ['import { servicesFor } from "../services.ts";'],
  },
  {
    file: "src/objects/symbol-room.ts",
    rule: "objects/ are shells",
    refused:
      modules(`hono drizzle-orm @neondatabase/serverless ${VENDORS} ../db/client.ts ${OUTSIDE}
      ../orders/repository.ts ../journal/reader.ts ../auth/routes.ts ../orders/schema.ts ../orders/closing-routes.ts
      ../brokers/registry.ts ../http/problem.ts`),
    permitted: modules(`cloudflare:workers ../services.ts ../streams/ring.ts ../domain/quote.ts
      ../market/feed.ts ../brokers/broker.ts`),
  },
  {
    file: "src/brokers/broker.ts",
    rule: "brokers/ imports",
    refused:
      modules(`hono drizzle-orm cloudflare:workers @alpacahq/alpaca-trade-api #alpaca #ccxt ${OUTSIDE}
      ./alpaca/client.ts ./ccxt/binance/client.ts ../db/client.ts ../orders/service.ts ../http/problem.ts
      ../market/service.ts`),
    permitted: modules("./fetch.ts ../domain/quote.ts zod"),
  },
  {
    file: "src/brokers/registry.ts",
    rule: "registry.ts imports",
    refused: modules(`@alpacahq/alpaca-trade-api #alpaca #ccxt ../market/service.ts ${OUTSIDE}`),
    permitted: modules("./alpaca/client.ts ./ccxt/binance/client.ts ../domain/instrument.ts"),
  },
  ofVendor("alpaca", "@alpacahq/alpaca-trade-api #alpaca", "#ccxt ../ccxt/client.ts"),
  ofVendor(
    "ccxt",
    "#ccxt",
    "@alpacahq/alpaca-trade-api #alpaca ../alpaca/client.ts ./kraken/orders.ts",
  ),
  {
    file: "src/brokers/ccxt/kraken/orders.ts",
    rule: "An exchange imports",
    refused:
      modules(`@alpacahq/alpaca-trade-api #alpaca ../../alpaca/client.ts ../coinbase/orders.ts hono
      drizzle-orm cloudflare:workers ../../registry.ts ../../../db/client.ts
      ../../../orders/service.ts ../../../market/feed.ts ../../../../local/dev.ts`),
    permitted: modules("#ccxt zod ./wire.ts ../wire.ts ../../broker.ts ../../../domain/order.ts"),
  },
  {
    file: "src/db/client.ts",
    rule: "db/ imports",
    refused: modules(`hono ../orders/repository.ts ../http/problem.ts ${OUTSIDE}`),
    permitted: modules("drizzle-orm @neondatabase/serverless ../domain/order.ts"),
  },
  {
    file: "src/db/schema/orders.ts",
    rule: "db/ imports",
    refused: modules("hono ../../orders/repository.ts ../../../local/dev.ts"),
    permitted: modules("drizzle-orm/pg-core ../enums.ts ../../domain/order.ts"),
  },
  {
    file: "src/observability/log.ts",
    rule: "observability/ imports",
    refused: modules(`hono ../http/app-env.ts ../services.ts ${OUTSIDE}`),
    permitted: modules("../domain/errors.ts @sentry/core"),
  },
  { file: "src/config.ts", rule: "noConsole", refused: ["console.log(1);", "console.error(1);"] },
  {
    file: "simulator/alpaca/face.ts",
    rule: "simulator/ imports",
    refused: modules(`../../src/db/client.ts ../../src/orders/service.ts ../../src/config.ts
      ../../src/brokers/broker.ts ../../local/ports.ts ../../test/x.ts ../../bench/x.ts`),
    permitted: modules("../../src/domain/decimal.ts ../matching/exchange.ts node:http ws"),
  },
  {
    file: "simulator/alpaca/account-routes.ts",
    rule: "The simulator takes chance from its seed",
    refused: ['import { randomUUID } from "node:crypto";'],
    permitted: ['import { createHmac } from "node:crypto";'],
  },
  {
    file: "simulator/binance/face.ts",
    rule: "Pure code takes time and chance",
    refused: [
      "export const a = Date.now();",
      "export const b = new Date();",
      "export const c = { now: Date.now };",
      "export const d = performance.now();",
      "export const e = Math.random();",
      "export const f = crypto.randomUUID();",
    ],
    permitted: ["export const g = new Date(0);"],
  },
  {
    file: "simulator/main.ts",
    rule: "Pure code takes time and chance",
    refused: [],
    permitted: ["export const now = Date.now;"],
  },
  {
    file: "simulator/matching/exchange.ts",
    rule: "The market and the matcher are pure",
    refused: modules("node:http ws ../alpaca/face.ts ../../src/db/client.ts ../../local/x.ts"),
    permitted: modules("../market/tape.ts ./book.ts ../../src/domain/decimal.ts"),
  },
];

/** Three files that import each other in a circle. */
export const CIRCLE: readonly Plant[] = [
  ["one", "two"],
  ["two", "three"],
  ["three", "one"],
].map(([name, next]) => ({
  file: `src/orders/${name}.ts`,
  rule: "noImportCycles",
  refused: [`export { ${next} as ${name} } from "./${next}.ts";`],
}));

function ofFeature(feature: string): Plant[] {
  const other = feature === "orders" ? "portfolio" : "orders";
  const everywhere = `${VENDORS} ../${other}/service.ts ../${other}/ports.ts ../services.ts ${OUTSIDE}`;
  const file = (name: string) => `src/${feature}/${name}.ts`;
  return [
    {
      file: file("service"),
      rule: "A service imports",
      refused: modules(`hono hono/factory @hono/zod-openapi drizzle-orm drizzle-orm/pg-core
        cloudflare:workers @neondatabase/serverless ../db/client.ts ../http/problem.ts ./routes.ts ./some-routes.ts
        ../objects/symbol-room.ts ../brokers/registry.ts ./schema.ts ${everywhere}`),
      permitted: modules("../domain/order.ts ../brokers/broker.ts ./ports.ts"),
    },
    {
      file: file("place"),
      rule: "A service takes its repository as an argument",
      refused: [
        'import { createRepository } from "./repository.ts";',
        'import * as repository from "./repository.ts";',
      ],
      permitted: ['import type { Repository } from "./repository.ts";'],
    },
    {
      file: file("repository"),
      rule: "A repository imports",
      refused:
        modules(`hono cloudflare:workers ../http/problem.ts ./service.ts ./routes.ts ./schema.ts
        ./some-routes.ts ../brokers/broker.ts ${everywhere}`),
      permitted: modules("drizzle-orm ../db/client.ts ../domain/order.ts ./ports.ts"),
    },
    ...["routes", "some-routes", "schema", "some-views"].map((name) => ({
      file: file(name),
      rule: "Routes and schemas import",
      refused: modules(`drizzle-orm cloudflare:workers ../db/client.ts ../brokers/broker.ts
        ./repository.ts ${everywhere}`),
      permitted: modules("hono @hono/zod-openapi zod ../http/paging.ts ./service.ts"),
    })),
  ];
}

function ofVendor(vendor: string, sdk: string, foreign: string): Plant {
  return {
    file: `src/brokers/${vendor}/client.ts`,
    rule: `brokers/${vendor}/ imports`,
    refused: modules(`${foreign} hono drizzle-orm cloudflare:workers ../registry.ts
      ../../db/client.ts ../../orders/service.ts ../../market/feed.ts ../../http/problem.ts
      ../../../local/dev.ts ../../../simulator/main.ts`),
    permitted: modules(`${sdk} zod ./wire.ts ../broker.ts ../../domain/order.ts`),
  };
}
