// HTTP/2 requests and slow uploads while a test changes something, all on one connection that is never to be lost.

import { createHash, randomBytes } from 'node:crypto';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** For a workload of the mesh: sends each body back. SIGTERM: GOAWAY, and the end when the last stream is over. */
export const HTTP2_SERVER = `import { createServer } from 'node:http2';
const sessions = new Set();
const server = createServer();
server.on('session', (session) => sessions.add(session.on('close', () => sessions.delete(session))));
server.on('stream', (stream) => {
  stream.respond({ ':status': 200 });
  stream.pipe(stream);
  stream.on('error', () => {});
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close(() => process.exit());
  for (const session of sessions) session.close();
});
`;

const CHUNK = randomBytes(64 * 1024);
const CHUNKS = 32;
const UPLOAD_PAUSE_MS = 50;
/** Requests at a time. */
const WORKERS = 8;

export class Http2Load implements AsyncDisposable {
  readonly failures: string[] = [];
  readonly #session: ClientHttp2Session;
  readonly #running: Promise<unknown>;
  readonly #started = performance.now();
  #isEnding = false;
  #requests = 0;
  #uploads = 0;

  /** Whether one request is answered. */
  static async isServed(port: number): Promise<boolean> {
    const session = connect(`http://127.0.0.1:${port}`).on('error', () => {});
    const body = await exchange(session, 'GET', Readable.from([])).catch(() => undefined);
    session.close();
    return body !== undefined;
  }

  /** To a port on 127.0.0.1, with so many requests a second if they are answered; begins at once. */
  constructor(port: number, rate: number) {
    this.#session = connect(`http://127.0.0.1:${port}`);
    this.#session.on('close', () => {
      if (!this.#isEnding) this.failures.push('the connection was closed');
    });
    this.#session.on('error', (error) => this.failures.push(`the connection was lost: ${error.message}`));
    const intervalMs = (1000 * WORKERS) / rate;
    this.#running = Promise.all([
      ...Array.from({ length: WORKERS }, () => this.#repeat(() => this.#request(intervalMs))),
      this.#repeat(() => this.#upload()),
    ]);
  }

  get requests(): number {
    return this.#requests;
  }

  /** Requests a second so far. */
  get rate(): number {
    return Math.round((this.#requests * 1000) / (performance.now() - this.#started));
  }

  get uploads(): number {
    return this.#uploads;
  }

  /** Lets what is under way end. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
    this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #repeat(once: () => Promise<void>): Promise<void> {
    while (!this.#isEnding && !this.#session.destroyed) {
      const started = new Date().toISOString();
      await once().catch((error: Error) => this.failures.push(`begun ${started}: ${error.message}`));
    }
  }

  async #request(intervalMs: number): Promise<void> {
    const started = performance.now();
    this.#requests++;
    const body = await exchange(this.#session, 'POST', Readable.from([Buffer.from('hello')]));
    if (String(Buffer.concat(body)) !== 'hello') throw new Error('another body came back');
    const restMs = intervalMs - (performance.now() - started);
    if (restMs > 0) await sleep(restMs);
  }

  async #upload(): Promise<void> {
    const body = await exchange(this.#session, 'PUT', Readable.from(slowly()));
    this.#uploads++;
    const wanted = createHash('sha256');
    for (let count = 0; count < CHUNKS; count++) wanted.update(CHUNK);
    const came = createHash('sha256');
    for (const chunk of body) came.update(chunk);
    if (came.digest('hex') !== wanted.digest('hex')) throw new Error('what came back is not what was sent');
  }
}

/** The body of an answer that is 200. */
async function exchange(session: ClientHttp2Session, method: string, body: Readable): Promise<Buffer[]> {
  const stream = session.request({ ':method': method, ':path': '/' });
  const answered = new Promise<number>((resolve, reject) => {
    stream.on('response', (headers) => resolve(Number(headers[':status'])));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error(`closed with code ${stream.rstCode}, without an answer`)));
  });
  const fed = pipeline(body, stream as unknown as NodeJS.WritableStream);
  fed.catch(() => {});
  const status = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  if (status !== 200) throw new Error(`${status} ${Buffer.concat(chunks)}`);
  return chunks;
}

async function* slowly(): AsyncIterable<Buffer> {
  for (let count = 0; count < CHUNKS; count++) {
    yield CHUNK;
    await sleep(UPLOAD_PAUSE_MS);
  }
}
