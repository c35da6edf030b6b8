// Decodes the file of static mode: a ProxyConfig, and beside it the certificate files and the proxy's own ports.

import type { ProxyConfig, StaticConfig } from '@weft/api/proxy-config/types';
import {
  type Decoded,
  type Decoder,
  decode,
  defaulted,
  integer,
  object,
  optional,
  required,
} from './decoder.ts';
import { decodeProxyConfig } from './proxy-config.ts';
import { address, name } from './scalar.ts';

const port = integer(0, 65_535);

const extras: Decoder<Omit<StaticConfig, keyof ProxyConfig>> = object<Omit<StaticConfig, keyof ProxyConfig>>({
  identity: optional(
    object<NonNullable<StaticConfig['identity']>>({
      certificateFile: required(name),
      keyFile: required(name),
      rootsFile: required(name),
    }),
  ),
  admin: optional(
    object<NonNullable<StaticConfig['admin']>>({
      admin: defaulted(port, 15_000),
      metrics: defaulted(port, 15_020),
      health: defaulted(port, 15_021),
      address: optional(address),
    }),
  ),
});

/** The file with its defaults filled in, or everything that is wrong with it. `value`: parsed JSON or YAML. */
export function decodeStaticConfig(value: unknown): Decoded<StaticConfig> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      errors: [{ field: '', message: 'has to be an object with `listeners`, `outbounds`, `clusters` …' }],
    };
  }
  const { identity, admin, ...rest } = value as Record<string, unknown>;
  const config = decodeProxyConfig(rest);
  const own = decode(extras, {
    ...(identity !== undefined && { identity }),
    ...(admin !== undefined && { admin }),
  });
  const errors = [config, own].flatMap((part) => ('errors' in part ? part.errors : []));
  if ('errors' in config || 'errors' in own) return { errors };
  return { value: { ...config.value, ...own.value } };
}
