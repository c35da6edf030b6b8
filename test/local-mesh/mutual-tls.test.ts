// Identity between real sidecars: mutual TLS everywhere, plain text where it is permitted, policy by identity, and
// certificates that are renewed while they are used.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import { connect, type PeerCertificate } from 'node:tls';
import { MESH_ALPN } from '@weft/proxy/identity/tls-context';
import { call } from './call.ts';
import { eventually } from './eventually.ts';
import { assertNothingLost, Load } from './load.ts';
import { Shop, serverYaml } from './shop.ts';

const authentication = (mode: 'STRICT' | 'PERMISSIVE'): string => `apiVersion: weft.dev/v1alpha1
kind: AuthenticationPolicy
metadata: { name: mtls, namespace: shop }
spec: { mtls: { mode: ${mode} } }
`;

test('all traffic between workloads is over mutual TLS, and weft stat says so', async () => {
  await using shop = await Shop.start({});
  await using _load = new Load({ port: await shop.outbound('client-0', 'web:80') });
  await eventually('the traffic in the table', async () => {
    const rows = await shop.up.api.stat();
    return rows.some(({ service, rate }) => service === 'web' && rate > 0);
  });
  const [row] = (await shop.up.api.stat()).filter(({ service }) => service === 'web');
  assert.equal(row?.mtls, 1);
  assert.equal(row.success, 1);
  const { stdout, code } = await shop.weft('stat');
  assert.equal(code, 0);
  assert.match(stdout, /^\S*\s*web\s.*\s100\s?%\s*$/m);
});

test('a caller in plain text is served where it is permitted, and refused from the moment it is not', async (t) => {
  await using shop = await Shop.start({});
  const port = await shop.inbound('web-0');
  await using load = new Load({ port: await shop.outbound('client-0', 'web:80') });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  assert.equal((await call(port, '/')).status, 200);
  assert.equal((await call(port, '/', { agent })).status, 200);

  shop.folder.write('mtls.yaml', authentication('STRICT'));
  const ms = await eventually('the refusal', async () => (await call(port, '/')).status === 403);
  t.diagnostic(`refused after ${ms.toFixed(0)} ms`);
  const refused = await call(port, '/');
  assert.equal(refused.flag, 'UAEX');
  assert.match(refused.body, /this workload takes mutual TLS only/);
  const kept = await call(port, '/', { agent }).catch(() => undefined);
  assert.notEqual(kept?.status, 200, 'a connection that was there before is refused too');
  agent.destroy();

  shop.folder.write('mtls.yaml', authentication('PERMISSIVE'));
  await eventually('it is served again', async () => (await call(port, '/')).status === 200);
  await assertNothingLost(t, load);
});

test('a policy by identity lets in whom it names, and nobody else', async (t) => {
  await using shop = await Shop.start({
    files: { 'stranger.yaml': serverYaml({ name: 'stranger' }) },
    pods: ['stranger-0'],
  });
  const client = await shop.outbound('client-0', 'web:80');
  const stranger = await shop.outbound('stranger-0', 'web:80');
  assert.equal((await call(stranger, '/')).status, 200);
  await using load = new Load({ port: client });
  shop.folder.write(
    'policy.yaml',
    `apiVersion: weft.dev/v1alpha1
kind: AuthorizationPolicy
metadata: { name: client-only, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: web }]
  rules: [{ from: [{ serviceAccounts: [client] }] }]
`,
  );
  await eventually('the stranger is refused', async () => (await call(stranger, '/')).status === 403);
  const refused = await call(stranger, '/');
  assert.equal(refused.flag, 'UAEX');
  assert.equal((await call(await shop.inbound('web-0'), '/')).status, 403, 'without an identity too');
  await assertNothingLost(t, load);
});

test('certificates that live for seconds are renewed under load, and no request notices', async (t) => {
  process.env['WEFT_CERTIFICATE_TTL'] = '6s';
  t.after(() => delete process.env['WEFT_CERTIFICATE_TTL']);
  await using shop = await Shop.start({});
  const port = await shop.inbound('web-0');
  const outbound = await shop.outbound('client-0', 'web:80');
  await using load = new Load({ port: outbound });
  const serials = new Set<string>();
  // Three renewals: the first certificate has expired by then.
  await eventually(
    'the fourth certificate',
    async () => {
      serials.add((await certificateOf(port)).serialNumber);
      return serials.size >= 4;
    },
    100,
  );
  // More at once than there are connections: new ones are made with the new certificates.
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(outbound, '/slow')));
  assert.ok(answers.every(({ status }) => status === 200));
  t.diagnostic(`${serials.size} certificates`);
  await assertNothingLost(t, load);
});

/** What a sidecar shows to a peer, as far as one without a certificate gets. */
function certificateOf(port: number): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: [MESH_ALPN.http1] };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
