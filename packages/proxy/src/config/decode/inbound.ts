// Inbounds: traffic to the workload itself.

import type { Inbound, InboundPort } from '@weft/api/proxy-config/types';
import { authorizationRuleSet } from './authorization.ts';
import {
  array,
  type Decoder,
  defaulted,
  derived,
  object,
  oneOf,
  optional,
  refined,
  reject,
  required,
} from './decoder.ts';
import { protocol } from './outbound.ts';
import { address, milliseconds, name, port } from './scalar.ts';
import { namedObject, service, workload } from './workload.ts';

const inboundPort = object<InboundPort>({
  port: required(port),
  protocol: defaulted(protocol, 'detect'),
  app: required(
    object<InboundPort['app']>({ address: defaulted(address, '127.0.0.1'), port: required(port) }),
  ),
  mtls: defaulted(
    object<InboundPort['mtls']>({
      mode: required(oneOf('STRICT', 'PERMISSIVE', 'DISABLE')),
      ref: optional(name),
    }),
    { mode: 'PERMISSIVE' },
  ),
  authorization: defaulted(array(authorizationRuleSet), []),
  service: optional(service),
  idleTimeoutMs: optional(milliseconds),
  streamIdleMs: optional(milliseconds),
});

export const inbound: Decoder<Inbound> = refined(
  object<Inbound>({
    name: required(name),
    workload: derived(workload, (given) => {
      const named = namedObject(given.name);
      return { ...named, app: named.name, version: 'latest' };
    }),
    ports: defaulted(array(inboundPort), []),
  }),
  (value, at, errors) => {
    for (const [i, { port }] of value.ports.entries()) {
      const before = value.ports.findIndex((other) => other.port === port);
      if (before < i)
        reject(errors, `${at === '' ? '' : `${at}.`}ports[${i}].port`, `${port} is also ports[${before}]`);
    }
    return value;
  },
);
