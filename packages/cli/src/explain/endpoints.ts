// From a cluster to the workloads behind it: who can get the call, and over which kind of connection.

import type { Endpoint, UpstreamTls } from '@weft/api/proxy-config/types';
import { containerPortOf, type WorkloadInstance } from '@weft/control-plane/model/workload';
import { count } from '../output/quantity.ts';
import { type Context, find, inboundOf, instanceAt } from './context.ts';
import type { Arrival, Branch, Outcome, Security } from './explanation.ts';
import { receivedBy } from './inbound.ts';

/** A call on its way. `bytes`: unread by the caller's sidecar; `text`: the HTTP head that it begins with, if known. */
export type Carried =
  | { readonly kind: 'http'; readonly text: string }
  /** `isTls`: the application encrypts itself. */
  | { readonly kind: 'bytes'; readonly text: string | undefined; readonly isTls: boolean };

type Forwarded = Pick<Branch, 'backend' | 'balancer' | 'tls' | 'end' | 'arrivals'>;

/** Sent to a cluster by the caller's sidecar. */
export async function forwarded(context: Context, name: string, carried: Carried): Promise<Forwarded> {
  const cluster = find(context, 'Cluster', name);
  if (cluster === undefined) {
    return failed(name, carried, 'NC', 'cluster_not_found', `there is no cluster ${name}`);
  }
  const { balancer, policy, tls } = cluster;
  const arrivals = await arrivalsAt(context, name, carried, tls);
  if (arrivals.length === 0) {
    return failed(name, carried, 'UH', 'no_healthy_upstream', `${name} has no endpoint that takes calls`);
  }
  return {
    backend: name,
    balancer: { name: balancer, ...(policy !== undefined && { policy }) },
    ...(tls && { tls }),
    arrivals,
  };
}

function failed(
  backend: string,
  carried: Carried,
  flag: 'NC' | 'UH',
  details: string,
  reason: string,
): Forwarded {
  return { backend, end: failure(carried, flag, details, reason), arrivals: [] };
}

function failure({ kind }: Carried, flag: 'NC' | 'UH' | 'UF', details: string, reason: string): Outcome {
  return kind === 'bytes'
    ? { kind: 'closed', reason }
    : { kind: 'refused', status: 503, flag, details, reason };
}

function isTlsAlready(carried: Carried): boolean {
  return carried.kind === 'bytes' && carried.isTls;
}

function unprotected(carried: Carried, why: string): Security {
  return isTlsAlready(carried) ? { kind: 'own-tls' } : { kind: 'plain', why };
}

function originatedTls({ ref, hostname, roots, subjectAltNames }: UpstreamTls): Security {
  return {
    kind: 'tls',
    policy: ref,
    names: subjectAltNames?.map(({ value }) => value) ?? [hostname],
    roots: roots === 'system' ? "the machine's own roots" : `${count(roots.length, 'root')} of the policy`,
  };
}

/** The cluster's endpoints, those of one workload together: its Pods are treated alike. */
export async function arrivalsAt(
  context: Context,
  name: string,
  carried: Carried,
  tls?: UpstreamTls,
): Promise<readonly Arrival[]> {
  const endpoints = (find(context, 'Endpoints', name)?.endpoints ?? []).filter(({ weight }) => weight > 0);
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0);
  const groups = Map.groupBy(endpoints, (endpoint) => groupKey(context, endpoint));
  return Promise.all(
    [...groups.values()].map(async ([first, ...others]) => {
      const group = first === undefined ? [] : [first, ...others];
      const share = group.reduce((sum, { weight }) => sum + weight, 0) / total;
      return { share, ...(await arrive(context, group as [Endpoint, ...Endpoint[]], carried, tls)) };
    }),
  );
}

function groupKey(context: Context, endpoint: Endpoint): string {
  const instance = instanceAt(context, endpoint);
  if (instance === undefined) return JSON.stringify([endpoint.identity]);
  const { kind, namespace, name, version } = instance.workload;
  const port = containerPortOf(instance, endpoint.port);
  return JSON.stringify([kind, namespace, name, version, port, endpoint.identity, instance.meshed]);
}

async function arrive(
  context: Context,
  endpoints: readonly [Endpoint, ...Endpoint[]],
  carried: Carried,
  tls: UpstreamTls | undefined,
): Promise<Omit<Arrival, 'share'>> {
  const [first] = endpoints;
  const instance = instanceAt(context, first);
  const addresses = endpoints.map(({ address, port }) => ({ address, port }));
  const place = instance && describe(instance);
  const inbound = instance?.meshed ? await inboundOf(context, instance) : undefined;
  const number = instance && containerPortOf(instance, first.port);
  const port = inbound?.ports.find((candidate) => candidate.port === number);
  const by = instance === undefined ? first.address : label(context, instance);
  const common = { ...(place && { workload: place }), endpoints: addresses };
  // Mesh mTLS goes before a BackendTLSPolicy; what is TLS already is not encrypted again, unless nobody knows whether
  // it may be sent at all.
  const isOriginating = tls !== undefined && first.identity === undefined;
  const originated = isOriginating && !isTlsAlready(carried);
  if (isOriginating && tls.invalid !== undefined) {
    const reason = `${tls.ref} can not be used: ${tls.invalid}`;
    const outcome = failure(
      carried,
      'UF',
      `upstream_reset_before_response_started{connection_failure,tls_error: ${reason}}`,
      reason,
    );
    return { ...common, security: { kind: 'none' }, outcome };
  }
  if (port === undefined) {
    const why = instance === undefined ? 'no workload of the mesh is there' : `${by} has no sidecar`;
    const outcome =
      carried.kind === 'http'
        ? ({ kind: 'answered', by } as const)
        : ({ kind: 'connected', to: by } as const);
    return { ...common, security: originated ? originatedTls(tls) : unprotected(carried, why), outcome };
  }
  const security = originated ? originatedTls(tls) : securityOf(context, first, port);
  // The sidecar there has no part in the TLS: to it these are bytes.
  const sent = originated ? ({ kind: 'bytes', text: carried.text, isTls: true } as const) : carried;
  return {
    ...common,
    security,
    ...receivedBy(context, port, { carried: sent, by, identity: first.identity, security }),
  };
}

function securityOf(
  { caller }: Context,
  { identity }: Endpoint,
  { mtls }: { readonly mtls: { readonly mode: string; readonly ref?: string } },
): Security {
  if (caller.kind === 'plain') return { kind: 'plain', why: 'the caller has no sidecar' };
  const policy = mtls.ref === undefined ? {} : { policy: mtls.ref };
  if (identity !== undefined) return { kind: 'mtls', identity, mode: mtls.mode, ...policy };
  return { kind: 'plain', why: `mutual TLS is switched off by ${mtls.ref ?? 'the MeshConfig'}` };
}

function describe({ workload }: WorkloadInstance): NonNullable<Arrival['workload']> {
  const { namespace, name, version } = workload;
  return { namespace, name, version };
}

/** Its name alone, where it is in the namespace that was called. */
function label({ namespace }: Context, { workload }: WorkloadInstance): string {
  return workload.namespace === namespace ? workload.name : `${workload.namespace}/${workload.name}`;
}
