import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  BasicConstraintsExtension,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { CertificateAuthority } from './ca.ts';
import { folderRootStore, type RootStore } from './root-store.ts';
import type { WorkloadIdentity } from './token.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

const SHOP: WorkloadIdentity = {
  kind: 'identity',
  namespace: 'bookshop',
  serviceAccount: 'shop',
  pod: 'shop-0',
  workload: { namespace: 'bookshop', name: 'shop', app: 'storefront', version: 'v2' },
};

async function withAuthority(
  run: (ca: CertificateAuthority, folder: string) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'weft-ca-'));
  try {
    const folder = join(root, 'ca');
    const store = folderRootStore(folder);
    await run(await CertificateAuthority.open({ store, trustDomain: 'mesh.test' }), folder);
  } finally {
    await rm(root, { recursive: true });
  }
}

/** A request that asks for more than it gets. */
async function csrOf(algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams = P256) {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const signingAlgorithm = { name: algorithm.name, hash: 'SHA-256' };
  const names = new SubjectAlternativeNameExtension([
    { type: 'url', value: 'spiffe://mesh.test/ns/kube-system/sa/admin' },
    { type: 'dns', value: 'localhost' },
  ]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=admin',
    keys,
    signingAlgorithm,
    extensions: [names],
  });
  return request.toString('pem');
}

async function signed(ca: CertificateAuthority, options: { ttlMs?: number } = {}): Promise<X509Certificate> {
  const result = await ca.sign(await csrOf(), SHOP, options);
  if (result.kind === 'refused') throw new Error(result.message);
  return new X509Certificate(result.chain);
}

test('a leaf is for who the token says, whatever the request asks for', () =>
  withAuthority(async (ca) => {
    const leaf = await signed(ca);
    assert.equal(leaf.subjectAltName, 'URI:spiffe://mesh.test/ns/bookshop/sa/shop');
    assert.equal(leaf.subject, 'CN=shop\nOU=app=storefront\nOU=version=v2');
    const root = new X509Certificate(ca.roots[0] ?? '');
    assert.ok(leaf.checkIssued(root) && leaf.verify(root.publicKey));
    assert.equal(leaf.ca, false);
    // Client and server authentication (RFC 5280 4.2.1.12).
    assert.deepEqual(leaf.keyUsage?.toSorted(), ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  }));

test('a leaf begins a minute ago and lives a day, or as long as asked', () =>
  withAuthority(async (ca) => {
    const before = Date.now();
    const leaf = await signed(ca);
    const start = leaf.validFromDate.getTime();
    assert.ok(start <= before - 59_000 && start >= before - 65_000);
    const end = leaf.validToDate.getTime() - before;
    assert.ok(end >= 86_400_000 && end < 86_410_000);
    const short = await signed(ca, { ttlMs: 5000 });
    const life = short.validToDate.getTime() - Date.now();
    assert.ok(life > 3000 && life < 6000);
    const long = await signed(ca, { ttlMs: 100 * 365 * 86_400_000 });
    assert.ok(long.validToDate <= ca.rootNotAfter);
  }));

test('serial numbers are positive and do not repeat', () =>
  withAuthority(async (ca) => {
    const serials = await Promise.all([1, 2, 3, 4].map(async () => (await signed(ca)).serialNumber));
    assert.equal(new Set(serials).size, 4);
    for (const serial of serials)
      assert.ok(serial.length <= 32 && Number.parseInt(serial.slice(0, 2), 16) < 0x80);
  }));

test('the root is for its trust domain, ten years, and only for certificates', () =>
  withAuthority(async (ca) => {
    const root = new X509Certificate(ca.roots[0] ?? '');
    assert.equal(root.ca, true);
    assert.equal(root.subjectAltName, 'URI:spiffe://mesh.test');
    const years = (root.validToDate.getTime() - Date.now()) / (365 * 86_400_000);
    assert.ok(years > 9.9 && years < 10.1);
    assert.equal(ca.rootWarning, undefined);
  }));

test("the control plane's certificate is for host names, and no identity of the mesh", () =>
  withAuthority(async (ca) => {
    const { chain, privateKey } = await ca.issueServing({
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
    });
    const leaf = new X509Certificate(chain);
    assert.equal(leaf.checkHost('localhost'), 'localhost');
    assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(leaf.checkIP('::1'), '::1');
    assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.ok(!leaf.subjectAltName?.includes('URI:'));
    assert.ok(leaf.checkPrivateKey(createPrivateKey(privateKey)));
  }));

test('a request that is not signed by its own key, or not of P-256, is refused', () =>
  withAuthority(async (ca) => {
    const forged = Buffer.from((await csrOf()).replace(/-----.*-----|\n/g, ''), 'base64');
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const refused = async (csr: string) => {
      const result = await ca.sign(csr, SHOP);
      return result.kind === 'refused' ? result.message : 'signed';
    };
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${forged.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    assert.match(await refused(pem), /not signed by its own key/);
    assert.match(await refused(await csrOf({ name: 'ECDSA', namedCurve: 'P-384' })), /not ECDSA P-256/);
    const rsa = {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: 'SHA-256',
    };
    assert.match(await refused(await csrOf(rsa)), /not ECDSA P-256/);
    assert.match(await refused('not a request'), /can not be read/);
    assert.match(await refused(''), /can not be read/);
    assert.match(await refused('x'.repeat(20_000)), /over 16384 bytes/);
  }));

test('a workload name with odd characters stays one name', () =>
  withAuthority(async (ca) => {
    const odd = { namespace: 'bookshop', name: 'a,CN=b"\\c', app: '#414243', version: '+OU=app=x' };
    const result = await ca.sign(await csrOf(), { ...SHOP, workload: odd });
    const leaf = new X509Certificate(result.kind === 'signed' ? result.chain : '');
    assert.deepEqual(
      { ...leaf.toLegacyObject().subject },
      { CN: 'a,CN=b"\\c', OU: ['app=#414243', 'version=+OU=app=x'] },
    );
  }));

test('the root is kept for us alone and used again', () =>
  withAuthority(async (ca, folder) => {
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, 'root.pem'))).mode & 0o777, 0o600);
    const again = await CertificateAuthority.open({
      store: folderRootStore(folder),
      trustDomain: 'mesh.test',
    });
    assert.deepEqual(again.roots, ca.roots);
    const root = new X509Certificate(ca.roots[0] ?? '');
    assert.ok((await signed(again)).verify(root.publicKey));
  }));

test('of two control planes that start at once, both use the one root', async () => {
  const root = await mkdtemp(join(tmpdir(), 'weft-ca-'));
  try {
    const open = () =>
      CertificateAuthority.open({ store: folderRootStore(join(root, 'ca')), trustDomain: 'mesh.test' });
    const authorities = await Promise.all([open(), open(), open()]);
    assert.equal(new Set(authorities.map(({ roots }) => roots[0])).size, 1);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('a root that others may read, of another trust domain, or broken, is refused with what to do', () =>
  withAuthority(async (_ca, folder) => {
    const open = (trustDomain = 'mesh.test') =>
      CertificateAuthority.open({ store: folderRootStore(folder), trustDomain });
    await assert.rejects(
      open('other.test'),
      /is for spiffe:\/\/mesh\.test, the mesh is spiffe:\/\/other\.test/,
    );
    const file = join(folder, 'root.pem');
    await chmod(file, 0o640);
    await assert.rejects(open(), /root\.pem is open to other users \(mode 640\).*chmod/);
    await chmod(file, 0o600);
    await chmod(folder, 0o755);
    await assert.rejects(open(), /is open to other users \(mode 755\)/);
    await chmod(folder, 0o700);
    const pem = await readFile(file, 'utf8');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const otherKey = privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(file, pem.slice(0, pem.indexOf('-----BEGIN PRIVATE')) + otherKey);
    await assert.rejects(open(), /the key in .* is not that of the certificate beside it/);
    await writeFile(file, pem.slice(0, 100));
    await assert.rejects(open(), /does not hold a certificate and a key/);
  }));

/** A root that ends so many days from now. */
async function storeOf(days: number): Promise<RootStore> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=root',
    keys,
    notBefore: new Date(Date.now() - 400 * 86_400_000),
    notAfter: new Date(Date.now() + (days + 0.5) * 86_400_000),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new SubjectAlternativeNameExtension([{ type: 'url', value: 'spiffe://mesh.test' }]),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const privateKey = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
  const root = { certificate: certificate.toString('pem'), privateKey };
  return { place: 'the test', load: async () => root, create: async () => false };
}

test('a root that ends within half a year is warned of, one that has ended is refused', async () => {
  const open = async (days: number) =>
    CertificateAuthority.open({ store: await storeOf(days), trustDomain: 'mesh.test' });
  assert.equal((await open(200)).rootWarning, undefined);
  assert.match((await open(100)).rootWarning ?? '', /ends in 100 days/);
  await assert.rejects(open(-2), /root in the test expired at/);
});

test('a leaf does not outlive the root', async () => {
  const ca = await CertificateAuthority.open({ store: await storeOf(1), trustDomain: 'mesh.test' });
  const leaf = await signed(ca, { ttlMs: 10 * 86_400_000 });
  assert.ok(leaf.validToDate.getTime() <= ca.rootNotAfter.getTime() + 1000);
});
