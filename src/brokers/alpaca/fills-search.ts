import { type Decimal, equals, sum } from "../../domain/decimal.ts";
import type { AlpacaClient } from "./client.ts";
import { type WireFill, type WireOrder, wireFills } from "./wire.ts";

const PAGE = 100;
/** Requests of one look-up: the venue's budget is for all of them. */
const PAGES_MAX = 3;
const SEARCHES_MAX = 1_000;
const CLOCKS_APART_MS = 2_000;

interface Search {
  readonly range: { readonly after: Date; readonly until: Date };
  /** What the order had filled when it began. */
  readonly filled: Decimal;
  found: readonly WireFill[];
  pageToken: string | undefined;
}

/**
 * Finds an order's executions among those of the whole account, since Alpaca lists them in no other way: from its last
 * one back, as what was missed is new as a rule. A search that is long goes on where the one before it has stopped.
 */
export class FillsSearch {
  readonly #client: Pick<AlpacaClient, "fills">;
  readonly #begun = new Map<string, Search>();

  constructor(client: Pick<AlpacaClient, "fills">) {
    this.#client = client;
  }

  /** Oldest first, as far as they are found yet: complete where they sum to what the order has filled. */
  async of(order: WireOrder): Promise<readonly WireFill[]> {
    const known = this.#begun.get(order.id);
    const search = known?.filled === order.filled_qty ? known : begin(order);
    const isOver = await this.#goOn(search, order);
    if (isOver) this.#begun.delete(order.id);
    else this.#keep(order.id, search);
    return search.found.toReversed();
  }

  async #goOn(search: Search, order: WireOrder): Promise<boolean> {
    for (let page = 0; page < PAGES_MAX; page++) {
      const { range, pageToken } = search;
      const next = pageToken === undefined ? {} : { pageToken };
      const fills = wireFills().parse(
        await this.#client.fills({ ...range, ...next, pageSize: PAGE }),
      );
      search.found = [...search.found, ...fills.filter((fill) => fill.order_id === order.id)];
      search.pageToken = fills.at(-1)?.id ?? pageToken;
      const isComplete = equals(sum(search.found.map(({ qty }) => qty)), search.filled);
      // An end that is not complete: the account's activities do not show all of them yet.
      if (isComplete || fills.length < PAGE) return true;
    }
    return false;
  }

  #keep(orderId: string, search: Search): void {
    if (this.#begun.size >= SEARCHES_MAX) this.#begun.clear();
    this.#begun.set(orderId, search);
  }
}

function begin(order: WireOrder): Search {
  const started = order.submitted_at ?? order.created_at;
  const ended = order.filled_at ?? order.updated_at ?? order.created_at;
  return {
    range: {
      after: new Date(started.getTime() - CLOCKS_APART_MS),
      until: new Date(ended.getTime() + CLOCKS_APART_MS),
    },
    filled: order.filled_qty,
    found: [],
    pageToken: undefined,
  };
}
