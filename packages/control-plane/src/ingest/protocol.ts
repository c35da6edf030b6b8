// What a Service port speaks, as far as its author declared it.

import type { Protocol } from '@weft/api/proxy-config/types';

// Names from the IANA registry, Kubernetes (KEP-3726) and common use. Protocols in which the server may speak first,
// or that are not HTTP at all, are plain connections to the mesh.
const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['http', 'http'],
  ['kubernetes.io/ws', 'http'],
  ['ws', 'http'],
  ['grpc-web', 'http'],
  ['http2', 'http2'],
  ['h2c', 'http2'],
  ['kubernetes.io/h2c', 'http2'],
  ['grpc', 'grpc'],
  ...[
    'tls',
    'https',
    'kubernetes.io/wss',
    'wss',
    'amqps',
    'imaps',
    'ldaps',
    'mqtts',
    'pop3s',
    'rediss',
    'smtps',
  ].map((name) => [name, 'tls'] as const),
  ...[
    'tcp',
    'amqp',
    'cassandra',
    'ftp',
    'imap',
    'kafka',
    'ldap',
    'memcached',
    'mongo',
    'mongodb',
    'mqtt',
    'mysql',
    'nats',
    'pop3',
    'postgres',
    'postgresql',
    'redis',
    'smtp',
    'ssh',
  ].map((name) => [name, 'tcp'] as const),
]);

export function protocolOfAppProtocol(appProtocol: string): Protocol | undefined {
  return PROTOCOLS.get(appProtocol.toLowerCase());
}

/** By the first elements of the name: `grpc-web-api` is gRPC-Web, `http-api` is HTTP, `api` says nothing. */
export function protocolOfPortName(name: string): Protocol | undefined {
  const elements = name.toLowerCase().split('-');
  for (let count = Math.min(2, elements.length); count > 0; count--) {
    const protocol = PROTOCOLS.get(elements.slice(0, count).join('-'));
    if (protocol) return protocol;
  }
  return undefined;
}
