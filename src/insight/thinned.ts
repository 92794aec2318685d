/** @file A subsample of bounded length from a sequence of unknown length. */

/**
 * Keeps at most `limit` items. When there is one too many, it drops the item whose neighbours are closest to each
 * other, measured by `place`. The first and the last always stay.
 */
export class Thinned<Item> {
  #items: readonly Item[] = [];

  constructor(
    private readonly limit: number,
    private readonly place: (item: Item) => number,
  ) {}

  get items(): readonly Item[] {
    return this.#items;
  }

  add(item: Item): void {
    const items = [...this.#items, item];
    if (items.length > Math.max(2, this.limit)) {
      const gapAround = (i: number): number => Math.abs(this.place(items[i + 1]!) - this.place(items[i - 1]!));
      let least = 1;
      for (let i = 2; i + 1 < items.length; i++) if (gapAround(i) < gapAround(least)) least = i;
      items.splice(least, 1);
    }
    this.#items = items;
  }
}
