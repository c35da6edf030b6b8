// Text to a file descriptor without ever blocking: lines are gathered, written by the thread pool when there are
// enough or a moment has passed, and dropped (and counted) when the reader does not keep up.

import { closeSync, openSync, write, writeSync } from 'node:fs';

export interface BufferedWriterOptions {
  /** A descriptor (default 1, standard output; stays open), or a path to append to. */
  readonly output?: number | string;
  /** Written at once when so many characters wait. Default 64 Ki. */
  readonly flushSize?: number;
  /** Otherwise written so long after the first of them came. Default 100 ms. */
  readonly flushDelayMs?: number;
  /** What comes while more characters than this wait is dropped. Default 4 Mi. */
  readonly maxPending?: number;
}

/** A full pipe in non-blocking mode is tried again after so long. */
const RETRY_MS = 20;

export class BufferedWriter implements AsyncDisposable {
  readonly #fd: number;
  readonly #ownsFd: boolean;
  readonly #flushSize: number;
  readonly #flushDelayMs: number;
  readonly #maxPending: number;
  readonly #onExit = () => this.#writeRestNow();
  #pending = '';
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;
  #dropped = 0;

  /** Throws (ENOENT, EACCES, …) where the path can not be opened. */
  constructor(options: BufferedWriterOptions = {}) {
    const output = options.output ?? 1;
    this.#ownsFd = typeof output === 'string';
    this.#fd = typeof output === 'string' ? openSync(output, 'a') : output;
    this.#flushSize = options.flushSize ?? 64 * 1024;
    this.#flushDelayMs = options.flushDelayMs ?? 100;
    this.#maxPending = options.maxPending ?? 4 * 1024 * 1024;
    process.on('exit', this.#onExit);
  }

  /** Writes that were dropped since the reader did not keep up or the output failed. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one or more whole lines, line feeds included. */
  write(lines: string): void {
    if (this.#closed || this.#pending.length > this.#maxPending) {
      this.#dropped += 1;
      return;
    }
    this.#pending += lines;
    if (this.#pending.length >= this.#flushSize) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), this.#flushDelayMs);
  }

  /** Resolves when all that was written before is handed to the system, or dropped; never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Writes what waits and closes a file that was opened by path. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.flush();
    process.off('exit', this.#onExit);
    if (this.#ownsFd) closeSync(this.#fd);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drain(): Promise<void> {
    while (this.#pending !== '') {
      const chunk = Buffer.from(this.#pending);
      this.#pending = '';
      if (!(await writeAll(this.#fd, chunk))) this.#dropped += 1;
    }
  }

  /** At exit nothing asynchronous runs any more; what the thread pool has already is out of our hands. */
  #writeRestNow(): void {
    if (this.#pending === '') return;
    try {
      writeSync(this.#fd, this.#pending);
    } catch {
      // The reader is gone; there is nobody left to tell.
    }
    this.#pending = '';
  }
}

/** False where the output failed (its reader is gone, the disk is full). */
async function writeAll(fd: number, chunk: Buffer): Promise<boolean> {
  let offset = 0;
  while (offset < chunk.length) {
    const written = await writeOnce(fd, chunk, offset);
    if (written === undefined) return false;
    offset += written;
  }
  return true;
}

function writeOnce(fd: number, chunk: Buffer, offset: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    write(fd, chunk, offset, (error, written) => {
      if (error === null) resolve(written);
      else if (error.code === 'EAGAIN') setTimeout(resolve, RETRY_MS, 0);
      else resolve(undefined);
    });
  });
}
