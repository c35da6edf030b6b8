// The names by which the parts of a whole configuration know each other: each is there, and once.

import type { Backend, HttpFilter, ProxyConfig } from '@weft/api/proxy-config/types';
import { type FieldError, reject } from './decoder.ts';

/** Notes every name that stands for nothing or for two things. Fields are paths from the file's root. */
export function checkReferences(config: ProxyConfig, _at: string, errors: FieldError[]): ProxyConfig {
  uniqueNames(config.listeners, 'listeners', errors);
  const outbounds = uniqueNames(config.outbounds, 'outbounds', errors);
  const clusters = uniqueNames(config.clusters, 'clusters', errors);
  const endpoints = uniqueNames(config.endpoints, 'endpoints', errors);
  checkListeners(config, outbounds, errors);
  // A cluster without Endpoints would wait for them for ever; Endpoints without a cluster are a misspelt name.
  for (const [name, i] of clusters) {
    if (!endpoints.has(name)) {
      reject(errors, `clusters[${i}].name`, `\`endpoints\` has no entry of the name \`${name}\``);
    }
  }
  for (const [name, i] of endpoints) {
    if (!clusters.has(name)) reject(errors, `endpoints[${i}].name`, `there is no cluster \`${name}\``);
  }
  for (const { field, cluster } of clusterReferences(config)) {
    if (!clusters.has(cluster)) reject(errors, field, `there is no cluster \`${cluster}\``);
  }
  return config;
}

/** Names to their places in the list. */
type Places = ReadonlyMap<string, number>;

function uniqueNames(
  parts: readonly { readonly name: string }[],
  list: string,
  errors: FieldError[],
): Places {
  const places = new Map<string, number>();
  for (const [i, { name }] of parts.entries()) {
    const before = places.get(name);
    if (before === undefined) places.set(name, i);
    else reject(errors, `${list}[${i}].name`, `\`${name}\` is also the name of ${list}[${before}]`);
  }
  return places;
}

function checkListeners({ listeners, inbound }: ProxyConfig, outbounds: Places, errors: FieldError[]): void {
  for (const [i, listener] of listeners.entries()) {
    if (listener.outbound !== undefined && !outbounds.has(listener.outbound)) {
      reject(errors, `listeners[${i}].outbound`, `there is no outbound \`${listener.outbound}\``);
    }
    if (listener.inbound !== undefined && !inbound?.ports.some(({ port }) => port === listener.inbound)) {
      reject(errors, `listeners[${i}].inbound`, `\`inbound\` has no port ${listener.inbound}`);
    }
  }
}

interface ClusterReference {
  readonly field: string;
  readonly cluster: string;
}

/** Every place that names a cluster. A backend that is `invalid` is never called and need not exist. */
function clusterReferences({ outbounds }: ProxyConfig): readonly ClusterReference[] {
  return outbounds.flatMap(({ rules, tcpRules }, o) => [
    ...tcpRules.flatMap(({ backends }, r) =>
      backendReferences(backends, `outbounds[${o}].tcpRules[${r}].backends`),
    ),
    ...rules.flatMap(({ backends, filters }, r) => [
      ...mirrorReferences(filters, `outbounds[${o}].rules[${r}].filters`),
      ...backendReferences(backends, `outbounds[${o}].rules[${r}].backends`),
    ]),
  ]);
}

function backendReferences(backends: readonly Backend[], at: string): readonly ClusterReference[] {
  return backends.flatMap(({ cluster, filters, invalid }, i) => [
    ...(invalid === undefined ? [{ field: `${at}[${i}].cluster`, cluster }] : []),
    ...mirrorReferences(filters, `${at}[${i}].filters`),
  ]);
}

function mirrorReferences(filters: readonly HttpFilter[], at: string): readonly ClusterReference[] {
  return filters.flatMap((filter, i) =>
    filter.kind === 'mirror' ? [{ field: `${at}[${i}].cluster`, cluster: filter.cluster }] : [],
  );
}
