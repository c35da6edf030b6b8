import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProxyStatus, StoredResource } from '@weft/api/control-plane-api';
import { PLAIN } from '../output/style.ts';
import { matchGolden } from '../testing/golden.ts';
import { ManifestFolder, workloadYaml } from '../testing/local-mesh.ts';
import { type CheckGroup, checkLines, isPassed } from './check.ts';
import { folderChecks } from './folder.ts';
import { type RunningMesh, runningChecks } from './running.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

function golden(name: string, groups: readonly CheckGroup[]): void {
  const file = join(import.meta.dirname, 'testdata', `${name}.txt`);
  matchGolden(file, `${checkLines(groups, PLAIN).join('\n')}\n`);
}

const WEB: ProxyStatus = {
  id: 'shop/web-0',
  connected: true,
  since: '2026-11-21T11:00:00Z',
  subscribed: 4,
  acked: 4,
  synced: true,
  nacks: [],
  certificate: { identity: 'spiffe://cluster.local/ns/shop/sa/web', notAfter: '2026-11-22T11:00:00Z' },
  version: '0.1.0',
};

const MESH: RunningMesh = {
  address: '127.0.0.1:15010',
  version: '0.1.0',
  now: NOW,
  status: {
    version: '0.1.0',
    trustDomain: 'cluster.local',
    provider: { kind: 'file', source: 'shop', lastChange: '2026-11-21T11:00:00Z' },
    counts: { services: 2, workloads: 2, routes: 0, policies: 0, proxies: 1 },
    diagnostics: [],
    workloads: [{ namespace: 'shop', name: 'web', version: 'v1', replicas: 1, ready: 1, proxies: 1 }],
  },
  proxies: [WEB],
  detected: [],
  resources: [],
  roots: [],
};

const POD: StoredResource = {
  object: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mail-0', namespace: 'shop', labels: { app: 'mail' } } as never,
    spec: { containers: [{ name: 'mail', ports: [{ name: 'in', containerPort: 2525 }] }] },
  },
};

const service = (name: string, ports: readonly object[]): StoredResource => ({
  object: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { app: name }, ports },
  },
  source: `shop/${name}.yaml:1`,
});

test('a mesh that is well passes every check', () => {
  const groups = runningChecks(MESH);
  assert.equal(isPassed(groups), true);
  golden('well', groups);
});

test('each failure says what to do', () => {
  const broken: RunningMesh = {
    ...MESH,
    version: '0.2.0',
    status: {
      ...MESH.status,
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
        {
          severity: 'warning',
          reason: 'NoPods',
          message: 'nothing runs behind it',
          object: 'Service/shop/web',
        },
      ],
      workloads: [
        {
          namespace: 'shop',
          name: 'db',
          version: 'v1',
          replicas: 2,
          ready: 1,
          proxies: 1,
          message: 'CrashLoopBackOff: exit code 1, restart 3 in 8 s',
        },
      ],
    },
    proxies: [
      WEB,
      { ...WEB, id: 'shop/lost-0', connected: false },
      {
        ...WEB,
        id: 'shop/refuses-0',
        synced: false,
        nacks: [
          {
            type: 'Outbound',
            name: 'shop/web:80',
            field: 'rules[0]',
            message: 'no',
            at: '2026-11-21T11:59:00Z',
          },
        ],
      },
      { ...WEB, id: 'shop/slow-0', synced: false, acked: 3 },
      { ...WEB, id: 'shop/old-0', certificate: { identity: 'x', notAfter: '2026-11-21T11:00:00Z' } },
    ],
  };
  const groups = runningChecks(broken);
  assert.equal(isPassed(groups), false);
  for (const { state, text, remedy } of groups.flatMap(({ checks }) => checks)) {
    assert.equal(remedy === undefined, state === 'good', text);
  }
  golden('broken', groups);
});

test('a port that was guessed is named once, with the Service to change, and fails nothing', () => {
  const of = { proxy: 'shop/web-0', direction: 'outbound', connections: 3, speaker: 'client' } as const;
  const groups = runningChecks({
    ...MESH,
    resources: [POD, service('mail', [{ port: 25, targetPort: 'in' }]), service('db', [{ port: 5432 }])],
    detected: [
      { ...of, destination: 'shop/db:5432', protocol: 'tcp' },
      { ...of, destination: 'shop/db:5432', protocol: 'http1' },
      { ...of, destination: 'shop/mail:25', protocol: 'tcp', speaker: 'server' },
      {
        ...of,
        proxy: 'shop/mail-0',
        direction: 'inbound',
        destination: '2525',
        protocol: 'tcp',
        speaker: 'server',
      },
      {
        ...of,
        proxy: 'shop/mail-0',
        direction: 'inbound',
        destination: '9',
        protocol: 'http2',
        connections: 1,
      },
    ],
  });
  assert.equal(isPassed(groups), true);
  golden('guessed', groups.slice(-1));
});

test('a folder is checked with nothing running', async () => {
  const text = workloadYaml({ name: 'web', command: '[node, web.mjs]' });
  using well = new ManifestFolder({ 'web.yaml': text });
  assert.equal(isPassed(await folderChecks(well.path)), true);

  using guessed = new ManifestFolder({
    'web.yaml': text.replace('{ name: http, port: 80', '{ name: web, port: 80'),
  });
  const groups = await folderChecks(guessed.path);
  assert.equal(isPassed(groups), true);
  const [check] = groups.at(-1)?.checks ?? [];
  assert.equal(check?.state, 'warning');
  assert.match(check?.text ?? '', /^shop\/web:80 declares no protocol/);
  assert.match(check?.remedy ?? '', /^Service\/shop\/web \(\S+web\.yaml:17\): name the port/);

  using broken = new ManifestFolder({ 'web.yaml': text.replace('replicas: 1', 'replicas: many') });
  const failed = await folderChecks(broken.path);
  assert.equal(isPassed(failed), false);
  assert.match(failed[0]?.checks[0]?.text ?? '', /web\.yaml:5:\d+ spec\.replicas: /);

  await assert.rejects(folderChecks(join(well.path, 'gone')), /gone/);
});
