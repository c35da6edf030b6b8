// SPIFFE ids of mesh peers (SPIFFE-ID.md, X509-SVID.md), read strictly: what is not exactly the form that our
// certificate authority writes is no identity.

import type { PeerCertificate } from 'node:tls';
import type { WorkloadRef } from '@weft/api/proxy-config/types';
import { namesIn } from './alternative-names.ts';

/** `spiffe://<trustDomain>/ns/<namespace>/sa/<serviceAccount>` in parts. */
export interface SpiffeId {
  readonly uri: string;
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** SPIFFE-ID 2.1 limits trust domains to these characters, 2.2 path segments; 2048 bytes in all (2.3). */
const SPIFFE_ID = /^spiffe:\/\/([a-z0-9._-]{1,255})\/ns\/([a-zA-Z0-9._-]+)\/sa\/([a-zA-Z0-9._-]+)$/;
const MAX_LENGTH = 2048;

/** Undefined for anything but the exact form. */
export function parseSpiffeId(uri: string): SpiffeId | undefined {
  if (uri.length > MAX_LENGTH) return undefined;
  const match = SPIFFE_ID.exec(uri);
  if (match === null) return undefined;
  const [, trustDomain = '', namespace = '', serviceAccount = ''] = match;
  // Segments must not be relative (SPIFFE-ID 2.2).
  if (/^\.\.?$/.test(namespace) || /^\.\.?$/.test(serviceAccount)) return undefined;
  return { uri, trustDomain, namespace, serviceAccount };
}

/** A certificate's identity and the workload that its subject names (empty where the subject says nothing). */
export interface CertificateIdentity {
  readonly kind: 'identity';
  readonly id: SpiffeId;
  readonly workload?: WorkloadRef;
}

export interface CertificateRefusal {
  readonly kind: 'refused';
  readonly message: string;
}

/** The part of a peer's certificate that says who it is. */
export type NamedCertificate = Pick<PeerCertificate, 'subject' | 'subjectaltname'>;

/** The one SPIFFE id of a certificate: exactly one URI SAN; names of other types are allowed (X509-SVID 2). */
export function identityOf(certificate: NamedCertificate): CertificateIdentity | CertificateRefusal {
  const names = certificate.subjectaltname ?? '';
  const uris = namesIn(names).filter((name) => name.startsWith('URI:'));
  const [uri] = uris;
  if (uri === undefined) return refused(`the certificate has no SPIFFE id (${names || 'no names at all'})`);
  if (uris.length > 1) return refused(`the certificate has ${uris.length} URI names (${names})`);
  const id = parseSpiffeId(uri.slice('URI:'.length));
  if (id === undefined) return refused(`${uri} is not of the form spiffe://DOMAIN/ns/NAMESPACE/sa/ACCOUNT`);
  const workload = workloadOf(certificate, id.namespace);
  return { kind: 'identity', id, ...(workload && { workload }) };
}

function refused(message: string): CertificateRefusal {
  return { kind: 'refused', message };
}

/** Our authority writes CN = workload, OU = `app=…`, OU = `version=…`; for metrics, never for decisions. */
function workloadOf(certificate: NamedCertificate, namespace: string): WorkloadRef | undefined {
  // Node gives a list where an attribute repeats; its type does not say so.
  const { CN, OU } = certificate.subject as { CN?: string | string[]; OU?: string | string[] };
  if (typeof CN !== 'string') return undefined;
  const units = [OU ?? []].flat();
  const value = (key: string) => units.find((unit) => unit.startsWith(`${key}=`))?.slice(key.length + 1);
  return { namespace, name: CN, app: value('app') ?? CN, version: value('version') ?? 'latest' };
}
