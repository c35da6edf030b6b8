// One HTTP request of a test, and its answer as the caller sees it.

import { type Agent, type OutgoingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** The response flag of a sidecar that answered by itself: `NC`, `UF` … */
  readonly flag: string | undefined;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
}

/** To a port of 127.0.0.1. Rejects where the connection ends before the answer does. */
export function call(port: number, path: string, options: CallOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, agent = false } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const flag = response.headers['x-weft-response-flags'];
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
          flag: flag?.toString(),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
