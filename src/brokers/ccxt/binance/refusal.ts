import * as z from "zod";
import { later } from "../../../domain/later.ts";
import { isSuccess, type ReadRefusal, VenueRefusal } from "../http.ts";

/** A refusal with a code of Binance's, such as -2010. */
export class BinanceRefusal extends VenueRefusal {
  declare readonly code: number;
  /** What it says of the parts of a request that failed in part. */
  readonly data: unknown;

  constructor(status: number, code: number, message: string, data?: unknown) {
    super(status, code, message);
    this.data = data;
  }
}

const refusalBody = later(() =>
  z.object({ code: z.number(), msg: z.string(), data: z.unknown().optional() }),
);

export const readBinanceRefusal: ReadRefusal = (status, body) => {
  if (isSuccess(status)) return null;
  const refusal = refusalBody().safeParse(body);
  if (!refusal.success) return null;
  const { code, msg, data } = refusal.data;
  return new BinanceRefusal(status, code, msg, data);
};

export const codeOf = (refusal: VenueRefusal): number | null =>
  refusal instanceof BinanceRefusal ? refusal.code : null;
