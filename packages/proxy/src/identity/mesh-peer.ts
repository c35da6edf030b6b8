// Who is at the other end of a mesh connection, told from its certificate after the handshake.

import type { TLSSocket } from 'node:tls';
import type { WorkloadRef } from '@weft/api/proxy-config/types';
import { identityOf } from './spiffe.ts';

export interface MeshPeer {
  readonly kind: 'peer';
  /** SPIFFE id. */
  readonly identity: string;
  readonly namespace: string;
  /** As the certificate's subject names it: for metrics and logs, never for a decision. */
  readonly workload?: WorkloadRef;
}

/** Why a peer is not let in; also the `reason` label of metrics. */
export type PeerRefusalReason =
  /** It showed no certificate. */
  | 'no_certificate'
  /** No root of ours signed it. */
  | 'untrusted'
  /** Not valid yet or any more. */
  | 'expired'
  /** Signed by us but without exactly one SPIFFE id. */
  | 'no_identity'
  /** A SPIFFE id of another trust domain. */
  | 'trust_domain'
  /** A SPIFFE id other than the one expected. */
  | 'wrong_identity'
  /** It speaks none of the mesh's application protocols. */
  | 'alpn'
  /** TLS itself failed: another version, a broken record, a peer that left or refused us. */
  | 'handshake';

export interface PeerRefusal {
  readonly kind: 'refused';
  readonly reason: PeerRefusalReason;
  /** One sentence for the log. */
  readonly message: string;
}

export function refusePeer(reason: PeerRefusalReason, message: string): PeerRefusal {
  return { kind: 'refused', reason, message };
}

/**
 * The peer of a connection whose chain TLS has verified. The certificate is looked at again here, since TLS does
 * not on a resumed session: its ticket may be older than the certificate's end.
 */
export function peerOf(socket: TLSSocket, trustDomain: string): MeshPeer | PeerRefusal {
  const certificate = socket.getPeerCertificate();
  // An empty object where there is none.
  if (certificate.raw === undefined) return refusePeer('no_certificate', 'the peer showed no certificate');
  // TLS has refused such a peer already, as long as it was told to (rejectUnauthorized): a name in a certificate
  // that nobody vouches for must never be believed, so that it is asked for here too.
  if (!socket.authorized) return refusalOfVerifyCode(String(socket.authorizationError));
  const named = identityOf(certificate);
  if (named.kind === 'refused') return refusePeer('no_identity', named.message);
  const { id, workload } = named;
  if (id.trustDomain !== trustDomain) {
    return refusePeer('trust_domain', `${id.uri} is not of our trust domain ${trustDomain}`);
  }
  if (Date.parse(certificate.valid_to) <= Date.now()) {
    return refusePeer('expired', `the certificate of ${id.uri} expired at ${certificate.valid_to}`);
  }
  return { kind: 'peer', identity: id.uri, namespace: id.namespace, ...(workload && { workload }) };
}

/** What OpenSSL's verification codes mean for us (X509_verify_cert_error_string(3)). */
export function refusalOfVerifyCode(code: string): PeerRefusal {
  switch (code) {
    // Node's word also for "no certificate at all", and hardly ever for anything else.
    case 'UNABLE_TO_GET_ISSUER_CERT':
      return refusePeer('no_certificate', 'the peer showed no certificate, or a chain with a gap');
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'CERT_SIGNATURE_FAILURE':
    case 'CERT_UNTRUSTED':
    case 'INVALID_CA':
    case 'INVALID_PURPOSE':
      return refusePeer('untrusted', `no root of ours signed the peer's certificate (${code})`);
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return refusePeer('expired', `the peer's certificate is not valid now (${code})`);
    default:
      return refusePeer('handshake', `the peer's certificate could not be verified (${code})`);
  }
}
