import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Inbound } from '@weft/api/proxy-config/types';
import { SIGN_CERTIFICATE_METHOD } from '@weft/common/xds/certificate-service';
import { DELTA_ADS_METHOD } from '@weft/common/xds/discovery';
import { CertificateAuthority } from '@weft/control-plane/identity/ca';
import { mintLocalToken, signLocalToken } from '@weft/control-plane/identity/local-token';
import { folderRootStore } from '@weft/control-plane/identity/root-store';
import { GrpcChannel } from '@weft/proxy/xds/grpc-channel';
import { GRPC_STATUS, type GrpcStatus } from '@weft/proxy/xds/grpc-status';
import { SECRET, SHOP, SHOP_ID, TestMesh, viewOf } from './mesh.ts';

const NOW = Math.floor(Date.now() / 1000);
const CLAIMS = {
  iss: 'weft-local',
  aud: 'weft',
  iat: NOW,
  exp: NOW + 60,
  ns: 'bookshop',
  sa: 'shop',
  pod: 'shop-0',
};

function inbound(pod: string): Inbound {
  return { name: `bookshop/${pod}`, workload: { ...SHOP.workload, pod }, ports: [] };
}

/** How the server ends a call on which nothing is said. */
function refusalOf(channel: GrpcChannel): Promise<GrpcStatus> {
  return new Promise((resolve, reject) => {
    channel.stream(DELTA_ADS_METHOD, {
      onOpen: () => reject(new Error('the stream was accepted')),
      onMessage: () => {},
      onEnd: resolve,
    });
  });
}

const REFUSED: readonly (readonly [what: string, token: string, message: RegExp])[] = [
  ['no token', '', /"authorization: Bearer TOKEN" is needed/],
  ['words', 'let-me-in', /not a signed token/],
  [
    'a token of another secret',
    mintLocalToken('another secret, as long as the one of the mesh', SHOP),
    /not signed/,
  ],
  ['an expired token', signLocalToken(SECRET, { ...CLAIMS, exp: NOW - 1 }), /has expired/],
  ['a token without an end', signLocalToken(SECRET, { ...CLAIMS, exp: undefined }), /has expired/],
  [
    'a token for another audience',
    signLocalToken(SECRET, { ...CLAIMS, aud: 'kubernetes' }),
    /for the audience kubernetes/,
  ],
  ['a token of another issuer', signLocalToken(SECRET, { ...CLAIMS, iss: 'other' }), /issued by other/],
  ['a token that names nobody', signLocalToken(SECRET, { ...CLAIMS, sa: '../admin' }), /does not name/],
];

for (const [what, token, message] of REFUSED) {
  test(`${what} opens no stream and gets no certificate`, async () => {
    await using mesh = await TestMesh.create();
    const server = await mesh.server(viewOf());
    const channel = await mesh.channel(server.port, token);
    const status = await refusalOf(channel);
    assert.equal(status.code, GRPC_STATUS.UNAUTHENTICATED);
    assert.match(status.message, message);
    await assert.rejects(channel.unary(SIGN_CERTIFICATE_METHOD, Buffer.alloc(0), 5000), {
      code: GRPC_STATUS.UNAUTHENTICATED,
      message,
    });
    assert.equal(server.counters.refusedCalls, 2);
    assert.deepEqual(server.proxies(), []);
  });
}

test('a proxy may not call itself by the name of another pod', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf({ type: 'Inbound', resource: inbound('other-0') }));
  const { client, sink } = await mesh.client(server.port, {
    node: { id: 'bookshop/other-0', metadata: {} },
    patienceMs: 60_000,
  });
  client.subscribe('Inbound', 'bookshop/other-0');
  while (server.counters.refusedCalls === 0) await new Promise(setImmediate);
  assert.deepEqual(sink.updates, []);
  assert.deepEqual(server.proxies(), []);
});

test('the Inbound of another pod does not exist for a proxy, its own does', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(
    viewOf(
      { type: 'Inbound', resource: inbound('shop-0') },
      { type: 'Inbound', resource: inbound('other-0') },
    ),
  );
  const { client, sink } = await mesh.client(server.port);
  client.subscribe('Inbound', SHOP_ID);
  client.subscribe('Inbound', 'bookshop/other-0');
  await sink.until(() => sink.value('Inbound', 'bookshop/other-0') !== undefined);
  assert.equal(sink.value('Inbound', 'bookshop/other-0'), null);
  assert.deepEqual(sink.value('Inbound', SHOP_ID), inbound('shop-0'));
});

test('a control plane of another root gets no token', async () => {
  await using mesh = await TestMesh.create();
  const store = folderRootStore(join(mesh.folder, 'rogue-ca'));
  const rogue = await CertificateAuthority.open({ store, trustDomain: 'mesh.test' });
  const server = await mesh.server(viewOf(), { ca: rogue });
  const status = await refusalOf(await mesh.channel(server.port));
  assert.equal(status.code, GRPC_STATUS.UNAVAILABLE);
  assert.match(status.message, /^control plane 127\.0\.0\.1:\d+: .*(self.signed|unable to verify)/i);
  assert.equal(server.counters.streams + server.counters.refusedCalls, 0);
});

test('a workload of the mesh can not pose as the control plane', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf());
  // By a name that the serving certificate does not have.
  const rootsFile = join(mesh.folder, 'roots.pem');
  const channel = new GrpcChannel({
    address: `127.0.0.2:${server.port}`,
    rootsFile,
    tokenFile: await mesh.tokenFile(),
    connectTimeoutMs: 2000,
  });
  const status = await refusalOf(channel);
  assert.equal(status.code, GRPC_STATUS.UNAVAILABLE);
  channel.close();
});

test('a token file that is gone is a failure that names the file', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf());
  const tokenFile = join(mesh.folder, 'nowhere');
  const rootsFile = mesh.rootsFile;
  const channel = new GrpcChannel({ address: `127.0.0.1:${server.port}`, rootsFile, tokenFile });
  const status = await refusalOf(channel);
  assert.match(status.message, /nowhere/);
  await writeFile(tokenFile, mintLocalToken(SECRET, SHOP));
  await new Promise<void>((resolve) => {
    channel.stream(DELTA_ADS_METHOD, { onOpen: resolve, onMessage: () => {}, onEnd: () => {} });
  });
  channel.close();
});
