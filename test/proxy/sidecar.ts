// A proxy of a test: started from a configuration in this process, on free ports, with what it logs and counts.

import { Log } from '@weft/common/logger/logger';
import { render } from '@weft/common/metrics/render';
import { parseLabels, parseSamples } from '@weft/common/prometheus-text/parse';
import { type RunningProxy, startStatic } from '@weft/proxy/main';

/** A line of the access log. */
export type AccessLogLine = Readonly<Record<string, string | number>>;
/** A line of the proxy's own log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface Sidecar extends AsyncDisposable {
  readonly running: RunningProxy;
  /** Port by listener name. */
  port(listener: string): number;
  readonly accessLog: readonly AccessLogLine[];
  readonly log: readonly LogLine[];
  /** The first line of the access log that satisfies this, as soon as it is there. */
  nextLine(isWanted?: (line: AccessLogLine) => boolean): Promise<AccessLogLine>;
  /** Resolves when this message was logged so often. */
  logged(message: string, times?: number): Promise<void>;
  /** Sum of a family's samples that have all of these labels. */
  metric(family: string, labels?: Readonly<Record<string, string>>): number;
}

/** Starts a proxy from a StaticConfig, written as a person would: defaults left out. All requests are logged. */
export async function startSidecar(config: Readonly<Record<string, unknown>>): Promise<Sidecar> {
  const accessLog = new Lines<AccessLogLine>();
  const log = new Lines<LogLine>();
  const running = await startStatic(
    { telemetry: { accessLog: { mode: 'all' } }, ...config },
    { log: new Log({ format: 'json', output: log }), version: '0.0.0', file: 'test.yaml', accessLog },
  );
  return {
    running,
    accessLog: accessLog.lines,
    log: log.lines,
    port: (listener) => portOf(running, listener),
    nextLine: (isWanted = () => true) => accessLog.first((lines) => lines.find(isWanted)),
    async logged(message, times = 1) {
      await log.first((lines) => lines.filter((line) => line.message === message)[times - 1]);
    },
    metric: (family, labels = {}) => metric(running, family, labels),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Lines of JSON as they are written, and whoever waits for one of them. */
class Lines<T> {
  readonly lines: T[] = [];
  readonly #waiting = new Set<() => void>();

  write(line: string): void {
    this.lines.push(JSON.parse(line));
    for (const look of this.#waiting) look();
  }

  first(find: (lines: readonly T[]) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find(this.lines);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

function portOf({ proxy }: RunningProxy, listener: string): number {
  const port = proxy.ports.get(listener);
  if (port === undefined) throw new Error(`there is no listener ${listener}`);
  return port;
}

function metric({ proxy }: RunningProxy, family: string, wanted: Readonly<Record<string, string>>): number {
  const text = Buffer.from(render(proxy.registry, 'prometheus', new Set([family])));
  let sum = 0;
  parseSamples(text, new Set([family]), (_name, labelText, value) => {
    const labels = parseLabels(labelText);
    if (Object.entries(wanted).every(([name, expected]) => labels?.get(name) === expected)) sum += value;
  });
  return sum;
}

/** One listener `out` for the Outbound `shop/app:80`, with these rules and clusters of one endpoint each. */
export function outboundConfig(
  rules: readonly object[],
  clusters: Readonly<Record<string, number | readonly number[]>>,
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    listeners: [{ name: 'out', port: 0, outbound: 'shop/app:80' }],
    outbounds: [{ name: 'shop/app:80', protocol: 'http', rules }],
    ...clusterLists(clusters),
    ...more,
  };
}

/** `clusters` and `endpoints` by cluster name and the ports on loopback behind it. */
export function clusterLists(clusters: Readonly<Record<string, number | readonly number[]>>): {
  readonly clusters: readonly object[];
  readonly endpoints: readonly object[];
} {
  return {
    clusters: Object.keys(clusters).map((name) => ({ name, connectTimeoutMs: 1_000 })),
    endpoints: Object.entries(clusters).map(([name, ports]) => ({
      name,
      endpoints: [ports].flat().map((port) => ({ address: '127.0.0.1', port })),
    })),
  };
}

/** One listener `in` for the workload's port 8080, the application on `appPort`. */
export function inboundConfig(
  appPort: number,
  port: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    listeners: [{ name: 'in', port: 0, inbound: 8080 }],
    inbound: {
      name: 'shop/app-0',
      ports: [{ port: 8080, protocol: 'http', app: { port: appPort }, ...port }],
    },
    ...more,
  };
}
