// A certificate of a server's own, self-signed: for TLS between the applications, inside the mesh's.

import { webcrypto } from 'node:crypto';
import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 3_600_000;

/** Writes both into the folder, for its owner's eyes only: servers refuse a key that others can read. */
export async function writeTlsFiles(folder: string): Promise<TlsFiles> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost',
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const files = { certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') };
  const { uid, gid } = statSync(folder);
  for (const [path, text] of [
    [files.certificate, certificate.toString('pem')],
    [files.key, x509.PemConverter.encode(key, 'PRIVATE KEY')],
  ] as const) {
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    chownSync(path, uid, gid);
  }
  return files;
}
