import { describe, expect, it } from "vitest";
import { createRestClient, RestRefusal } from "./rest-client.ts";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function createTestClient(answer: () => Response, credential?: () => string) {
  const sent: Sent[] = [];
  const client = createRestClient({
    url: "https://api.example.com",
    ...(credential && { credential }),
    fetch: async (url, init) => {
      sent.push({ url: String(url), init: init ?? {} });
      return answer();
    },
  });
  return { client, sent };
}

describe("a request", () => {
  it("has its parts where the operation has them, and the credential of the moment", async () => {
    let token = 0;
    const { client, sent } = createTestClient(
      () => Response.json({}),
      () => `t${++token}`,
    );
    await client.getQuote({ path: { symbol: "DOGE/USD" } });
    await client.listOrders({ query: { status: "open", limit: 2 } });
    await client.placeOrder({
      headers: { "idempotency-key": "my-1" },
      body: { symbol: "F", side: "buy", type: "market", quantity: "10" },
    });
    expect(sent.map(({ url, init }) => `${init.method} ${url}`)).toEqual([
      "GET https://api.example.com/api/v1/market/quote/DOGE%2FUSD",
      "GET https://api.example.com/api/v1/orders?status=open&limit=2",
      "POST https://api.example.com/api/v1/orders",
    ]);
    expect(Object.fromEntries(new Headers(sent[2]?.init.headers))).toEqual({
      authorization: "Bearer t3",
      "content-type": "application/json",
      "idempotency-key": "my-1",
    });
    expect(sent[2]?.init.body).toBe('{"symbol":"F","side":"buy","type":"market","quantity":"10"}');
  });

  it("leaves out what is undefined", async () => {
    const { client, sent } = createTestClient(() => Response.json({}));
    await client.listOrders({ query: { limit: 2, ...{ symbol: undefined } } });
    expect(sent[0]?.url).toBe("https://api.example.com/api/v1/orders?limit=2");
    expect(new Headers(sent[0]?.init.headers).has("authorization")).toBe(false);
  });
});

describe("an answer", () => {
  it("is what succeeded, or nothing where nothing is said", async () => {
    const watchlist = { id: "1", name: "Cars", symbols: [] };
    const { client } = createTestClient(() => Response.json(watchlist));
    expect(await client.getWatchlist({ path: { id: "1" } })).toEqual(watchlist);
    const gone = createTestClient(() => new Response(null, { status: 204 }));
    expect(await gone.client.deleteWatchlist({ path: { id: "1" } })).toBeUndefined();
  });

  it("throws the platform's refusal, with its problem and when to come back", async () => {
    const problem = { code: "rate_limited", detail: "Too many requests.", status: 429 };
    const { client } = createTestClient(() =>
      Response.json(problem, { status: 429, headers: { "Retry-After": "60" } }),
    );
    const refusal = await client.getPortfolio().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RestRefusal);
    expect(refusal).toMatchObject({
      message: "getPortfolio: 429 rate_limited: Too many requests.",
      status: 429,
      problem,
      retryAfterS: 60,
    });
  });

  it.each([
    ["a page of a proxy", "<html>502</html>", 502],
    ["nothing", null, 503],
    ["a page where an answer should be", "<html>welcome</html>", 200],
    ["JSON of somebody else", "[1]", 500],
  ])("that is not the platform's is a refusal, too: %s", async (_name, body, status) => {
    const headers = { "Retry-After": "5" };
    const { client } = createTestClient(() => new Response(body, { status, headers }));
    const refusal = await client.getPortfolio().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RestRefusal);
    expect(refusal).toMatchObject({ status, problem: { code: "upstream_error" }, retryAfterS: 5 });
  });
});
