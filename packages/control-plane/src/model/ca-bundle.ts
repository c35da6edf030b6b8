// Roots that somebody keeps in a ConfigMap under `ca.crt`, for the TLS of endpoints outside of the mesh.

import type { ModelObject } from './object.ts';

export interface CaBundle extends ModelObject {
  /** PEM, one certificate each; empty where `problem` says why there are none. */
  readonly certificates: readonly string[];
  readonly problem?: string;
}
