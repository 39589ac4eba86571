/** How far the account's journal has come: each entry once, in order, none missing. */
export class Journal {
  #seq: number | null = null;

  /** The last entry; null while the channel has not said where it starts. */
  get seq(): number | null {
    return this.#seq;
  }

  /** `hole`: entries before this one are missing, so it has to come again after them. */
  take(seq: number): "next" | "known" | "hole" {
    if (this.#seq !== null && seq <= this.#seq) return "known";
    if (this.#seq !== null && seq > this.#seq + 1) return "hole";
    this.#seq = seq;
    return "next";
  }

  /** The channel starts after `seq`, unless it has started already. */
  start(seq: number): void {
    this.#seq ??= seq;
  }

  /** Whether there is more than has come. */
  isBehind(head: number): boolean {
    return this.#seq !== null && head > this.#seq;
  }

  forget(): void {
    this.#seq = null;
  }
}
