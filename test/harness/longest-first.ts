import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files of half a minute and more. One that began last would leave the other processors with nothing to do. */
const LONG = [
  "test/fuzz/fuzz.test.ts",
  "local/dev.test.ts",
  "test/platform/charts.test.ts",
  "test/platform/feed.test.ts",
  "test/platform/at-most-once.test.ts",
  "test/ledger/tampering.test.ts",
  "test/platform/sign-in.test.ts",
  "test/platform/stream-limits.test.ts",
  "src/objects/stream-gateway.test.ts",
  "test/platform/access.test.ts",
  "test/platform/orders.test.ts",
  "test/platform/waiting.test.ts",
  "test/platform/trading.test.ts",
  "test/platform/fills.test.ts",
  "test/platform/streaming.test.ts",
  "test/platform/marks.test.ts",
  "test/platform/movers.test.ts",
  "test/platform/refusals.test.ts",
  "test/orders/booking.test.ts",
  "test/platform/closing.test.ts",
  "test/platform/one-instant.test.ts",
];

/** Begins with what takes long; the others follow as they would. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((path) => moduleId.endsWith(`/${path}`));
      return index === -1 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
