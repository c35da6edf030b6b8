// The certificates of the two sidecars in the mTLS scenarios: one root and two SPIFFE leaves on P-256, made anew
// for each run, in PEM files as every proxy reads them.
import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { writeScratch } from './workspace.ts';

export interface Identity {
  readonly spiffeId: string;
  /** Also in the certificate as a DNS name, for proxies that check nothing else. */
  readonly dnsName: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Certificate and key in one file, as HAProxy wants them. */
  readonly bundleFile: string;
}

export interface Certificates {
  readonly trustDomain: string;
  readonly rootsFile: string;
  /** PEM of the one root. */
  readonly root: string;
  /** The calling sidecar and the called one. */
  readonly outbound: Identity;
  readonly inbound: Identity;
}

const TRUST_DOMAIN = 'cluster.local';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const LIFETIME_MS = 7 * 24 * 3_600_000;

/** Makes them in this folder of the bench's own; a run must not find those of another replaced. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const rootKeys = await generateKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Weft bench root',
    keys: rootKeys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  return {
    trustDomain: TRUST_DOMAIN,
    rootsFile: writeScratch(folder, 'roots.pem', root.toString('pem')),
    root: root.toString('pem'),
    outbound: await makeIdentity(folder, 'outbound', root, rootKeys.privateKey),
    inbound: await makeIdentity(folder, 'inbound', root, rootKeys.privateKey),
  };
}

async function makeIdentity(
  folder: string,
  name: string,
  root: x509.X509Certificate,
  signingKey: CryptoKey,
): Promise<Identity> {
  const spiffeId = `spiffe://${TRUST_DOMAIN}/ns/bench/sa/${name}`;
  const dnsName = `${name}.bench`;
  const keys = await generateKeys();
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const certificate = await x509.X509CertificateGenerator.create({
    issuer: root.subject,
    subject: `CN=${name}`,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'url', value: spiffeId },
        { type: 'dns', value: dnsName },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(root),
    ],
  });
  const key = x509.PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
    'PRIVATE KEY',
  );
  const pem = `${certificate.toString('pem')}\n`;
  return {
    spiffeId,
    dnsName,
    certificateFile: writeScratch(folder, `${name}.pem`, pem),
    keyFile: writeScratch(folder, `${name}.key`, `${key}\n`),
    bundleFile: writeScratch(folder, `${name}.bundle.pem`, `${pem}${key}\n`),
  };
}

function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  // A minute back, for clocks that disagree.
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + LIFETIME_MS) };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}
