// Asks the control plane to sign a certificate request.

import {
  decodeSignCertificateResponse,
  encodeSignCertificateRequest,
  SIGN_CERTIFICATE_METHOD,
} from '@weft/common/xds/certificate-service';
import type { GrpcChannel } from '../xds/grpc-channel.ts';

export interface SignedCertificate {
  /** PEM, leaf first. */
  readonly chain: string;
  /** PEM, one certificate each. */
  readonly roots: readonly string[];
}

export interface CertificateSigner {
  /** Rejects with a message for the log where it is refused or nobody answers. */
  sign(csr: string): Promise<SignedCertificate>;
}

const TIMEOUT_MS = 10_000;

export function controlPlaneSigner(channel: GrpcChannel): CertificateSigner {
  return {
    async sign(csr) {
      const request = encodeSignCertificateRequest({ csr });
      return decodeSignCertificateResponse(await channel.unary(SIGN_CERTIFICATE_METHOD, request, TIMEOUT_MS));
    },
  };
}
