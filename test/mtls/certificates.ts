// Certificates of a test: authorities as the control plane has them, and leaves in files as static mode reads them.

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '@weft/control-plane/identity/ca';
import { folderRootStore } from '@weft/control-plane/identity/root-store';
import { createCsr, generateWorkloadKey, privateKeyPem } from '@weft/proxy/identity/csr';

export const TRUST_DOMAIN = 'mesh.test';
export const HOUR_MS = 3_600_000;

/** The `identity` of a StaticConfig. */
export interface IdentityFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly rootsFile: string;
}

export interface Leaf extends IdentityFiles {
  readonly uri: string;
  readonly chain: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Default: the mesh's own. */
  readonly authority?: CertificateAuthority;
  /** Default 1 h. */
  readonly ttlMs?: number;
  /** Signed so long ago; default now. */
  readonly agoMs?: number;
  /** Authorities that the owner trusts; default: the mesh's own. */
  readonly trusts?: readonly CertificateAuthority[];
}

export class TestCertificates implements AsyncDisposable {
  readonly #folder: string;
  readonly authority: CertificateAuthority;
  #authorities = 0;

  static async create(): Promise<TestCertificates> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-mtls-'));
    return new TestCertificates(folder, await authorityIn(folder, TRUST_DOMAIN));
  }

  private constructor(folder: string, authority: CertificateAuthority) {
    this.#folder = folder;
    this.authority = authority;
  }

  /** Another authority, of the same trust domain unless another is named. */
  otherAuthority(trustDomain = TRUST_DOMAIN): Promise<CertificateAuthority> {
    return authorityIn(join(this.#folder, `other-${this.#authorities++}`), trustDomain);
  }

  /** Signs a leaf for a service account of the namespace `shop`; again for the same one replaces its files. */
  async issue(account: string, options: IssueOptions = {}): Promise<Leaf> {
    const { authority = this.authority, ttlMs = HOUR_MS, agoMs = 0, trusts = [this.authority] } = options;
    const key = generateWorkloadKey();
    const [namespace = '', serviceAccount = ''] = account.includes('/')
      ? account.split('/')
      : ['shop', account];
    const workload = { namespace, name: serviceAccount, app: serviceAccount, version: 'v1' };
    const pod = `${serviceAccount}-0`;
    const identity = { kind: 'identity', namespace, serviceAccount, pod, workload } as const;
    const signed = await inThePast(agoMs, () => authority.sign(createCsr(key), identity, { ttlMs }));
    if (signed.kind === 'refused') throw new Error(signed.message);
    const file = (kind: string): string => join(this.#folder, `${namespace}-${serviceAccount}.${kind}.pem`);
    const leaf = {
      uri: signed.identity,
      chain: signed.chain,
      key: privateKeyPem(key),
      certificateFile: file('certificate'),
      keyFile: file('key'),
      rootsFile: file('roots'),
    };
    await replace(leaf.rootsFile, trusts.flatMap(({ roots }) => roots).join(''));
    await replace(leaf.keyFile, leaf.key);
    await replace(leaf.certificateFile, leaf.chain);
    return leaf;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Runs with a clock that is behind, so that what is made is old. */
async function inThePast<T>(agoMs: number, run: () => Promise<T>): Promise<T> {
  const { now } = Date;
  Date.now = () => now() - agoMs;
  try {
    return await run();
  } finally {
    Date.now = now;
  }
}

function authorityIn(folder: string, trustDomain: string): Promise<CertificateAuthority> {
  return CertificateAuthority.open({ store: folderRootStore(join(folder, 'ca')), trustDomain });
}

/** As certificate managers do: never a file with half of its content. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Only the files: what a StaticConfig takes. */
export function filesOf({ certificateFile, keyFile, rootsFile }: IdentityFiles): IdentityFiles {
  return { certificateFile, keyFile, rootsFile };
}
