// Whether connections to an endpoint mostly carry much: a stream of a shared connection costs less to open than a
// connection of its own, and more for each byte.

/** What one connection counts for at most, however long it lives. */
export const BULK_BYTES = 16_777_216;
/** Where a connection of its own has paid: a handshake costs what some megabytes cost to frame (decision 0017). */
const PAYS_BYTES = 2_097_152;

export class BulkMemory {
  #average = 0;

  /** A connection is over, or has carried BULK_BYTES. */
  record(bytes: number): void {
    this.#average += (Math.min(bytes, BULK_BYTES) - this.#average) / 4;
  }

  get isBulky(): boolean {
    return this.#average > PAYS_BYTES;
  }
}
