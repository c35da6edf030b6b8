// Decodes the file of static mode: every part, then the names by which the parts know each other.

import type { Listener, ProxyConfig } from '@weft/api/proxy-config/types';
import { cluster, endpoints } from './cluster.ts';
import {
  array,
  type Decoded,
  type Decoder,
  decode,
  defaulted,
  integer,
  object,
  optional,
  refined,
  reject,
  required,
} from './decoder.ts';
import { inbound } from './inbound.ts';
import { telemetry, trust } from './mesh.ts';
import { outbound } from './outbound.ts';
import { checkReferences } from './references.ts';
import { address, name, port } from './scalar.ts';

/** Of static files and of a bootstrap alike. */
export const listener: Decoder<Listener> = refined(
  object<Listener>({
    name: required(name),
    address: defaulted(address, '127.0.0.1'),
    port: required(integer(0, 65_535)),
    outbound: optional(name),
    inbound: optional(port),
  }),
  (value, at, errors) =>
    (value.outbound === undefined) === (value.inbound === undefined)
      ? reject(errors, at, 'has to have one of `outbound` and `inbound`')
      : value,
);

const proxyConfig: Decoder<ProxyConfig> = refined(
  object<ProxyConfig>({
    listeners: defaulted(array(listener), []),
    outbounds: defaulted(array(outbound), []),
    clusters: defaulted(array(cluster), []),
    endpoints: defaulted(array(endpoints), []),
    inbound: optional(inbound),
    trust: optional(trust),
    telemetry: optional(telemetry),
  }),
  checkReferences,
);

/** The configuration with its defaults filled in, or everything that is wrong. `value`: parsed JSON or YAML. */
export function decodeProxyConfig(value: unknown): Decoded<ProxyConfig> {
  return decode(proxyConfig, value);
}
