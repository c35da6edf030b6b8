// A proxy in front of scripted servers: static mode, in this process, one listener, one cluster.

import { Log } from '@weft/common/logger/logger';
import { startStatic } from '../static-mode.ts';
import type { UpstreamEndpoint } from '../upstream/endpoint.ts';

export interface StaticProxyOptions {
  /** Default http. */
  readonly protocol?: 'http' | 'tcp' | 'detect';
  /** What the endpoints speak; default: as the client. */
  readonly clusterProtocol?: 'http' | 'http2';
  /** Of the one HTTP rule; milliseconds. */
  readonly timeouts?: Readonly<Record<string, number>>;
  /** Of opaque connections. */
  readonly idleTimeoutMs?: number;
}

export type AccessLogLine = Readonly<Record<string, string | number>>;

export interface StaticProxy extends AsyncDisposable {
  readonly port: number;
  readonly accessLog: readonly AccessLogLine[];
  /** The next line of the access log that nobody has waited for; lines are written a moment after the answer. */
  nextLogLine(): Promise<AccessLogLine>;
  readonly endpoints: readonly UpstreamEndpoint[];
}

/** `ports`: those of the endpoints on loopback, taken in turn. */
export async function startProxy(
  ports: readonly number[],
  options: StaticProxyOptions = {},
): Promise<StaticProxy> {
  const accessLog: AccessLogLine[] = [];
  const waiting: ((line: AccessLogLine) => void)[] = [];
  let taken = 0;
  const running = await startStatic(staticConfig(ports, options), {
    log: new Log({ level: 'error' }),
    version: '0.0.0',
    file: 'test.yaml',
    accessLog: {
      write: (line) => {
        accessLog.push(JSON.parse(line) as AccessLogLine);
        for (const next of waiting.splice(0)) next(accessLog[taken++] as AccessLogLine);
      },
    },
  });
  return {
    port: running.proxy.ports.get('in') as number,
    accessLog,
    async nextLogLine() {
      const line = accessLog[taken];
      if (line === undefined) return new Promise((resolve) => waiting.push(resolve));
      taken++;
      return line;
    },
    get endpoints() {
      return running.proxy.store.clusters.flatMap(({ endpoints }) => endpoints);
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** A StaticConfig as a person would write it. */
export function staticConfig(ports: readonly number[], options: StaticProxyOptions): object {
  const { protocol = 'http', clusterProtocol = 'http', timeouts = {}, idleTimeoutMs } = options;
  const name = 'shop/app:80';
  const backends = [{ cluster: name }];
  const rules = [{ ref: 'HTTPRoute/shop/app', index: 0, backends, timeouts }];
  return {
    listeners: [{ name: 'in', port: 0, outbound: name }],
    outbounds: [
      {
        name,
        protocol,
        ...(protocol === 'tcp' ? {} : { rules }),
        ...(protocol === 'http' ? {} : { tcpRules: [{ backends }] }),
        ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
      },
    ],
    clusters: [{ name, protocol: clusterProtocol, balancer: 'round-robin', connectTimeoutMs: 1_000 }],
    endpoints: [{ name, endpoints: ports.map((port) => ({ address: '127.0.0.1', port })) }],
    telemetry: { accessLog: { mode: 'all' } },
  };
}
