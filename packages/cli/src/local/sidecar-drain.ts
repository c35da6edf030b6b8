// The end of a sidecar's inbound side, asked for at its admin port: the launcher knows that no client uses the
// endpoint any more, and wants to know when what was under way is over.

import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 1000;
const LOOK_MS = 20;

/** Resolves when no connection to the workload is left, or the time is over, or the sidecar is gone. */
export async function drainInbound(adminPort: number, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  try {
    await ask(adminPort, 'POST', '/drain?withdrawn');
    while (Date.now() < deadline) {
      const info = JSON.parse(await ask(adminPort, 'GET', '/server_info')) as {
        readonly connections: { readonly inbound: number };
      };
      if (info.connections.inbound === 0) return;
      await sleep(LOOK_MS);
    }
  } catch {
    // It has crashed or is not up yet: there is nothing to wait for.
  }
}

function ask(port: number, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, method, path, agent: false, timeout: TIMEOUT_MS };
    const outgoing = request(target, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve(body));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
