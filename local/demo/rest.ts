/** The calls of the demo, over plain fetch. */

export type Json = Readonly<Record<string, unknown>>;

export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}

export interface Rest {
  get(path: string): Promise<Json>;
  post(path: string, body: Json): Promise<Json>;
  as(accessToken: string): Rest;
}

/** Every answer that is not a success ends the demo, with the problem's own words. */
export function createRest(url: string, accessToken?: string): Rest {
  async function call(method: string, path: string, body?: Json): Promise<Json> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(accessToken === undefined ? {} : { Authorization: `Bearer ${accessToken}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const answer = (await response.json()) as Json;
    if (response.ok) return answer;
    throw new DemoFailure(`${method} ${path}: ${response.status} ${answer.code}: ${answer.detail}`);
  }
  return {
    get: (path) => call("GET", path),
    post: (path, body) => call("POST", path, body),
    as: (token) => createRest(url, token),
  };
}
