// `weft proxy --config FILE`: a sidecar or gateway from a file, with no control plane.

import type { StaticConfig } from '@weft/api/proxy-config/types';
import type { Log } from '@weft/common/logger/logger';
import { adminSources } from './admin/sources.ts';
import { startAdmin } from './admin/start.ts';
import { decodeStaticConfig } from './config/decode/static-config.ts';
import { FileIdentity } from './identity/file-identity.ts';
import { type AccessLogOutput, Proxy } from './proxy.ts';

export interface RunningProxy extends AsyncDisposable {
  readonly proxy: Proxy;
  /** Ends in good order, within `soonMs` where that is given; resolves when everything is closed. */
  drain(soonMs?: number): Promise<void>;
}

/** Everything that is wrong with a file, one line each. */
export class InvalidConfigError extends Error {
  readonly errors: readonly { readonly field: string; readonly message: string }[];

  constructor(errors: InvalidConfigError['errors']) {
    super(errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('\n'));
    this.errors = errors;
  }
}

export interface StaticOptions {
  readonly log: Log;
  readonly version: string;
  /** Names the proxy in its admin pages. */
  readonly file: string;
  /** Default standard output. */
  readonly accessLog?: AccessLogOutput;
}

/** `value`: the parsed file. Rejects with InvalidConfigError, or with a message for the user. */
export async function startStatic(value: unknown, options: StaticOptions): Promise<RunningProxy> {
  const { log, version, file, accessLog } = options;
  const decoded = decodeStaticConfig(value);
  if ('errors' in decoded) throw new InvalidConfigError(decoded.errors);
  const config: StaticConfig = decoded.value;
  await using started = new AsyncDisposableStack();

  const identity =
    config.identity && started.use(new FileIdentity(config.identity, log.component('identity')));
  const proxy = started.use(
    new Proxy({
      listeners: config.listeners,
      log,
      version,
      ...(identity && { identity }),
      ...(config.inbound && { inboundName: config.inbound.name, workload: config.inbound.workload }),
      ...(accessLog && { accessLog }),
    }),
  );
  proxy.store.load(config);
  await proxy.listen();
  if (config.admin !== undefined) {
    started.use(
      await startAdmin({
        ports: config.admin,
        registry: proxy.registry,
        readiness: () => (proxy.isDraining ? 'draining' : true),
        ...adminSources(proxy, { id: file, version, mode: 'static' }, identity, config.listeners),
      }),
    );
  }
  const parts = started.move();
  return {
    proxy,
    async drain(soonMs) {
      await proxy.drain(soonMs);
      await parts.disposeAsync();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
