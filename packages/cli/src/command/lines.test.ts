import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MeshStatus, ProxyStatus, StoredResource } from '@weft/api/control-plane-api';
import type { ProxyConfig } from '@weft/api/proxy-config/types';
import { PLAIN } from '../output/style.ts';
import { matchGolden } from '../testing/golden.ts';
import { UserError } from '../user-error.ts';
import { getLines, resolveKind } from './get.ts';
import { configLines } from './proxy-config.ts';
import { proxyStatusLines } from './proxy-status.ts';
import { isWell, statusLines } from './status.ts';

function golden(name: string, lines: readonly string[]): void {
  matchGolden(join(import.meta.dirname, 'testdata', `${name}.txt`), `${lines.join('\n')}\n`);
}

const STATUS: MeshStatus = {
  version: '0.1.0',
  trustDomain: 'cluster.local',
  provider: { kind: 'file', source: 'shop', lastChange: '2026-11-21T00:00:00Z' },
  counts: { services: 2, workloads: 2, routes: 1, policies: 1, proxies: 2 },
  diagnostics: [
    {
      severity: 'error',
      reason: 'BackendNotFound',
      message: 'there is no Service "gone" in namespace shop',
      object: 'HTTPRoute/shop/web',
      file: 'shop/routes.yaml',
      line: 14,
      column: 11,
      field: 'spec.rules[0].backendRefs[0].name',
    },
    { severity: 'warning', reason: 'NoPods', message: 'nothing runs behind it', object: 'Service/shop/web' },
  ],
  workloads: [
    { namespace: 'shop', name: 'web', version: 'v1', replicas: 2, ready: 2, proxies: 2 },
    {
      namespace: 'shop',
      name: 'db',
      version: 'v1',
      replicas: 1,
      ready: 0,
      proxies: 0,
      message: 'CrashLoopBackOff: exit code 1, restart 3 in 8 s',
    },
  ],
};

test('the status names each problem with its place', () => golden('status', statusLines(STATUS, PLAIN)));

test('a mesh is well when all replicas are ready and nothing is in error', () => {
  const [web] = STATUS.workloads;
  const warning = STATUS.diagnostics.slice(1);
  assert.equal(isWell(STATUS), false);
  assert.ok(web);
  assert.equal(isWell({ ...STATUS, workloads: [web] }), false);
  assert.equal(isWell({ ...STATUS, workloads: [web], diagnostics: warning }), true);
});

const CONDITION = { observedGeneration: 1, lastTransitionTime: '2026-11-21T00:00:00Z' };
const OBJECTS: StoredResource[] = [
  {
    source: 'shop/routes.yaml:1',
    object: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'web', namespace: 'shop' },
      status: {
        parents: [
          {
            conditions: [
              { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', ...CONDITION },
              {
                type: 'ResolvedRefs',
                status: 'False',
                reason: 'BackendNotFound',
                message: 'no "gone"',
                ...CONDITION,
              },
            ],
          },
        ],
      },
    },
  },
  {
    source: 'shop/policy.yaml:1',
    object: {
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'all', namespace: 'shop' },
      status: {
        ancestors: [{ conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', message: '' }] }],
      },
    },
  },
  { object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } } },
];

test('objects are listed with the condition that matters most', () => {
  golden('get', getLines(OBJECTS, PLAIN, { wide: true }));
  golden('get-one-kind', getLines(OBJECTS.slice(0, 1), PLAIN, { wide: false }));
});

test('a kind is found by each of its names', async () => {
  for (const name of ['HTTPRoute', 'httproute', 'httproutes', 'httproutes.gateway.networking.k8s.io']) {
    assert.equal(await resolveKind(name), 'HTTPRoute');
  }
  assert.equal(await resolveKind('authz'), 'AuthorizationPolicy');
  assert.equal(await resolveKind('svc'), 'Service');
  await assert.rejects(
    resolveKind('gizmo'),
    (error: UserError) => error.exitCode === 2 && /services/.test(error.message),
  );
});

test('proxies are listed with what they accepted, and the last thing that they refused', () => {
  const now = Date.parse('2026-11-21T01:00:00Z');
  const since = '2026-11-21T00:58:00Z';
  const proxies: ProxyStatus[] = [
    {
      id: 'shop/web-0',
      connected: true,
      since,
      subscribed: 4,
      acked: 4,
      synced: true,
      nacks: [],
      certificate: { identity: 'spiffe://cluster.local/ns/shop/sa/web', notAfter: '2026-11-22T00:58:00Z' },
    },
    {
      id: 'shop/web-1',
      connected: true,
      since,
      subscribed: 4,
      acked: 3,
      synced: false,
      nacks: [{ type: 'Outbound', name: 'shop/db:80', field: 'rules[0]', message: 'not a rule', at: since }],
    },
    { id: 'shop/db-0', connected: false, since, subscribed: 0, acked: 0, synced: false, nacks: [] },
  ];
  golden('proxy-status', proxyStatusLines(proxies, now, PLAIN));
});

test('a configuration is shown as listeners, destinations, endpoints and inbound ports', () => {
  const timeouts = {};
  const config: ProxyConfig = {
    listeners: [
      { name: 'in', address: '127.0.0.1', port: 20001, inbound: 8080 },
      { name: 'out', address: '127.0.0.1', port: 20002, outbound: 'shop/db:80' },
    ],
    outbounds: [
      {
        name: 'shop/db:80',
        protocol: 'http',
        rules: [
          {
            ref: 'HTTPRoute/shop/db',
            index: 0,
            hostnames: [],
            matches: [],
            filters: [],
            backends: [],
            timeouts,
          },
        ],
        tcpRules: [],
      },
      {
        name: 'shop/bank:443',
        protocol: 'tls',
        rules: [],
        tcpRules: [{ ref: 'TLSRoute/shop/bank', index: 0, hostnames: ['bank.test'], backends: [] }],
      },
    ],
    clusters: [
      {
        name: 'shop/bank:443',
        protocol: 'detect',
        balancer: 'random',
        connectTimeoutMs: 1000,
        service: { namespace: 'shop', name: 'bank' },
        tls: { ref: 'BackendTLSPolicy/shop/bank', hostname: 'bank.test', roots: 'system' },
      },
    ],
    endpoints: [
      { name: 'shop/db:80', endpoints: [{ address: '127.0.0.1', port: 20009, weight: 1 }] },
      { name: 'shop/bank:443', endpoints: [{ address: '192.0.2.7', port: 443, weight: 1 }] },
    ],
    inbound: {
      name: 'shop/web-0',
      workload: { namespace: 'shop', name: 'web', app: 'web', version: 'v1' },
      ports: [
        {
          port: 8080,
          protocol: 'http',
          app: { address: '127.0.0.1', port: 20003 },
          mtls: { mode: 'STRICT' },
          authorization: [{ ref: 'AuthorizationPolicy/shop/all', action: 'ALLOW', rules: [] }],
        },
      ],
    },
  };
  golden('proxy-config', configLines(config, PLAIN));
});
