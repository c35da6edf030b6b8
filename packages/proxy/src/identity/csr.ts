// A workload's key (ECDSA P-256) and its certificate signing request (PKCS #10, RFC 2986). The request carries
// the public key and proof of the private one, nothing else: who we are is said by the token, not by us.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bitString, contextConstructed, objectIdentifier, sequence, smallInteger } from './der.ts';

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

export interface WorkloadKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function generateWorkloadKey(): WorkloadKey {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** PKCS #8 PEM. */
export function privateKeyPem(key: WorkloadKey): string {
  return key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The request in PEM (RFC 7468 section 7), with an empty subject. */
export function createCsr(key: WorkloadKey): string {
  const publicKeyInfo = key.publicKey.export({ type: 'spki', format: 'der' });
  // RFC 2986 4.1: version v1(0), subject, subjectPKInfo, attributes [0] (required, may be empty).
  const info = sequence(smallInteger(0), sequence(), publicKeyInfo, contextConstructed(0));
  const signature = sign('sha256', info, { key: key.privateKey, dsaEncoding: 'der' });
  const request = sequence(info, sequence(objectIdentifier(ECDSA_WITH_SHA256)), bitString(signature));
  const lines = request.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}
