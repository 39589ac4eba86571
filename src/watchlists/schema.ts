import * as z from "zod";
import "../http/describable.ts";
import { plainText } from "../http/plain-text.ts";
import { symbolText } from "../http/symbol-text.ts";
import { strictBody } from "../http/validated.ts";
import { type View, view } from "../http/view.ts";
import type { Watchlist } from "./ports.ts";
import { SYMBOLS_MAX } from "./service.ts";

const NAME_MAX = 64;

export const watchlistIdParam = z.object({ id: z.uuid() });

export const watchlistBody = strictBody({
  name: plainText.trim().min(1).max(NAME_MAX).openapi({
    description: "Unique among the user's lists, in whatever case.",
    example: "Cars",
  }),
  symbols: z
    .array(symbolText)
    .max(SYMBOLS_MAX)
    .openapi({
      description: "In any spelling; one that comes again counts once.",
      example: ["F", "DOGE/USD"],
    }),
}).openapi("WatchlistContent");

export const watchlistView = view(() =>
  z.object({ id: z.uuid(), name: z.string(), symbols: z.array(z.string()) }).openapi("Watchlist"),
);

export const watchlistsView = view(() => z.object({ watchlists: z.array(watchlistView()) }));

export function toWatchlistView({ id, name, symbols }: Watchlist): View<typeof watchlistView> {
  return { id, name, symbols: [...symbols] };
}
