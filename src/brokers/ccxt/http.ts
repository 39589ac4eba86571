import type { CcxtRequest } from "#ccxt";
import type { Fetch } from "../fetch.ts";

/** An answer that says that a request failed, in its exchange's words. */
export class VenueRefusal extends Error {
  override readonly name = "VenueRefusal";
  readonly status: number;
  /** The exchange's own, where its answer has one: -2010, `EOrder:Insufficient funds`. */
  readonly code: number | string | null;

  constructor(status: number, code: number | string | null, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Null for an answer that is none; `body` is undefined where it is no JSON. */
export type ReadRefusal = (status: number, body: unknown) => VenueRefusal | null;

/**
 * The `fetchImplementation` of an exchange. Refusals leave as `VenueRefusal` before ccxt classifies them: its classes
 * depend on what happened before on the instance and call a full order book and a ban the same.
 */
export function exchangeFetch(fetchApi: Fetch, readRefusal: ReadRefusal) {
  return async (url: string, request: CcxtRequest): Promise<Response> => {
    const { method, headers, body, signal } = request;
    const init = { method, headers, signal, redirect: "manual" as const };
    const { status, text } = await read(() =>
      fetchApi(url, body === undefined ? init : { ...init, body }),
    );
    const refusal = readRefusal(status, parse(text));
    if (refusal !== null) throw refusal;
    if (!isSuccess(status)) throw new VenueRefusal(status, null, `HTTP ${status}`);
    return new Response(text, { status, headers: { "content-type": "application/json" } });
  };
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

// ccxt's timer covers what happens in here, so the body is read here, too. It knows a lost connection only as a
// TypeError, which is not what workerd throws.
async function read(send: () => Promise<Response>) {
  try {
    const response = await send();
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const isAbort = error instanceof Error && /Abort|Timeout/.test(error.name);
    throw isAbort ? error : new TypeError("fetch failed", { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
