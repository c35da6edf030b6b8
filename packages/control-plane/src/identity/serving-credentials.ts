// The control plane's own TLS credentials for gRPC: a short certificate of the mesh's authority, renewed while the
// server runs.

import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from '@weft/common/logger/logger';
import type { CertificateAuthority, ServingCertificate } from './ca.ts';

export interface ServingOptions {
  readonly ca: CertificateAuthority;
  readonly log: Logger;
  /** Names in the certificate beside localhost, 127.0.0.1 and ::1. */
  readonly dnsNames?: readonly string[];
  /** Default 24 h. */
  readonly ttlMs?: number;
}

/** Timers stand still while a machine sleeps, so that the clock is looked at so often. */
const CLOCK_CHECK_MS = 60_000;

export class ServingCredentials extends ServerCredentials {
  readonly #options: ServingOptions;
  readonly #timer: NodeJS.Timeout;
  #renewAt: number;

  private constructor(options: ServingOptions, first: ServingCertificate) {
    super({}, contextOptions(first));
    this.#options = options;
    this.#renewAt = renewalTime(first);
    const interval = Math.min(CLOCK_CHECK_MS, (first.notAfter.getTime() - Date.now()) / 10);
    this.#timer = setInterval(() => void this.#renewIfDue(), interval).unref();
  }

  static async create(options: ServingOptions): Promise<ServingCredentials> {
    return new ServingCredentials(options, await issue(options));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #renewIfDue(): Promise<void> {
    if (Date.now() < this.#renewAt) return;
    const { log } = this.#options;
    try {
      const certificate = await issue(this.#options);
      this.#renewAt = renewalTime(certificate);
      this.updateSecureContextOptions(contextOptions(certificate));
      log.debug('the serving certificate is renewed', { notAfter: certificate.notAfter });
    } catch (error) {
      log.error('the serving certificate could not be renewed', { error });
    }
  }
}

function issue({ ca, log, dnsNames = [], ttlMs }: ServingOptions): Promise<ServingCertificate> {
  if (ca.rootWarning !== undefined) log.warn(ca.rootWarning);
  return ca.issueServing({
    dnsNames: ['localhost', ...dnsNames],
    ipAddresses: ['127.0.0.1', '::1'],
    ...(ttlMs !== undefined && { ttlMs }),
  });
}

function contextOptions({ privateKey, chain }: ServingCertificate): SecureContextOptions {
  return { key: privateKey, cert: chain, minVersion: 'TLSv1.3' };
}

function renewalTime({ notBefore, notAfter }: ServingCertificate): number {
  return notBefore.getTime() + ((notAfter.getTime() - notBefore.getTime()) * 2) / 3;
}
