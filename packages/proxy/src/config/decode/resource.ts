// Decodes one resource as xDS or the cache on disk delivers it. Strict: what is not understood is refused, with the
// path of the field, and the last good resource goes on serving.

import type { ResourceType, ResourceTypes } from '@weft/api/proxy-config/types';
import { cluster, endpoints } from './cluster.ts';
import { type Decoded, type Decoder, decode } from './decoder.ts';
import { inbound } from './inbound.ts';
import { telemetry, trust } from './mesh.ts';
import { outbound } from './outbound.ts';

const DECODERS: { readonly [T in ResourceType]: Decoder<ResourceTypes[T]> } = {
  Outbound: outbound,
  Cluster: cluster,
  Endpoints: endpoints,
  Inbound: inbound,
  Trust: trust,
  Telemetry: telemetry,
};

/** The resource with its defaults filled in, or everything that is wrong with it. `value`: parsed JSON or YAML. */
export function decodeResource<T extends ResourceType>(type: T, value: unknown): Decoded<ResourceTypes[T]> {
  return decode(DECODERS[type], value);
}
