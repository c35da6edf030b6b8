// The manifests of the guide on protocols are accepted as they stand there, with the Services that they name.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileMesh } from '@weft/control-plane/compile/mesh';
import { EMPTY_STATE, nextState } from '@weft/control-plane/provider/file/last-good';

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/guides/protocols.md'), 'utf8');

/** Names to the names of their ports. */
const SERVICES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  carts: { grpc: 80 },
  'carts-v2': { grpc: 80 },
  edge: { tls: 443 },
  web: { https: 443 },
  db: { postgres: 5432 },
  'db-next': { postgres: 5432 },
  bank: { https: 443 },
};

test('every manifest of the guide is accepted and has its effect', () => {
  const manifests = [...GUIDE.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '');
  const services = Object.entries(SERVICES).map(([name, ports]) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'shop' },
      spec: { ports: Object.entries(ports).map(([name, port]) => ({ name, port })) },
    }),
  );
  const text = [...manifests, ...services].join('\n---\n');
  const { set } = nextState(EMPTY_STATE, [{ path: 'guide.yaml', text }]);
  const mesh = compileMesh(set);
  assert.deepEqual(mesh.diagnostics, []);
  const client = { id: 'shop/any', namespace: 'shop' };
  const refs = Object.entries(SERVICES).flatMap(([name, ports]) =>
    Object.values(ports).flatMap((port) => {
      const of = `shop/${name}:${port}`;
      const outbound = mesh.resource('Outbound', of, client);
      const tls = mesh.resource('Cluster', of, client)?.tls?.ref ?? [];
      return [...(outbound?.rules ?? []), ...(outbound?.tcpRules ?? [])].map(({ ref }) => ref).concat(tls);
    }),
  );
  for (const kind of [
    'GRPCRoute/shop/carts',
    'TLSRoute/shop/edge',
    'TCPRoute/shop/db',
    'BackendTLSPolicy/shop/bank',
  ]) {
    assert.ok(refs.includes(kind), `${kind} has no effect`);
  }
});
