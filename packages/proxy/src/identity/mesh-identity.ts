// What a proxy proves itself with, and checks others against: key, certificate chain, roots. Where it comes from
// (control plane, cache, files) is the source's matter.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { identityOf, type SpiffeId } from './spiffe.ts';

export interface MeshIdentity {
  readonly id: SpiffeId;
  /** PKCS #8 PEM. */
  readonly privateKey: string;
  /** PEM, leaf first. */
  readonly chain: string;
  /** PEM, one certificate each. */
  readonly roots: readonly string[];
  /** Epoch milliseconds of the leaf's validity. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** An identity that may be replaced while it is used. */
export interface IdentitySource {
  readonly current: MeshIdentity | undefined;
  /** Called with each new identity. Returns the way to stop. */
  onRotate(listener: (identity: MeshIdentity) => void): () => void;
}

/** What is needed of an identity to keep it or send it. */
export type IdentityMaterial = Pick<MeshIdentity, 'privateKey' | 'chain' | 'roots'>;

/** Reads the leaf of a chain. Throws with a message where it is no certificate of ours or not of the key. */
export function meshIdentity(material: IdentityMaterial): MeshIdentity {
  const leaf = new X509Certificate(material.chain);
  if (!leaf.checkPrivateKey(createPrivateKey(material.privateKey))) {
    throw new Error('the certificate is not for our key');
  }
  if (material.roots.length === 0) throw new Error('there are no roots to check peers against');
  const named = identityOf(leaf.toLegacyObject());
  if (named.kind === 'refused') throw new Error(named.message);
  return {
    id: named.id,
    ...material,
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
  };
}

/** An identity that never changes (static mode, benchmarks). */
export function fixedIdentity(identity: MeshIdentity): IdentitySource {
  return { current: identity, onRotate: () => () => {} };
}
