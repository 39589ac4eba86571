/** What the document allows and a run cannot bring about, each with its reason. */

export interface Unreached {
  /** Of which operations. */
  readonly operations: RegExp;
  readonly statuses: readonly number[];
  readonly because: string;
}

const UNREACHED: readonly Unreached[] = [
  {
    operations: /./,
    statuses: [500],
    because: "it would be a finding",
  },
  {
    operations: /./,
    statuses: [408],
    because: "a body would have to take 20 s: src/app.test.ts has a clock of its own",
  },
  {
    operations: /^POST \/api\/v1\/auth\/api-keys$/,
    statuses: [409],
    because: "an account would have to have 20 keys: test/platform/api-keys.test.ts makes them",
  },
  {
    operations: /^GET \/api\/v1\/market\/clock$/,
    statuses: [502],
    because: "only while the venue has never told its hours: src/market/service.test.ts",
  },
  {
    operations: /^GET \/api\/v1\/portfolio\/history$/,
    statuses: [502],
    because: "it needs a holding whose bars nobody has asked for: src/charts/many.test.ts",
  },
  {
    operations: /^GET \/ws\//,
    statuses: [101, 401, 403, 404, 503],
    because: "only an upgrade gets so far: those are counted under streams",
  },
];

export const reasonWhy = (operation: string, status: number): string | undefined =>
  UNREACHED.find((each) => each.operations.test(operation) && each.statuses.includes(status))
    ?.because;
