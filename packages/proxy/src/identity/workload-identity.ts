// The proxy's own identity through its life: the first certificate, from the cache or the control plane; renewal
// at two thirds of its life; retries while the control plane is away, serving with the old one until it expires.

import { X509Certificate } from 'node:crypto';
import { Backoff } from '@weft/common/backoff';
import type { Logger } from '@weft/common/logger/logger';
import type { CertificateSigner } from './certificate-signer.ts';
import { createCsr, generateWorkloadKey, privateKeyPem } from './csr.ts';
import type { IdentityCache } from './identity-cache.ts';
import { type IdentitySource, type MeshIdentity, meshIdentity } from './mesh-identity.ts';

export interface WorkloadIdentityOptions {
  /** Who we are to be: a certificate for anyone else is not taken. */
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly signer: CertificateSigner;
  readonly log: Logger;
  /** Absent: nothing is kept. */
  readonly cache?: IdentityCache;
  readonly backoff?: Backoff;
}

/** Share of a certificate's life after which it is renewed, and how far around that renewals are spread. */
const RENEW_AT = 2 / 3;
const JITTER = 0.1;
/** The clock is looked at so often: timers stand still while a laptop sleeps, certificates expire. */
const CLOCK_CHECK_MS = 30_000;

export class WorkloadIdentity implements IdentitySource, AsyncDisposable {
  readonly #options: WorkloadIdentityOptions;
  readonly #backoff: Backoff;
  readonly #listeners = new Set<(identity: MeshIdentity) => void>();
  readonly #ready = Promise.withResolvers<MeshIdentity>();
  #current: MeshIdentity | undefined;
  /** Epoch milliseconds of the next attempt. */
  #renewAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: WorkloadIdentityOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff({ baseMs: 200, capMs: 30_000 });
    // Closing before there was an identity rejects it, whether anyone waits or not.
    this.#ready.promise.catch(() => {});
  }

  get current(): MeshIdentity | undefined {
    return this.#current;
  }

  /** Resolves with the first identity that can be used; rejects only when closed before. */
  get ready(): Promise<MeshIdentity> {
    return this.#ready.promise;
  }

  onRotate(listener: (identity: MeshIdentity) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes the cached identity where there is one, else asks for one until it has it. */
  start(): void {
    const cached = this.#cached();
    if (cached !== undefined) {
      this.#renewAt = renewalTime(cached);
      this.#use(cached);
    }
    this.#schedule();
  }

  /**
   * Replaces the roots that peers are checked against (the mesh's Trust resource). A leaf that none of them
   * signed is renewed at once: peers with the new roots refuse it.
   */
  setRoots(roots: readonly string[]): void {
    const current = this.#current;
    if (current === undefined || roots.length === 0) return;
    if (
      roots.length === current.roots.length &&
      roots.every((root, index) => root === current.roots[index])
    ) {
      return;
    }
    this.#use({ ...current, roots });
    this.#save();
    if (!isSignedByAny(current.chain, roots)) {
      this.#options.log.info('our certificate is of a root that the mesh no longer trusts; renewing it');
      this.#renewAt = 0;
      this.#schedule();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#ready.reject(new Error('closed before there was an identity'));
    await this.#saving;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #schedule(): void {
    if (this.#closed || this.#renewing !== undefined) return;
    clearTimeout(this.#timer);
    const delay = Math.min(Math.max(this.#renewAt - Date.now(), 0), CLOCK_CHECK_MS);
    this.#timer = setTimeout(() => {
      if (Date.now() < this.#renewAt) return this.#schedule();
      this.#renewing = this.#renew().finally(() => {
        this.#renewing = undefined;
        this.#schedule();
      });
    }, delay);
  }

  async #renew(): Promise<void> {
    const { signer, log } = this.#options;
    try {
      const key = generateWorkloadKey();
      const signed = await signer.sign(createCsr(key));
      if (this.#closed) return;
      const identity = meshIdentity({ privateKey: privateKeyPem(key), ...signed });
      this.#check(identity);
      this.#backoff.reset();
      const now = Date.now();
      const due = renewalTime(identity);
      // New and due already: the clock is ahead. It must not be renewed in a circle.
      this.#renewAt = due > now ? due : now + (identity.notAfter - now) / 2;
      log.info('certificate', { identity: identity.id.uri, notAfter: new Date(identity.notAfter) });
      this.#use(identity);
      this.#save();
    } catch (error) {
      if (this.#closed) return;
      const delay = this.#backoff.next();
      this.#renewAt = Date.now() + delay;
      log.warn('no new certificate', {
        reason: (error as Error).message,
        retryMs: delay,
        ...(this.#current && { currentUntil: new Date(this.#current.notAfter) }),
      });
    }
  }

  /** Throws where an identity is not the one that we may use now. */
  #check({ id, notAfter }: MeshIdentity): void {
    const { namespace, serviceAccount } = this.#options;
    if (id.namespace !== namespace || id.serviceAccount !== serviceAccount) {
      throw new Error(`the certificate is for ${id.uri}, we are ${serviceAccount} in ${namespace}`);
    }
    if (notAfter <= Date.now()) {
      throw new Error(`the certificate expired at ${new Date(notAfter).toISOString()}: compare the clocks`);
    }
  }

  #cached(): MeshIdentity | undefined {
    try {
      const cached = this.#options.cache?.load();
      if (cached !== undefined) this.#check(cached);
      return cached;
    } catch (error) {
      this.#options.log.warn('the kept certificate is not used', { reason: (error as Error).message });
      return undefined;
    }
  }

  #use(identity: MeshIdentity): void {
    this.#current = identity;
    this.#ready.resolve(identity);
    for (const listener of this.#listeners) listener(identity);
  }

  /** One write after the other, each of the identity that is current then. */
  #save(): void {
    const { cache, log } = this.#options;
    if (cache === undefined) return;
    this.#saving = this.#saving
      .then(() => this.#current && cache.save(this.#current))
      .catch((error) => log.warn('the certificate could not be kept for a restart', { error }));
  }
}

/** Spread, so that proxies that started together do not renew together; before the end in any case. */
function renewalTime({ notBefore, notAfter }: MeshIdentity): number {
  const spread = 1 + JITTER * (2 * Math.random() - 1);
  return notBefore + (notAfter - notBefore) * RENEW_AT * spread;
}

/** Whether one of the roots signed the chain's last certificate. */
function isSignedByAny(chain: string, roots: readonly string[]): boolean {
  const last = chain.slice(chain.lastIndexOf('-----BEGIN CERTIFICATE-----'));
  const certificate = new X509Certificate(last);
  return roots.some((pem) => {
    const root = new X509Certificate(pem);
    return certificate.checkIssued(root) && certificate.verify(root.publicKey);
  });
}
