// The built-in certificate authority. The only file that imports @peculiar/x509 (and the reflect-metadata that it
// needs first).

import 'reflect-metadata';
import {
  createPrivateKey,
  type KeyObject,
  X509Certificate as NodeCertificate,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  Pkcs10CertificateRequest,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { spiffeId } from '../model/spiffe-id.ts';
import type { RootStore, StoredRoot } from './root-store.ts';
import type { WorkloadIdentity } from './token.ts';

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const ROOT_LIFE_MS = 10 * 365 * DAY_MS;
const ROOT_WARNING_MS = 180 * DAY_MS;
const DEFAULT_LEAF_LIFE_MS = DAY_MS;
/** Leaves begin a little before now, for clocks that are behind; short ones (tests) by a tenth of their life. */
const MAX_BACKDATE_MS = 60_000;
const MAX_CSR_LENGTH = 16 * 1024;

export interface SignedCertificate {
  readonly kind: 'signed';
  /** PEM, leaf first. */
  readonly chain: string;
  /** SPIFFE id. */
  readonly identity: string;
  readonly notAfter: Date;
}

export interface CsrRefusal {
  readonly kind: 'refused';
  readonly message: string;
}

/** A key and its certificate, for a server of ours. */
export interface ServingCertificate {
  /** PKCS #8 PEM */
  readonly privateKey: string;
  /** PEM, leaf first */
  readonly chain: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface CertificateAuthorityOptions {
  readonly store: RootStore;
  readonly trustDomain: string;
}

export class CertificateAuthority {
  readonly trustDomain: string;
  readonly #root: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(trustDomain: string, root: X509Certificate, key: webcrypto.CryptoKey) {
    this.trustDomain = trustDomain;
    this.#root = root;
    this.#key = key;
  }

  /** Loads the root or makes one. Throws with a message for the user where the kept one can not be used. */
  static async open({ store, trustDomain }: CertificateAuthorityOptions): Promise<CertificateAuthority> {
    let stored = await store.load();
    if (stored === undefined) {
      const created = await createRoot(trustDomain);
      stored = (await store.create(created)) ? created : ((await store.load()) ?? created);
    }
    const root = new X509Certificate(stored.certificate);
    const names = root.getExtension(SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
    const expected = `spiffe://${trustDomain}`;
    if (!names.some((name) => name.type === 'url' && name.value === expected)) {
      const found = names.map((name) => String(name.value)).join(', ');
      throw new Error(
        `the root in ${store.place} is for ${found || 'no trust domain'}, the mesh is ${expected}: ` +
          'set MeshConfig trustDomain back, or delete the folder to get a new root',
      );
    }
    if (root.notAfter.getTime() <= Date.now()) {
      throw new Error(
        `the root in ${store.place} expired at ${root.notAfter.toISOString()}: delete the folder to get a new one`,
      );
    }
    const privateKey = createPrivateKey(stored.privateKey);
    if (!new NodeCertificate(stored.certificate).checkPrivateKey(privateKey)) {
      throw new Error(
        `the key in ${store.place} is not that of the certificate beside it: ` +
          'put the right one back, or delete the folder to get a new root',
      );
    }
    const key = await importPrivateKey(privateKey);
    return new CertificateAuthority(trustDomain, root, key);
  }

  /** PEM, one certificate each. */
  get roots(): readonly string[] {
    return [`${this.#root.toString('pem')}\n`];
  }

  get rootNotAfter(): Date {
    return this.#root.notAfter;
  }

  /** Set when the root ends within half a year: what to tell the operator. */
  get rootWarning(): string | undefined {
    const left = this.#root.notAfter.getTime() - Date.now();
    if (left > ROOT_WARNING_MS) return undefined;
    const days = Math.max(0, Math.floor(left / DAY_MS));
    return `the mesh's root certificate ends in ${days} days, at ${this.#root.notAfter.toISOString()}: replace it`;
  }

  /**
   * Signs a workload's certificate. `identity` comes from the caller's token; of the request only the public key
   * is used, once its signature proves that the caller has the private one. `ttlMs`: default 24 h, never beyond
   * the root's end.
   */
  async sign(
    csr: string,
    identity: WorkloadIdentity,
    options: { readonly ttlMs?: number } = {},
  ): Promise<SignedCertificate | CsrRefusal> {
    const publicKey = await provenKey(csr);
    if ('kind' in publicKey) return publicKey;
    const uri = spiffeId(this.trustDomain, identity.namespace, identity.serviceAccount);
    const leaf = await this.#issue({
      publicKey,
      subject: subjectOf(identity),
      names: [{ type: 'url', value: uri }],
      usages: [ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth],
      ttlMs: options.ttlMs ?? DEFAULT_LEAF_LIFE_MS,
    });
    return { kind: 'signed', chain: pemOf(leaf), identity: uri, notAfter: leaf.notAfter };
  }

  /** A certificate of the control plane's own servers. It has no SPIFFE id, so that no mesh peer takes it. */
  async issueServing(options: {
    readonly dnsNames: readonly string[];
    readonly ipAddresses: readonly string[];
    readonly ttlMs?: number;
  }): Promise<ServingCertificate> {
    const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
    const leaf = await this.#issue({
      publicKey: keys.publicKey,
      subject: nameOf([['CN', 'weft-control-plane']]),
      names: [
        ...options.dnsNames.map((value) => ({ type: 'dns' as const, value })),
        ...options.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
      ],
      usages: [ExtendedKeyUsage.serverAuth],
      ttlMs: options.ttlMs ?? DEFAULT_LEAF_LIFE_MS,
    });
    const { notBefore, notAfter } = leaf;
    return { privateKey: await exportPrivateKey(keys.privateKey), chain: pemOf(leaf), notBefore, notAfter };
  }

  async #issue(leaf: {
    readonly publicKey: PublicKey | webcrypto.CryptoKey;
    readonly subject: Name;
    readonly names: JsonGeneralName[];
    readonly usages: ExtendedKeyUsage[];
    readonly ttlMs: number;
  }): Promise<X509Certificate> {
    const now = Date.now();
    const start = now - Math.min(MAX_BACKDATE_MS, leaf.ttlMs / 10);
    const end = Math.min(now + leaf.ttlMs, this.#root.notAfter.getTime());
    return X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      issuer: this.#root.subjectName,
      subject: leaf.subject,
      // Certificates know whole seconds (RFC 5280 4.1.2.5): no leaf is shorter than asked for.
      notBefore: new Date(Math.floor(start / 1000) * 1000),
      notAfter: new Date(Math.ceil(end / 1000) * 1000),
      publicKey: leaf.publicKey,
      signingKey: this.#key,
      signingAlgorithm: SIGNING_ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(leaf.usages),
        new SubjectAlternativeNameExtension(leaf.names),
        await SubjectKeyIdentifierExtension.create(leaf.publicKey),
        await AuthorityKeyIdentifierExtension.create(this.#root),
      ],
    });
  }
}

async function createRoot(trustDomain: string): Promise<StoredRoot> {
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const extensions: Extension[] = [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    // X509-SVID 3.1: a signing certificate names its trust domain, without a path.
    new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${trustDomain}` }]),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: nameOf([
      ['O', 'weft'],
      ['CN', `${trustDomain} root`],
    ]).toJSON(),
    notBefore: new Date(now - MAX_BACKDATE_MS),
    notAfter: new Date(now + ROOT_LIFE_MS),
    keys,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions,
  });
  return { certificate: pemOf(certificate), privateKey: await exportPrivateKey(keys.privateKey) };
}

/** The request's public key, where it is a P-256 one and signed the request itself. */
async function provenKey(csr: string): Promise<PublicKey | CsrRefusal> {
  if (csr.length > MAX_CSR_LENGTH) return refused(`the certificate request is over ${MAX_CSR_LENGTH} bytes`);
  try {
    const request = new Pkcs10CertificateRequest(csr);
    const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
    if (name !== KEY_ALGORITHM.name || namedCurve !== KEY_ALGORITHM.namedCurve) {
      return refused('the key of the certificate request is not ECDSA P-256');
    }
    if (!(await request.verify())) return refused('the certificate request is not signed by its own key');
    return request.publicKey;
  } catch (error) {
    // The parser throws many kinds of error on bytes from outside; all mean the same.
    return refused(`the certificate request can not be read: ${(error as Error).message}`);
  }
}

function refused(message: string): CsrRefusal {
  return { kind: 'refused', message };
}

/** Names the workload for metrics at its peers: CN = workload, OU = `app=…`, OU = `version=…`. */
function subjectOf({ pod, workload }: WorkloadIdentity): Name {
  if (workload === undefined) return nameOf([['CN', pod]]);
  return nameOf([
    ['CN', workload.name],
    ['OU', `app=${workload.app}`],
    ['OU', `version=${workload.version}`],
  ]);
}

/** As UTF8String values: unlike plain strings the library does not look for escapes in them. */
function nameOf(attributes: readonly (readonly [type: string, value: string])[]): Name {
  return new Name(attributes.map(([type, value]) => ({ [type]: [{ utf8String: value }] })));
}

/** 127 random bits, positive (RFC 5280 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('hex');
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${PemConverter.encode(der, PemConverter.PrivateKeyTag)}\n`;
}

function importPrivateKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign']);
}
