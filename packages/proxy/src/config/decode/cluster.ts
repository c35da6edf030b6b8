// Clusters and their endpoints.

import type { Cluster, Endpoint, Endpoints } from '@weft/api/proxy-config/types';
import {
  array,
  type Decoder,
  defaulted,
  derived,
  object,
  oneOf,
  optional,
  refined,
  required,
} from './decoder.ts';
import { protocol } from './outbound.ts';
import { address, milliseconds, name, port, spiffeId, weight } from './scalar.ts';
import { REF_BY_CLUSTER, upstreamTls } from './upstream-tls.ts';
import { namedObject, service, workload } from './workload.ts';

export const cluster: Decoder<Cluster> = refined(
  object<Cluster>({
    name: required(name),
    protocol: defaulted(protocol, 'http'),
    balancer: defaulted(oneOf('least-request', 'round-robin', 'random'), 'least-request'),
    connectTimeoutMs: defaulted(milliseconds, 1000),
    service: derived(service, (given) => namedObject(given.name)),
    policy: optional(name),
    tls: optional(upstreamTls),
  }),
  (value) =>
    value.tls?.ref === REF_BY_CLUSTER
      ? { ...value, tls: { ...value.tls, ref: `Cluster/${value.name}` } }
      : value,
);

const endpoint = object<Endpoint>({
  address: required(address),
  port: required(port),
  weight: defaulted(weight, 1),
  identity: optional(spiffeId),
  workload: optional(workload),
  zone: optional(name),
});

export const endpoints = object<Endpoints>({
  name: required(name),
  endpoints: required(array(endpoint)),
});
