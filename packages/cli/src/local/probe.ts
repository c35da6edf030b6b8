// One look at whether a server answers: a TCP connection that is accepted, or an HTTP status.

import { request } from 'node:http';
import { connect } from 'node:net';

/** True, or why not, in a few words. */
export type ProbeResult = true | string;

export function probeTcp(port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (result: ProbeResult): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => finish(`nothing accepted within ${timeoutMs} ms on port ${port}`));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(`nothing listens on port ${port} yet`));
  });
}

/** 200–399 is healthy, as for the kubelet. The body's first line is the reason where it is not. */
export function probeHttp(port: number, path: string, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, agent: false, timeout: timeoutMs },
      (response) => {
        const status = response.statusCode ?? 0;
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (body.length < 1000) body += chunk;
        });
        response.on('error', (error) => resolve(error.message));
        response.on('end', () => {
          const [line = ''] = body.split('\n');
          resolve(status >= 200 && status < 400 ? true : line || `${path} answered ${status}`);
        });
      },
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`no answer within ${timeoutMs} ms on port ${port}`)),
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? `nothing listens on port ${port} yet` : error.message),
    );
    outgoing.end();
  });
}
