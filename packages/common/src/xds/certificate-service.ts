// weft.v1.CertificateService: a proxy hands in a certificate signing request (RFC 2986) and gets its workload
// certificate. Who it is comes from its bearer token, never from the request.

import { ProtoReader } from '../protobuf/reader.ts';
import { ProtoWriter } from '../protobuf/writer.ts';

export const SIGN_CERTIFICATE_METHOD = '/weft.v1.CertificateService/SignCertificate';

export interface SignCertificateRequest {
  /** PEM */
  readonly csr: string;
}

export interface SignCertificateResponse {
  /** PEM, the leaf first, then intermediates if there are any. */
  readonly chain: string;
  /** PEM, one certificate each: the roots to check peers against. */
  readonly roots: readonly string[];
}

export function encodeSignCertificateRequest(request: SignCertificateRequest): Buffer {
  return new ProtoWriter().string(1, request.csr).finish();
}

/** @throws ProtoError */
export function decodeSignCertificateRequest(bytes: Uint8Array): SignCertificateRequest {
  const reader = new ProtoReader(bytes);
  let csr = '';
  while (reader.next()) {
    if (reader.field === 1) csr = reader.string();
    else reader.skip();
  }
  return { csr };
}

export function encodeSignCertificateResponse(response: SignCertificateResponse): Buffer {
  return new ProtoWriter().string(1, response.chain).repeatedString(2, response.roots).finish();
}

/** @throws ProtoError */
export function decodeSignCertificateResponse(bytes: Uint8Array): SignCertificateResponse {
  const reader = new ProtoReader(bytes);
  let chain = '';
  const roots: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) chain = reader.string();
    else if (reader.field === 2) roots.push(reader.string());
    else reader.skip();
  }
  return { chain, roots };
}
