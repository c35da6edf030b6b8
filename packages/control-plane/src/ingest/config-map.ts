// ConfigMap (v1) → CaBundle: all that the mesh reads of it are roots under `ca.crt`.

import { X509Certificate } from 'node:crypto';
import type { ConfigMap } from '@weft/api/kinds/config-map';
import type { CaBundle } from '../model/ca-bundle.ts';
import { type Ingested, modelObject } from './ingested.ts';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Its key by the Gateway API (BackendTLSPolicy). */
const KEY = 'ca.crt';

export function ingestConfigMap({ kind, metadata, data }: ConfigMap): Ingested<CaBundle> {
  const object = modelObject(kind, metadata);
  // What is no bundle is nobody's mistake before a policy names it.
  return { value: { ...object, ...readBundle(data[KEY]) }, findings: [] };
}

function readBundle(text: string | undefined): Pick<CaBundle, 'certificates' | 'problem'> {
  if (text === undefined) return { certificates: [], problem: `it has no key ${KEY}` };
  const certificates = text.match(PEM) ?? [];
  if (certificates.length === 0)
    return { certificates: [], problem: `its ${KEY} holds no certificate in PEM` };
  const broken = certificates.findIndex((certificate) => !isReadable(certificate));
  if (broken >= 0)
    return { certificates: [], problem: `certificate ${broken + 1} of its ${KEY} can not be read` };
  return { certificates: certificates.map((certificate) => `${certificate}\n`) };
}

function isReadable(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
