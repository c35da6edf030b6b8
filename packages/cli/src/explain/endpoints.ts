// From a cluster to the workloads behind it: who can get the call, and over which kind of connection.

import type { Endpoint } from '@weft/api/proxy-config/types';
import { containerPortOf, type WorkloadInstance } from '@weft/control-plane/model/workload';
import { type Context, find, inboundOf, instanceAt } from './context.ts';
import type { Arrival, Branch, Security } from './explanation.ts';
import { receivedBy } from './inbound.ts';

/** A call on its way. `bytes`: unread by the caller's sidecar; `text`: the HTTP head that it begins with, if known. */
export type Carried =
  | { readonly kind: 'http'; readonly text: string }
  | { readonly kind: 'bytes'; readonly text: string | undefined };

type Forwarded = Pick<Branch, 'backend' | 'balancer' | 'end' | 'arrivals'>;

/** Sent to a cluster by the caller's sidecar. */
export async function forwarded(context: Context, name: string, carried: Carried): Promise<Forwarded> {
  const cluster = find(context, 'Cluster', name);
  if (cluster === undefined) {
    return failed(name, carried, 'NC', 'cluster_not_found', `there is no cluster ${name}`);
  }
  const arrivals = await arrivalsAt(context, name, carried);
  if (arrivals.length === 0) {
    return failed(name, carried, 'UH', 'no_healthy_upstream', `${name} has no endpoint that takes calls`);
  }
  const { balancer, policy } = cluster;
  return { backend: name, balancer: { name: balancer, ...(policy !== undefined && { policy }) }, arrivals };
}

function failed(
  backend: string,
  { kind }: Carried,
  flag: 'NC' | 'UH',
  details: string,
  reason: string,
): Forwarded {
  if (kind === 'bytes') return { backend, end: { kind: 'closed', reason }, arrivals: [] };
  return { backend, end: { kind: 'refused', status: 503, flag, details, reason }, arrivals: [] };
}

/** The cluster's endpoints, those of one workload together: its Pods are treated alike. */
export async function arrivalsAt(
  context: Context,
  name: string,
  carried: Carried,
): Promise<readonly Arrival[]> {
  const endpoints = (find(context, 'Endpoints', name)?.endpoints ?? []).filter(({ weight }) => weight > 0);
  const total = endpoints.reduce((sum, { weight }) => sum + weight, 0);
  const groups = Map.groupBy(endpoints, (endpoint) => groupKey(context, endpoint));
  return Promise.all(
    [...groups.values()].map(async ([first, ...others]) => {
      const group = first === undefined ? [] : [first, ...others];
      const share = group.reduce((sum, { weight }) => sum + weight, 0) / total;
      return { share, ...(await arrive(context, group as [Endpoint, ...Endpoint[]], carried)) };
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
  if (port === undefined) {
    const why = instance === undefined ? 'no workload of the mesh is there' : `${by} has no sidecar`;
    const outcome =
      carried.kind === 'http'
        ? ({ kind: 'answered', by } as const)
        : ({ kind: 'connected', to: by } as const);
    return { ...common, security: { kind: 'plain', why }, outcome };
  }
  const security = securityOf(context, first, port);
  return {
    ...common,
    security,
    ...receivedBy(context, port, { carried, by, identity: first.identity, security }),
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
