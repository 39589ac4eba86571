import { describe, expect, it } from "vitest";
import { parseRateLimits } from "./rate-limits.ts";

describe("parseRateLimits", () => {
  it("takes each class once, in any order", () => {
    const limits = { auth: 20, orders: 200, reads: 600, audits: 20 };
    expect(parseRateLimits("auth=20,orders=200,reads=600,audits=20")).toEqual(limits);
    expect(parseRateLimits("  reads  =  600, auth=20  ,audits=20,orders=200")).toEqual(limits);
    const most = { ...limits, auth: 200_000 };
    expect(parseRateLimits("auth=200000,orders=200,reads=600,audits=20")).toEqual(most);
  });

  it.each([
    "",
    "auth=20,orders=200,reads=600",
    "auth=20,orders=200,reads=600,audits=20,reads=600",
    "auth=20,orders=200,reads=600,audits=20,else=20",
    "auth=20,orders=200,reads=600,else=20",
    "auth=20,orders=200,reads=610,audits=20",
    "auth=0,orders=200,reads=600,audits=20",
    "auth=-20,orders=200,reads=600,audits=20",
    "auth=20.0,orders=200,reads=600,audits=20",
    "auth=20,orders=200,reads=6e2,audits=20",
    "auth=20,orders=200,reads=600,audits=20,",
    "auth=20,orders=200,reads=600,audits=20;",
    "1auth=20,orders=200,reads=600,audits=20",
    "AUTH=20,orders=200,reads=600,audits=20",
    "auth=200020,orders=200,reads=600,audits=20",
  ])("refuses %j", (text) => {
    expect(parseRateLimits(text)).toBeUndefined();
  });
});
