/** The table of daily bars, in memory, for tests. */

import type { DailyBar, DailyBarRepository, DaySpan, DueQuery } from "../repository.ts";

export class MemoryBars implements DailyBarRepository {
  readonly bars = new Map<string, DailyBar>();
  readonly spans = new Map<string, { readonly span: DaySpan | null; readonly triedAt: Date }>();
  /** The universe, of one venue. */
  listed: readonly string[] = [];
  failing = false;

  async read(symbol: string, fromDay: string, throughDay: string) {
    if (this.failing) throw new Error("the database is down");
    const bars = this.of(symbol).filter(({ day }) => day >= fromDay && day <= throughDay);
    return { span: this.spans.get(symbol)?.span ?? null, bars };
  }

  async readMany(symbols: readonly string[], fromDay: string) {
    return new Map(
      symbols.flatMap((symbol) => {
        const span = this.spans.get(symbol)?.span ?? null;
        const bars = this.of(symbol).filter(({ day }) => day >= fromDay);
        return span === null ? [] : [[symbol, { span, bars }] as const];
      }),
    );
  }

  async closes(symbols: readonly string[], fromDay: string) {
    return symbols.flatMap((symbol) => this.of(symbol).filter(({ day }) => day >= fromDay));
  }

  async extend(
    symbols: readonly string[],
    throughDay: string,
    bars: readonly DailyBar[],
    at: Date,
  ) {
    this.#put(bars);
    for (const symbol of symbols) {
      const span = this.spans.get(symbol)?.span;
      if (span) this.spans.set(symbol, { span: { ...span, throughDay }, triedAt: at });
    }
  }

  async replace(symbols: readonly string[], span: DaySpan, bars: readonly DailyBar[], at: Date) {
    for (const [key, { symbol, day }] of this.bars)
      if (symbols.includes(symbol) && day < span.fromDay) this.bars.delete(key);
    this.#put(bars);
    for (const symbol of symbols) this.spans.set(symbol, { span, triedAt: at });
  }

  async due(_venue: string, { throughDay, wanted, triedBefore, limit }: DueQuery) {
    const triedMs = (symbol: string) => this.spans.get(symbol)?.triedAt.getTime() ?? 0;
    const isFirst = (symbol: string) =>
      wanted.includes(symbol) && triedMs(symbol) < triedBefore.getTime();
    return [...new Set([...this.listed, ...wanted])]
      .sort()
      .map((symbol) => ({ symbol, span: this.spans.get(symbol)?.span ?? null }))
      .filter(({ span }) => span === null || span.throughDay < throughDay)
      .sort(
        (a, b) =>
          Number(isFirst(b.symbol)) - Number(isFirst(a.symbol)) ||
          triedMs(a.symbol) - triedMs(b.symbol),
      )
      .slice(0, limit);
  }

  async tried(symbols: readonly string[], at: Date) {
    for (const symbol of symbols)
      this.spans.set(symbol, { span: this.spans.get(symbol)?.span ?? null, triedAt: at });
  }

  #put(bars: readonly DailyBar[]): void {
    for (const bar of bars) this.bars.set(`${bar.symbol} ${bar.day}`, bar);
  }

  of(symbol: string): DailyBar[] {
    return [...this.bars.values()]
      .filter((bar) => bar.symbol === symbol)
      .sort((a, b) => (a.day < b.day ? -1 : 1));
  }
}
