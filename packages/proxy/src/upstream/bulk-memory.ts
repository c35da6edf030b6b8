// Whether what goes to an endpoint mostly carries much: a stream of a shared connection costs less to begin than a
// connection of its own, and more for each byte.

/** What one of them counts for at most, however long it lives. */
export const BULK_BYTES = 16_777_216;

export class BulkMemory {
  readonly #paysBytes: number;
  readonly #weight: number;
  #average = 0;

  /** `paysBytes`: average from which a connection of its own pays. `weight`: of the latest in the average, 0–1. */
  constructor(paysBytes: number, weight: number) {
    this.#paysBytes = paysBytes;
    this.#weight = weight;
  }

  /** It is over, or has carried BULK_BYTES. */
  record(bytes: number): void {
    this.#average += (Math.min(bytes, BULK_BYTES) - this.#average) * this.#weight;
  }

  get isBulky(): boolean {
    return this.#average > this.#paysBytes;
  }
}
