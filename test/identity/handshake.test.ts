import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { IdentitySource } from '@weft/proxy/identity/mesh-identity';
import { type PeerRefusalReason, peerOf } from '@weft/proxy/identity/mesh-peer';
import { MESH_ALPN, secureContextOptions } from '@weft/proxy/identity/tls-context';
import { TestMesh } from '../xds/mesh.ts';
import { leafOf, meshAuthority, rogueAuthority } from './certificates.ts';
import { closed, connectOnce, EchoServer, echo, workload } from './mtls.ts';

const REVIEWS = 'spiffe://mesh.test/ns/bookshop/sa/reviews';
const SHOP = 'spiffe://mesh.test/ns/bookshop/sa/shop';

test('two workloads of the mesh know each other and talk TLS 1.3', async () => {
  await using mesh = await TestMesh.create();
  await using server = await EchoServer.start(await workload(mesh, 'reviews'));
  const result = await connectOnce(await workload(mesh, 'shop'), server.port, REVIEWS, async (socket) => {
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    assert.equal(await echo(socket, 'hello'), 'hello');
  });
  assert.partialDeepStrictEqual(result, {
    kind: 'connected',
    peer: {
      identity: REVIEWS,
      namespace: 'bookshop',
      workload: { namespace: 'bookshop', name: 'reviews', app: 'app, of "odd" name', version: 'v1' },
    },
  });
  assert.partialDeepStrictEqual(await server.verdict(), {
    kind: 'admitted',
    protocol: 'http1',
    peer: { identity: SHOP, namespace: 'bookshop', workload: { name: 'shop' } },
  });
});

/** Certificates that must not be taken, for one side at a time. */
const ROGUES: readonly {
  readonly what: string;
  readonly reason: PeerRefusalReason;
  readonly make: (mesh: TestMesh) => Promise<IdentitySource>;
}[] = [
  {
    what: 'a certificate of another authority',
    reason: 'untrusted',
    make: async (mesh) => leafOf(await rogueAuthority(), { uris: [REVIEWS], roots: mesh.ca.roots }),
  },
  {
    what: 'an expired certificate',
    reason: 'expired',
    make: async (mesh) =>
      leafOf(await meshAuthority(mesh), { uris: [REVIEWS], notAfterMs: -1000, roots: mesh.ca.roots }),
  },
  {
    what: 'a certificate that is not valid yet',
    reason: 'expired',
    make: async (mesh) =>
      leafOf(await meshAuthority(mesh), { uris: [REVIEWS], notBeforeMs: 60_000, roots: mesh.ca.roots }),
  },
  {
    what: 'a certificate with two URI names, the right one first',
    reason: 'no_identity',
    make: async (mesh) => leafOf(await meshAuthority(mesh), { uris: [REVIEWS, SHOP], roots: mesh.ca.roots }),
  },
  {
    what: 'a certificate without a name',
    reason: 'no_identity',
    make: async (mesh) => leafOf(await meshAuthority(mesh), { uris: [], roots: mesh.ca.roots }),
  },
  {
    what: 'a certificate whose URI is no workload of a mesh',
    reason: 'no_identity',
    make: async (mesh) =>
      leafOf(await meshAuthority(mesh), { uris: ['spiffe://mesh.test/reviews'], roots: mesh.ca.roots }),
  },
  {
    what: 'the mesh root itself, with its key',
    reason: 'no_identity',
    make: async (mesh) =>
      leafOf(await meshAuthority(mesh), { uris: ['spiffe://mesh.test'], roots: mesh.ca.roots }),
  },
];

for (const { what, reason, make } of ROGUES) {
  test(`a client refuses a server with ${what}`, async () => {
    await using mesh = await TestMesh.create();
    await using server = await EchoServer.start(await make(mesh));
    const result = await connectOnce(await workload(mesh, 'shop'), server.port, REVIEWS);
    assert.partialDeepStrictEqual(result, { kind: 'refused', reason });
  });

  test(`a server refuses a client with ${what}`, async () => {
    await using mesh = await TestMesh.create();
    await using server = await EchoServer.start(await workload(mesh, 'reviews'));
    // In TLS 1.3 the client is through before the server has judged it: what counts is that nothing is answered.
    await connectOnce(await make(mesh), server.port, REVIEWS, async (socket) => {
      let answered = '';
      socket.on('data', (chunk) => {
        answered += chunk;
      });
      socket.write('let me in');
      await closed(socket);
      assert.equal(answered, '');
    });
    assert.partialDeepStrictEqual(await server.verdict(), { kind: 'refused', reason });
  });
}

test('a workload of another trust domain is refused by both sides, though the authority is trusted', async () => {
  await using mesh = await TestMesh.create();
  const stranger = 'spiffe://other.test/ns/bookshop/sa/reviews';
  const foreign = await leafOf(await meshAuthority(mesh), { uris: [stranger], roots: mesh.ca.roots });
  {
    await using server = await EchoServer.start(foreign);
    const result = await connectOnce(await workload(mesh, 'shop'), server.port, stranger);
    assert.partialDeepStrictEqual(result, { kind: 'refused', reason: 'trust_domain' });
  }
  await using server = await EchoServer.start(await workload(mesh, 'reviews'));
  await connectOnce(foreign, server.port, REVIEWS, closed);
  assert.partialDeepStrictEqual(await server.verdict(), { kind: 'refused', reason: 'trust_domain' });
});

test('a client refuses a workload of the mesh that is not the one expected', async () => {
  await using mesh = await TestMesh.create();
  await using server = await EchoServer.start(await workload(mesh, 'ratings'));
  const result = await connectOnce(await workload(mesh, 'shop'), server.port, REVIEWS);
  assert.partialDeepStrictEqual(result, { kind: 'refused', reason: 'wrong_identity' });
  assert.match(
    result.kind === 'refused' ? result.message : '',
    /is spiffe:.*ratings, expected spiffe:.*reviews/,
  );
});

test('an expected identity is not matched by its beginning or by another case', async () => {
  await using mesh = await TestMesh.create();
  await using server = await EchoServer.start(await workload(mesh, 'reviews'));
  for (const expected of [REVIEWS.slice(0, -1), `${REVIEWS}-v2`, REVIEWS.toUpperCase(), '', '*']) {
    const result = await connectOnce(await workload(mesh, 'shop'), server.port, expected);
    assert.partialDeepStrictEqual(result, { kind: 'refused', reason: 'wrong_identity' }, expected);
  }
});

test('a server refuses a client that shows no certificate', async () => {
  await using mesh = await TestMesh.create();
  await using server = await EchoServer.start(await workload(mesh, 'reviews'));
  const socket = connectTls({
    port: server.port,
    host: '127.0.0.1',
    ALPNProtocols: [MESH_ALPN.http1],
    rejectUnauthorized: false,
  });
  await closed(socket);
  assert.partialDeepStrictEqual(await server.verdict(), { kind: 'refused', reason: 'no_certificate' });
});

for (const [what, protocols] of [
  ['no application protocol', []],
  ["an application's own protocol", ['http/1.1', 'h2']],
] as const) {
  test(`a server refuses a client of the mesh that asks for ${what}`, async () => {
    await using mesh = await TestMesh.create();
    await using server = await EchoServer.start(await workload(mesh, 'reviews'));
    const identity = (await workload(mesh, 'shop')).current;
    const socket = connectTls({
      port: server.port,
      host: '127.0.0.1',
      key: identity?.privateKey,
      cert: identity?.chain,
      ALPNProtocols: [...protocols],
      rejectUnauthorized: false,
    });
    await closed(socket);
    assert.partialDeepStrictEqual(await server.verdict(), { kind: 'refused', reason: 'alpn' });
  });
}

test('a peer that TLS was not told to refuse is still nobody', async () => {
  await using mesh = await TestMesh.create();
  const own = (await workload(mesh, 'reviews')).current;
  const rogue = (await leafOf(await rogueAuthority(), { uris: [SHOP], roots: mesh.ca.roots })).current;
  assert.ok(own && rogue);
  const careless = { requestCert: true, rejectUnauthorized: false };
  const server = createTlsServer({ ...secureContextOptions(own), ...careless });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const client = connectTls({
    port,
    host: '127.0.0.1',
    key: rogue.privateKey,
    cert: rogue.chain,
    ca: [...mesh.ca.roots],
    checkServerIdentity: () => undefined,
  });
  const [socket] = await accepted;
  assert.partialDeepStrictEqual(peerOf(socket, 'mesh.test'), { kind: 'refused', reason: 'untrusted' });
  client.destroy();
  socket.destroy();
  server.close();
});

test('a server refuses TLS 1.2', async () => {
  await using mesh = await TestMesh.create();
  await using server = await EchoServer.start(await workload(mesh, 'reviews'));
  const identity = (await workload(mesh, 'shop')).current;
  const socket = connectTls({
    port: server.port,
    host: '127.0.0.1',
    key: identity?.privateKey,
    cert: identity?.chain,
    ALPNProtocols: [MESH_ALPN.http1],
    maxVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
  await closed(socket);
  assert.partialDeepStrictEqual(await server.verdict(), { kind: 'refused', reason: 'handshake' });
});

test('a server reports what is no TLS at all, and a client that leaves', async () => {
  await using mesh = await TestMesh.create();
  await using server = await EchoServer.start(await workload(mesh, 'reviews'));
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001']) {
    const socket = connectPlain(server.port, '127.0.0.1').on('error', () => {});
    socket.end(bytes);
    assert.partialDeepStrictEqual(await server.verdict(), { kind: 'refused', reason: 'handshake' });
    socket.destroy();
  }
});

test('a client that can not connect, or is given up, says so once', async () => {
  await using mesh = await TestMesh.create();
  const server = await EchoServer.start(await workload(mesh, 'reviews'));
  const { port } = server;
  await server[Symbol.asyncDispose]();
  const result = await connectOnce(await workload(mesh, 'shop'), port, REVIEWS);
  assert.equal(result.kind, 'failed');
  assert.equal(result.kind === 'failed' && result.error.code, 'ECONNREFUSED');
});
