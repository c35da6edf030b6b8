// TLS of the proxy's own to an endpoint outside the mesh (BackendTLSPolicy): the certificate has to be signed by the
// policy's roots and to name what the policy says. What fails is never sent in plain text instead.

import type { Socket } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls';
import type { UpstreamTls } from '@weft/api/proxy-config/types';
import { namesIn } from '../identity/alternative-names.ts';
import type { DialResult, MeshProtocol } from './dialer.ts';

/** What the endpoint is asked for (RFC 7301). Bytes are bytes: whoever sends them has agreed on what they are. */
const ALPN: Readonly<Record<MeshProtocol, readonly string[]>> = {
  http1: ['http/1.1'],
  http2: ['h2'],
  'http1-streams': ['h2'],
  tcp: [],
  tunnel: [],
};

/** One for each policy and not for each connection: a context costs 100 KiB and lives until it is collected. */
const contexts = new WeakMap<UpstreamTls, SecureContext>();

/** Speaks TLS over a connected socket. `done` is called once; what is not open is closed by the caller. */
export function originateTls(
  tls: UpstreamTls,
  protocol: MeshProtocol,
  socket: Socket,
  done: (result: DialResult) => void,
): void {
  if (tls.invalid !== undefined) return done(failed(`${tls.ref} can not be used: ${tls.invalid}`));
  let secureContext: SecureContext;
  try {
    secureContext = contextOf(tls);
  } catch (error) {
    return done(failed(`the roots of ${tls.ref} can not be used: ${(error as Error).message}`));
  }
  const secured = connect({
    socket,
    secureContext,
    servername: tls.hostname,
    ALPNProtocols: [...ALPN[protocol]],
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => nameError(tls, certificate),
  });
  let finish = (result: DialResult): void => {
    finish = () => {};
    done(result);
  };
  secured.on('error', (error: NodeJS.ErrnoException) => finish(failed(messageOf(tls, error))));
  secured.once('close', () => finish(failed('the endpoint closed the connection during the handshake')));
  secured.once('secureConnect', () => {
    const { alpnProtocol } = secured;
    if (protocol !== 'http2' || alpnProtocol === 'h2') return finish({ kind: 'open', socket: secured });
    // Not now: this is called from inside SSL_read, which a socket that is destroyed pulls away under itself.
    setImmediate(() => {
      finish(failed(`the endpoint does not speak HTTP/2 (ALPN: ${alpnProtocol || 'none'})`));
      secured.destroy();
    });
  });
}

function failed(message: string): DialResult {
  return { kind: 'failed', reason: `tls_error: ${message}` };
}

function contextOf(tls: UpstreamTls): SecureContext {
  let context = contexts.get(tls);
  if (context === undefined) {
    context = createSecureContext({ ca: rootsOf(tls), minVersion: 'TLSv1.2' });
    contexts.set(tls, context);
  }
  return context;
}

function rootsOf({ roots }: UpstreamTls): string[] {
  if (roots !== 'system') return [...roots];
  const system = getCACertificates('system');
  if (system.length === 0) throw new Error('this machine has none (install ca-certificates, or name them)');
  return system;
}

/** Undefined where the certificate has one of the names that the policy asks for. */
function nameError(tls: UpstreamTls, certificate: PeerCertificate): Error | undefined {
  const { hostname, subjectAltNames } = tls;
  if (subjectAltNames === undefined) {
    return hasDnsName(certificate, hostname) ? undefined : wrongName(certificate, hostname);
  }
  const uris = namesIn(certificate.subjectaltname ?? '');
  const isNamed = subjectAltNames.some(({ kind, value }) =>
    kind === 'uri' ? uris.includes(`URI:${value}`) : hasDnsName(certificate, value),
  );
  return isNamed ? undefined : wrongName(certificate, subjectAltNames.map(({ value }) => value).join(', '));
}

/** By the alternative names alone (RFC 9525 6.1): a subject's common name is no host name. */
function hasDnsName({ subjectaltname = '' }: PeerCertificate, hostname: string): boolean {
  const names = { subject: {}, subjectaltname } as PeerCertificate;
  return checkServerIdentity(hostname, names) === undefined;
}

class NameError extends Error {}

function wrongName({ subjectaltname = 'nothing' }: PeerCertificate, wanted: string): Error {
  return new NameError(`the endpoint's certificate is for ${subjectaltname}, not for ${wanted}`);
}

/** What OpenSSL's codes mean for whoever reads the log (X509_verify_cert_error_string(3)). */
function messageOf({ ref }: UpstreamTls, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `no root of ${ref} signed the endpoint's certificate (${error.code})`;
    case 'CERT_HAS_EXPIRED':
      return "the endpoint's certificate has expired";
    case 'CERT_NOT_YET_VALID':
      return "the endpoint's certificate is not valid yet";
    default:
      return error.message;
  }
}
