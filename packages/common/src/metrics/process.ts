// Metrics of the process itself, by the names that Prometheus clients share. All are read at the scrape: an idle
// process does nothing for them.

import type { Observed } from './family.ts';
import { labels, NO_LABELS } from './labels.ts';
import type { Registry } from './registry.ts';

export interface BuildInfo {
  /** `proxy` or `control-plane`. */
  readonly component: string;
  readonly version: string;
}

export function observeProcess(registry: Registry, build: BuildInfo): void {
  const startSeconds = Math.round(performance.timeOrigin) / 1000;
  const one = (kind: Observed['kind'], name: string, help: string, read: () => number): void =>
    registry.observe({ kind, name, help, read: () => [[NO_LABELS, read()]] });

  one('counter', 'process_cpu_seconds_total', 'User and system CPU time, all threads.', cpuSeconds);
  one('gauge', 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  one('gauge', 'process_start_time_seconds', 'Start of the process since the epoch.', () => startSeconds);
  one(
    'gauge',
    'nodejs_eventloop_lag_seconds',
    'How late a callback ran at the scrape before.',
    eventLoopLag(),
  );
  registry.observe({
    kind: 'gauge',
    name: 'weft_build_info',
    help: 'The version that runs, as labels; always 1.',
    read: () => [[labels({ component: build.component, version: build.version, node: process.version }), 1]],
  });
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Each reading starts the measurement that the next one returns: no timer runs in between. */
function eventLoopLag(): () => number {
  let lagSeconds = 0;
  return () => {
    const start = performance.now();
    setImmediate(() => {
      lagSeconds = (performance.now() - start) / 1000;
    });
    return lagSeconds;
  };
}
