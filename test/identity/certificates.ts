// Certificates that no authority of ours would sign, for the tests of who is refused. Made with the library that
// the authority uses, and with the mesh's own root key where that is the point.

import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { generateWorkloadKey, privateKeyPem } from '@weft/proxy/identity/csr';
import { fixedIdentity, type IdentitySource, type MeshIdentity } from '@weft/proxy/identity/mesh-identity';
import { parseSpiffeId } from '@weft/proxy/identity/spiffe';
import type { TestMesh } from '../xds/mesh.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

export interface Authority {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

/** The mesh's own authority, with its key. */
export async function meshAuthority(mesh: TestMesh): Promise<Authority> {
  const pem = await readFile(join(mesh.folder, 'ca', 'root.pem'), 'utf8');
  const key = pem.slice(pem.indexOf('-----BEGIN PRIVATE KEY-----'));
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  return {
    certificate: new X509Certificate(pem.slice(0, pem.indexOf('-----BEGIN PRIVATE KEY-----'))),
    key: await webcrypto.subtle.importKey('pkcs8', der, P256, false, ['sign']),
  };
}

/** An authority that nobody in the mesh knows. */
export async function rogueAuthority(): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=mesh.test root',
    keys,
    signingAlgorithm: SIGNING,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return { certificate, key: keys.privateKey };
}

export interface LeafOptions {
  readonly uris: readonly string[];
  /** Milliseconds from now; default one hour before and after. */
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  /** What the owner of the certificate trusts. */
  readonly roots: readonly string[];
}

/** An identity with exactly these names, whether right or not. */
export async function leafOf(issuer: Authority, options: LeafOptions): Promise<IdentitySource> {
  const { uris, notBeforeMs = -HOUR_MS, notAfterMs = HOUR_MS, roots } = options;
  const key = generateWorkloadKey();
  const spki = key.publicKey.export({ type: 'spki', format: 'der' });
  const publicKey = await webcrypto.subtle.importKey('spki', spki, P256, true, ['verify']);
  const names = uris.map((value) => ({ type: 'url' as const, value }));
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=rogue',
    issuer: issuer.certificate.subjectName,
    notBefore: new Date(Date.now() + notBeforeMs),
    notAfter: new Date(Date.now() + notAfterMs),
    publicKey,
    signingKey: issuer.key,
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  // What it claims to be for its own side, which is not under test.
  const id = parseSpiffeId('spiffe://mesh.test/ns/bookshop/sa/rogue');
  if (id === undefined) throw new Error('not a SPIFFE id');
  const identity: MeshIdentity = {
    id,
    privateKey: privateKeyPem(key),
    chain: `${certificate.toString('pem')}\n`,
    roots,
    notBefore: 0,
    notAfter: Number.MAX_SAFE_INTEGER,
  };
  return fixedIdentity(identity);
}
