// weft.v1.CertificateService on gRPC: signs a proxy's certificate for the identity that its token proves.

import { type ServerUnaryCall, type ServiceDefinition, type sendUnaryData, status } from '@grpc/grpc-js';
import type { Logger } from '@weft/common/logger/logger';
import {
  decodeSignCertificateRequest,
  decodeSignCertificateResponse,
  encodeSignCertificateRequest,
  encodeSignCertificateResponse,
  SIGN_CERTIFICATE_METHOD,
  type SignCertificateRequest,
  type SignCertificateResponse,
} from '@weft/common/xds/certificate-service';
import { authenticate, refuseCall } from './authenticate.ts';
import type { CertificateAuthority } from './ca.ts';
import { proxyIdOf, type TokenVerifier } from './token.ts';

export const CERTIFICATE_SERVICE = {
  SignCertificate: {
    path: SIGN_CERTIFICATE_METHOD,
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeSignCertificateRequest,
    requestDeserialize: decodeSignCertificateRequest,
    responseSerialize: encodeSignCertificateResponse,
    responseDeserialize: decodeSignCertificateResponse,
  },
} satisfies ServiceDefinition;

/** A certificate that was given out. */
export interface IssuedCertificate {
  /** `<namespace>/<pod>` */
  readonly proxyId: string;
  readonly identity: string;
  readonly notAfter: Date;
}

export interface SigningServiceOptions {
  readonly ca: CertificateAuthority;
  readonly verifier: TokenVerifier;
  readonly log: Logger;
  /** Life of a leaf; default 24 h. */
  readonly leafTtlMs?: number;
  onIssued(certificate: IssuedCertificate): void;
  /** A call of nobody that we know. */
  onUnauthenticated(): void;
}

type SignCall = ServerUnaryCall<SignCertificateRequest, SignCertificateResponse>;

/** The handlers of CERTIFICATE_SERVICE. */
export function signingService(options: SigningServiceOptions) {
  return {
    SignCertificate(call: SignCall, done: sendUnaryData<SignCertificateResponse>): void {
      sign(call, options).then(
        (answer) => ('kind' in answer ? done(answer) : done(null, answer)),
        (error: Error) => {
          options.log.error('signing failed', { error });
          done({ code: status.INTERNAL, details: 'the certificate could not be signed; see the log' });
        },
      );
    },
  };
}

async function sign(call: SignCall, options: SigningServiceOptions) {
  const { ca, verifier, log, leafTtlMs } = options;
  const identity = await authenticate(call.metadata, verifier);
  if (identity.kind === 'refused') {
    log.warn('a certificate request is refused', { peer: call.getPeer(), reason: identity.details });
    options.onUnauthenticated();
    return identity;
  }
  const proxyId = proxyIdOf(identity);
  const signed = await ca.sign(
    call.request.csr,
    identity,
    leafTtlMs === undefined ? {} : { ttlMs: leafTtlMs },
  );
  if (signed.kind === 'refused') {
    log.warn('a certificate request is refused', { proxy: proxyId, reason: signed.message });
    return refuseCall(status.INVALID_ARGUMENT, signed.message);
  }
  options.onIssued({ proxyId, identity: signed.identity, notAfter: signed.notAfter });
  return { chain: signed.chain, roots: ca.roots };
}
