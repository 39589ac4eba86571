import type { Reply } from "../http.ts";

/** A route under /api/v3; `run` gets the parameters of query and body together. */
export interface BinanceRoute {
  readonly method: string;
  readonly path: string;
  /** What it costs of the minute's budget. */
  readonly weight: number;
  readonly signed?: boolean;
  readonly submits?: boolean;
  readonly run: (params: URLSearchParams) => Reply;
}

export const fail = (status: number, code: number, msg: string): Reply => ({
  status,
  body: { code, msg },
});

export const symbolUnknown: Reply = fail(400, -1121, "Invalid symbol.");
