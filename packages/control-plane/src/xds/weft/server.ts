// The control plane's server for proxies: delta ADS and certificate signing over one TLS port.

import { Server, status } from '@grpc/grpc-js';
import type { ProxyStatus } from '@weft/api/control-plane-api';
import { listenError } from '@weft/common/listen-error';
import type { Logger } from '@weft/common/logger/logger';
import type { ConfigView } from '../../compile/config-view.ts';
import type { CertificateAuthority } from '../../identity/ca.ts';
import { ServingCredentials } from '../../identity/serving-credentials.ts';
import { CERTIFICATE_SERVICE, signingService } from '../../identity/signing-service.ts';
import type { TokenVerifier } from '../../identity/token.ts';
import { ResourceEncoder } from '../resource-encoder.ts';
import { ADS_SERVICE, AdsService } from './ads-service.ts';
import { XdsCounters } from './counters.ts';
import type { ProxyNode } from './proxy-node.ts';
import { ProxyRegistry } from './proxy-registry.ts';

export interface XdsServerOptions {
  /** IP address to bind. Default 127.0.0.1. */
  readonly address?: string;
  /** Default 15012; 0 takes a free one. */
  readonly port?: number;
  readonly ca: CertificateAuthority;
  readonly verifier: TokenVerifier;
  /** What is served until the first `update`. */
  readonly view: ConfigView;
  readonly log: Logger;
  /** Names in the server's certificate beside localhost, 127.0.0.1 and ::1. */
  readonly dnsNames?: readonly string[];
  /** Life of workload certificates; default 24 h. */
  readonly leafTtlMs?: number;
  /**
   * Streams wait for it, certificates do not: a view that is not complete yet would take from proxies that come
   * back what they have. Absent: the view is complete.
   */
  readonly viewComplete?: Promise<void>;
}

export interface XdsServer extends AsyncDisposable {
  readonly port: number;
  readonly counters: XdsCounters;
  /** Serves this configuration from now on and pushes what differs. */
  update(view: ConfigView): void;
  /** Proxies that are connected, or were and are still expected. */
  proxies(): readonly ProxyStatus[];
  /** Where the connected proxies' own servers are. */
  nodes(): readonly ProxyNode[];
  /** Called in a later turn after one or more changes of `proxies()`. Returns the way to stop. */
  onProxiesChanged(listener: () => void): () => void;
  /** Ends all streams and frees the port. */
  close(): Promise<void>;
}

const DEFAULT_PORT = 15012;
/** Streams get so long to end by themselves. */
const CLOSE_GRACE_MS = 1_000;

/** Rejects with a message for the user where the port can not be had. */
export async function startXdsServer(options: XdsServerOptions): Promise<XdsServer> {
  const { address = '127.0.0.1', port = DEFAULT_PORT, ca, verifier, log, dnsNames, leafTtlMs } = options;
  const { viewComplete } = options;
  let view = options.view;
  const registry = new ProxyRegistry();
  const counters = new XdsCounters();
  const ads = new AdsService({
    verifier,
    encoder: new ResourceEncoder(),
    registry,
    counters,
    log,
    view: () => view,
    ...(viewComplete && { viewComplete }),
  });
  const credentials = await ServingCredentials.create({ ca, log, ...(dnsNames && { dnsNames }) });

  const server = new Server({
    // A stream that says nothing for hours is normal; a proxy that is gone is seen by the missing PING answer.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_send_message_length': -1,
  });
  server.addService(ADS_SERVICE, { DeltaAggregatedResources: ads.DeltaAggregatedResources });
  server.addService(
    CERTIFICATE_SERVICE,
    signingService({
      ca,
      verifier,
      log,
      ...(leafTtlMs !== undefined && { leafTtlMs }),
      onIssued(certificate) {
        counters.certificates++;
        registry.issued(certificate);
      },
      onUnauthenticated() {
        counters.refusedCalls++;
      },
    }),
  );
  const close = async () => {
    credentials.close();
    ads.endAll({ code: status.UNAVAILABLE, details: 'the control plane is shutting down' });
    await shutDown(server);
    registry.close();
  };
  const bound = await bind(server, address, port, credentials);

  return {
    port: bound,
    counters,
    update(next) {
      view = next;
      ads.update(next);
      registry.prune((id) => isExpected(next, id));
    },
    proxies: () => registry.statuses(),
    nodes: () => registry.nodes(),
    onProxiesChanged: (listener) => registry.onChange(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A workload that exists has an Inbound. */
function isExpected(view: ConfigView, id: string): boolean {
  const namespace = id.slice(0, id.indexOf('/'));
  return view.resource('Inbound', id, { id, namespace }) !== undefined;
}

function bind(
  server: Server,
  address: string,
  port: number,
  credentials: ServingCredentials,
): Promise<number> {
  const host = address.includes(':') ? `[${address}]` : address;
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, bound) => {
      if (error === null) {
        resolve(bound);
        return;
      }
      credentials.close();
      // grpc-js puts the system's code into the text only.
      const code = /\bE[A-Z]{4,}\b/.exec(error.message)?.[0];
      const cause = code === undefined ? error : Object.assign(error, { code });
      const target = {
        address,
        port,
        purpose: 'control plane xDS',
        remedy: 'choose another with --xds-port',
      };
      reject(listenError(cause, target));
    });
  });
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.forceShutdown(), CLOSE_GRACE_MS);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
