import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { Backoff } from '@weft/common/backoff';
import type { Fields, Logger } from '@weft/common/logger/logger';
import { CertificateAuthority } from '@weft/control-plane/identity/ca';
import { mintLocalToken } from '@weft/control-plane/identity/local-token';
import { folderRootStore } from '@weft/control-plane/identity/root-store';
import { controlPlaneSigner } from '@weft/proxy/identity/certificate-signer';
import { IdentityCache } from '@weft/proxy/identity/identity-cache';
import { createMeshClient } from '@weft/proxy/identity/mesh-client';
import type { MeshIdentity } from '@weft/proxy/identity/mesh-identity';
import { MESH_ALPN } from '@weft/proxy/identity/tls-context';
import { WorkloadIdentity } from '@weft/proxy/identity/workload-identity';
import { QUIET, SECRET, SHOP, SHOP_ID, TestMesh, viewOf } from '../xds/mesh.ts';
import { EchoServer, echo } from './mtls.ts';

const URI = 'spiffe://mesh.test/ns/bookshop/sa/shop';

async function identityOf(
  mesh: TestMesh,
  port: number,
  options: {
    readonly cached?: boolean;
    readonly token?: string;
    readonly serviceAccount?: string;
    readonly log?: Logger;
  } = {},
): Promise<WorkloadIdentity> {
  const identity = new WorkloadIdentity({
    namespace: 'bookshop',
    serviceAccount: options.serviceAccount ?? 'shop',
    signer: controlPlaneSigner(await mesh.channel(port, options.token)),
    log: options.log ?? QUIET,
    backoff: new Backoff({ baseMs: 5, capMs: 20 }),
    ...(options.cached === true && { cache: new IdentityCache(join(mesh.folder, 'identity')) }),
  });
  identity.start();
  return identity;
}

test('a workload gets a certificate for the identity of its token', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf());
  await using identity = await identityOf(mesh, server.port);
  const { id, chain, roots } = await identity.ready;
  assert.equal(id.uri, URI);
  assert.deepEqual(roots, mesh.ca.roots);
  const leaf = new X509Certificate(chain);
  assert.equal(leaf.subject, 'CN=shop\nOU=app=shop\nOU=version=v1');
  assert.partialDeepStrictEqual(server.proxies(), [
    {
      id: SHOP_ID,
      connected: false,
      certificate: { identity: URI, notAfter: leaf.validToDate.toISOString() },
    },
  ]);
  assert.equal(server.counters.certificates, 1);
});

test('a certificate for someone else is not taken', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf());
  await using identity = await identityOf(mesh, server.port, { serviceAccount: 'ratings' });
  while (server.counters.certificates < 2) await new Promise(setImmediate);
  assert.equal(identity.current, undefined);
});

test('certificates of seconds are renewed while traffic runs, and no exchange fails', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf(), { leafTtlMs: 3000 });
  await using reviews = await identityOf(mesh, server.port, {
    token: mintLocalToken(SECRET, { ...SHOP, serviceAccount: 'reviews', pod: 'reviews-0' }),
    serviceAccount: 'reviews',
  });
  await using shop = await identityOf(mesh, server.port);
  await Promise.all([reviews.ready, shop.ready]);
  await using upstream = await EchoServer.start(reviews);
  await using client = createMeshClient(shop);
  const renewals: MeshIdentity[] = [];
  for (const identity of [reviews, shop]) identity.onRotate((next) => renewals.push(next));

  const connect = () =>
    new Promise<TLSSocket>((resolve, reject) => {
      client.connect(
        {
          to: { host: '127.0.0.1', port: upstream.port },
          expectedIdentity: 'spiffe://mesh.test/ns/bookshop/sa/reviews',
          alpn: MESH_ALPN.http1,
        },
        (result) =>
          result.kind === 'connected' ? resolve(result.socket) : reject(new Error(JSON.stringify(result))),
      );
    });
  // One connection outlives several certificates, and new ones are made all the time.
  const lasting = await connect();
  const first = shop.current;
  let exchanges = 0;
  // Two of each side: the first certificates have expired, or nearly so.
  while (renewals.length < 4) {
    const fresh = await connect();
    for (const socket of [fresh, lasting]) {
      assert.equal(await echo(socket, 'hello'), 'hello');
      exchanges++;
    }
    fresh.destroy();
    assert.equal((await upstream.verdict()).kind, 'admitted');
  }
  assert.ok(exchanges > 4);
  assert.notEqual(shop.current?.chain, first?.chain);
  assert.notEqual(shop.current?.privateKey, first?.privateKey);
  lasting.destroy();
});

test('while the control plane is away the old certificate serves on, and is renewed when it is back', async () => {
  await using mesh = await TestMesh.create();
  const first = await mesh.server(viewOf(), { leafTtlMs: 3000 });
  const failed = Promise.withResolvers<string>();
  const log = {
    ...QUIET,
    info: () => {},
    warn: (_message: string, fields?: Fields) => failed.resolve(String(fields?.['reason'])),
  };
  await using identity = await identityOf(mesh, first.port, { log });
  const { chain } = await identity.ready;
  await first.close();
  assert.match(await failed.promise, /^control plane 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  assert.equal(identity.current?.chain, chain);

  const renewed = Promise.withResolvers<void>();
  identity.onRotate(() => renewed.resolve());
  await mesh.server(viewOf(), { port: first.port });
  await renewed.promise;
  assert.notEqual(identity.current?.chain, chain);
});

test('a restarted proxy serves with what it kept while the control plane is away, and renews when it is back', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf());
  const before = await identityOf(mesh, server.port, { cached: true });
  const { chain } = await before.ready;
  await before.close();
  await server.close();
  const file = join(mesh.folder, 'identity', 'identity.json');
  assert.equal((await stat(join(mesh.folder, 'identity'))).mode & 0o777, 0o700);
  assert.equal((await stat(file)).mode & 0o777, 0o600);

  await using after = await identityOf(mesh, server.port, { cached: true });
  assert.equal((await after.ready).chain, chain);

  // The mesh's root is another one now: what was kept is of no use with it.
  const store = folderRootStore(join(mesh.folder, 'new-ca'));
  const ca = await CertificateAuthority.open({ store, trustDomain: 'mesh.test' });
  await writeFile(mesh.rootsFile, ca.roots.join(''));
  await mesh.server(viewOf(), { port: server.port, ca });
  const renewed = Promise.withResolvers<void>();
  after.setRoots(ca.roots);
  assert.deepEqual(after.current?.roots, ca.roots);
  after.onRotate(() => renewed.resolve());
  await renewed.promise;
  const leaf = new X509Certificate(after.current?.chain ?? '');
  assert.ok(leaf.verify(new X509Certificate(ca.roots[0] ?? '').publicKey));
});

test('roots that the mesh adds are trusted at once, without a new certificate', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf());
  await using identity = await identityOf(mesh, server.port);
  const { chain } = await identity.ready;
  const store = folderRootStore(join(mesh.folder, 'next-ca'));
  const next = await CertificateAuthority.open({ store, trustDomain: 'mesh.test' });
  const rotated: (readonly string[])[] = [];
  identity.onRotate(({ roots }) => rotated.push(roots));
  const both = [...mesh.ca.roots, ...next.roots];
  identity.setRoots(both);
  identity.setRoots([...both]);
  assert.deepEqual(rotated, [both]);
  assert.equal(identity.current?.chain, chain);
  assert.equal(server.counters.certificates, 1);
});

test('a kept certificate that is broken, expired or of another workload is not used', async () => {
  await using mesh = await TestMesh.create();
  const server = await mesh.server(viewOf(), { leafTtlMs: 300 });
  const file = join(mesh.folder, 'identity', 'identity.json');
  const first = await identityOf(mesh, server.port, { cached: true });
  await first.ready;
  await first.close();
  await server.close();
  const kept = await readFile(file, 'utf8');

  const other = await identityOf(mesh, server.port, { cached: true, serviceAccount: 'ratings' });
  assert.equal(other.current, undefined);
  await other.close();
  await writeFile(file, kept.replace('PRIVATE', 'PRIVATE PRIVATE'));
  const broken = await identityOf(mesh, server.port, { cached: true });
  assert.equal(broken.current, undefined);
  await broken.close();
  await writeFile(file, kept);
  const until = new X509Certificate(JSON.parse(kept).chain).validToDate.getTime();
  while (Date.now() <= until) await once(AbortSignal.timeout(until - Date.now() + 1), 'abort');
  const expired = await identityOf(mesh, server.port, { cached: true });
  assert.equal(expired.current, undefined);
  await expired.close();
  await assert.rejects(expired.ready, /closed before there was an identity/);
});
