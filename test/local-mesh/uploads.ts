// Slow uploads while a test changes something, one after the other: some MB to `/echo`, which sends them back as they
// come, so that a byte that is lost or comes twice is seen.

import { createHash, type Hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const CHUNK = randomBytes(64 * 1024);
const CHUNKS = 32;
const PAUSE_MS = 50;

export class Uploads implements AsyncDisposable {
  readonly failures: string[] = [];
  readonly #port: number;
  readonly #running: Promise<void>;
  #isEnding = false;
  #count = 0;

  /** On 127.0.0.1; begins at once. */
  constructor(port: number) {
    this.#port = port;
    this.#running = this.#run();
  }

  /** Uploads that are over. */
  get count(): number {
    return this.#count;
  }

  /** Lets the one under way end. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      const started = new Date().toISOString();
      await this.#upload().catch((error: Error) => this.failures.push(`begun ${started}: ${error.message}`));
      this.#count++;
    }
  }

  async #upload(): Promise<void> {
    const outgoing = request({
      host: '127.0.0.1',
      port: this.#port,
      path: '/echo',
      method: 'POST',
      agent: false,
    });
    const answered = once(outgoing, 'response') as Promise<[Readable & { readonly statusCode: number }]>;
    const sent = createHash('sha256');
    const feeding = pipeline(Readable.from(chunks(sent)), outgoing);
    feeding.catch(() => {});
    const [response] = await answered;
    const received = createHash('sha256');
    let text = '';
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received.update(chunk);
      if (response.statusCode !== 200) text += String(chunk);
    }
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text.trim()}`);
    await feeding;
    if (received.digest('hex') !== sent.digest('hex')) throw new Error('what came back is not what was sent');
  }
}

/** Notes what it gives. */
async function* chunks(sent: Hash): AsyncIterable<Buffer> {
  for (let count = 0; count < CHUNKS; count++) {
    sent.update(CHUNK);
    yield CHUNK;
    await sleep(PAUSE_MS);
  }
}
