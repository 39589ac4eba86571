import type { Fetch } from "../fetch.ts";

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
}

type Answer = Response | Error | "hang";

/** A `fetch` that answers by method and path; whatever was not expected is a 599. */
export function scriptedFetch(script: Record<string, (request: SeenRequest) => Answer>) {
  const seen: SeenRequest[] = [];
  const fetch: Fetch = async (input, init) => {
    const url = new URL(input);
    const request = {
      method: init.method ?? "GET",
      target: url.pathname + url.search,
      headers: new Headers(init.headers),
      body: typeof init.body === "string" ? init.body : "",
    };
    seen.push(request);
    const answer = script[`${request.method} ${url.pathname}`]?.(request) ?? json({}, 599);
    if (answer === "hang") return untilAborted(init.signal);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const count = (start: string) =>
    seen.filter(({ method, target }) => `${method} ${target}`.startsWith(start)).length;
  return { fetch, seen, count };
}

export const json = (body: unknown, status = 200): Response =>
  new Response(status === 204 ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json" },
  });

function untilAborted(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}
