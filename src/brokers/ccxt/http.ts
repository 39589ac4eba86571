import * as z from "zod";
import type { CcxtRequest } from "#ccxt";
import type { Fetch } from "../fetch.ts";

/** An answer that is not 2xx, with the venue's own code where its body has one. */
export class VenueRefusal extends Error {
  override readonly name = "VenueRefusal";
  readonly status: number;
  /** Binance's, such as -2010. */
  readonly code: number | null;
  /** What Binance says of the parts of a request that failed in part. */
  readonly data: unknown;

  constructor(status: number, code: number | null, message: string, data?: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = data;
  }
}

const refusalBody = z.object({ code: z.number(), msg: z.string(), data: z.unknown().optional() });

/**
 * The `fetchImplementation` of an exchange. Refusals leave as `VenueRefusal` before ccxt classifies them: its classes
 * depend on what happened before on the instance and call a full order book and a ban the same.
 */
export function exchangeFetch(fetchApi: Fetch) {
  return async (url: string, request: CcxtRequest): Promise<Response> => {
    const { method, headers, body, signal } = request;
    const init = { method, headers, signal, redirect: "manual" as const };
    const { status, text } = await read(() =>
      fetchApi(url, body === undefined ? init : { ...init, body }),
    );
    if (status >= 200 && status < 300) {
      return new Response(text, { status, headers: { "content-type": "application/json" } });
    }
    const refusal = refusalBody.safeParse(parse(text));
    if (refusal.success) {
      const { code, msg, data } = refusal.data;
      throw new VenueRefusal(status, code, msg, data);
    }
    throw new VenueRefusal(status, null, `HTTP ${status}`);
  };
}

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
