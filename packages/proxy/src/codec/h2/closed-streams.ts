// The streams that we have reset lately: what their peer sent before it knew is no mistake of its (RFC 9113 5.4.2).

const SIZE = 128;

export class ClosedStreams {
  #ids: Int32Array | undefined;
  #next = 0;

  add(streamId: number): void {
    this.#ids ??= new Int32Array(SIZE);
    this.#ids[this.#next] = streamId;
    this.#next = (this.#next + 1) % SIZE;
  }

  has(streamId: number): boolean {
    return this.#ids?.includes(streamId) === true;
  }
}
