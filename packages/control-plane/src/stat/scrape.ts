// One scrape of one proxy's metrics endpoint.

import { type Agent, get } from 'node:http';
import { DETECTED_FAMILY } from './detected.ts';
import { FAMILIES } from './series.ts';

/** A proxy whose metrics are read. */
export interface ScrapeTarget {
  /** `<namespace>/<pod>` */
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

/** More than this is no metrics page. */
const MAX_BYTES = 64 * 1024 * 1024;
const PATH = `/metrics?${[...FAMILIES, DETECTED_FAMILY].map((name) => `name[]=${name}`).join('&')}`;

/** The page in the Prometheus text format; rejects where there is none in time. */
export function scrape(target: ScrapeTarget, agent: Agent, signal: AbortSignal): Promise<Buffer> {
  const { address: host, port } = target;
  const headers = { accept: 'text/plain;version=0.0.4' };
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path: PATH, agent, signal, headers }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_BYTES) request.destroy(new Error(`the answer is larger than ${MAX_BYTES} bytes`));
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`the answer has status ${response.statusCode}`));
      });
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
