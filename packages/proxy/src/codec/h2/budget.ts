// So many of something at once and so many more each tick: what a peer may do that costs us and moves nothing.

export class Budget {
  readonly #most: number;
  readonly #perTick: number;
  #left: number;

  constructor(most: number, perTick: number) {
    this.#most = most;
    this.#perTick = perTick;
    this.#left = most;
  }

  /** false: there is none left. */
  spend(amount: number): boolean {
    this.#left -= amount;
    return this.#left >= 0;
  }

  /** Something was moved. */
  earn(amount: number): void {
    this.#left = Math.min(this.#most, this.#left + amount);
  }

  onTick(): void {
    this.earn(this.#perTick);
  }
}
