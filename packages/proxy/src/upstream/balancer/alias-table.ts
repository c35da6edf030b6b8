// Draws an index in proportion to weights with one random number and no search (Walker's alias method): n columns
// of equal width, each shared by at most two indices.

export class AliasTable {
  /** Share of column i that is i's own; the rest is its alias's. */
  readonly #own: Float64Array;
  readonly #alias: Uint32Array;

  /** Weights > 0, at least one. */
  constructor(weights: readonly number[]) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#own = Float64Array.from(weights, (weight) => (weight * weights.length) / total);
    this.#alias = Uint32Array.from(weights.keys());
    const small: number[] = [];
    const large: number[] = [];
    for (const [i, own] of this.#own.entries()) (own < 1 ? small : large).push(i);
    // Each column that is not full is filled up from one that overflows. What rounding leaves over is full.
    for (;;) {
      const over = large.pop();
      const under = small.pop();
      if (over === undefined || under === undefined) break;
      this.#alias[under] = over;
      const left = (this.#own[over] as number) + (this.#own[under] as number) - 1;
      this.#own[over] = left;
      (left < 1 ? small : large).push(over);
    }
  }

  /** The index for a random number in [0, 1). */
  draw(random: number): number {
    const point = random * this.#own.length;
    const column = Math.floor(point);
    return point - column < (this.#own[column] as number) ? column : (this.#alias[column] as number);
  }
}
