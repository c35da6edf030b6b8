// Follows a request through the mesh without sending it. Each decision is made by the function that the sidecar
// makes it with; this file only puts them in the sidecar's order, which test/explain holds equal to real traffic.

import type { Protocol, ProxyConfig } from '@weft/api/proxy-config/types';
import { protocolOfAppProtocol, protocolOfPortName } from '@weft/control-plane/ingest/protocol';
import { destinationName } from '@weft/control-plane/model/service';
import { bytesFromSidecar } from './bytes-out.ts';
import { type Context, find } from './context.ts';
import { arrivalsAt } from './endpoints.ts';
import { type Branch, type Caller, type Destination, type Explanation, UNDECLARED } from './explanation.ts';
import { isGrpcCall, withGrpcStatus } from './grpc.ts';
import { requestFromSidecar } from './http-out.ts';
import { type CallerOptions, type FoundDestination, findCaller, findDestination } from './names.ts';
import { weighOutcomes } from './outcomes.ts';
import type { Question } from './question.ts';
import type { MeshSource } from './source.ts';
import { writtenHead } from './wire.ts';

/** @throws UserError where the question cannot be answered: an unknown name, with those that there are */
export async function explain(
  source: MeshSource,
  question: Question,
  options: CallerOptions,
): Promise<Explanation> {
  const caller = findCaller(source.model, options);
  const found = findDestination(source.model, question, caller.namespace);
  const destination = describeDestination(source, found);
  const { namespace, service, port } = destination;
  const name = destinationName(namespace, service, port);
  const config = await configFor(source, caller);
  const context: Context = { source, caller, config, namespace };

  const journey =
    caller.kind === 'mesh' ? fromSidecar(context, question, name) : plainCall(context, question, name);
  const { branches: plain, ...decisions } = await journey;
  const branches = isGrpcCall(question) ? plain.map(withGrpcStatus) : plain;
  const { url } = question;
  return {
    question: { method: question.kind === 'http' ? question.method : 'TCP', url },
    caller,
    destination: { ...destination, ...asServed(context, name, destination.protocol) },
    ...(question.kind === 'tcp' && question.tls && { tls: question.tls }),
    ...decisions,
    branches,
    outcomes: weighOutcomes(branches),
    notes: source.notes,
  };
}

export type Journey = Pick<Explanation, 'request' | 'route' | 'branches'>;

function fromSidecar(context: Context, question: Question, name: string): Promise<Journey> {
  const outbound = find(context, 'Outbound', name);
  if (outbound === undefined) throw new Error(`the control plane gives no Outbound ${name} to this caller`);
  return question.kind === 'http'
    ? requestFromSidecar(context, question, outbound)
    : bytesFromSidecar(context, outbound, question.tls ? { tls: question.tls } : {});
}

/** Without a sidecar a call goes to any endpoint of the Service as it was written. */
async function plainCall(context: Context, question: Question, name: string): Promise<Journey> {
  const carried =
    question.kind === 'http'
      ? ({ kind: 'http', text: writtenHead(question) } as const)
      : ({ kind: 'bytes', text: undefined, isTls: question.tls !== undefined } as const);
  const arrivals = await arrivalsAt(context, name, carried);
  const branch: Branch = { share: 1, backend: name, mirrors: [], arrivals };
  const end = { kind: 'closed', reason: `${name} has no endpoint that takes calls` } as const;
  return { branches: [arrivals.length === 0 ? { ...branch, end } : branch] };
}

/** Of a caller without a sidecar only the endpoints matter, which are the same for every proxy. */
function configFor(source: MeshSource, caller: Caller): Promise<ProxyConfig> {
  if (caller.kind === 'mesh') return source.config(`${caller.namespace}/${caller.pod}`);
  const [any] = source.model.instances.values();
  if (any !== undefined) return source.config(`${any.namespace}/${any.name}`);
  return Promise.resolve({ listeners: [], outbounds: [], clusters: [], endpoints: [] });
}

/** Routes and policies change what is spoken on a port, for callers with a sidecar. */
function asServed(
  context: Context,
  name: string,
  declared: Protocol,
): Pick<Destination, 'protocol' | 'protocolReason'> | undefined {
  const outbound = context.caller.kind === 'mesh' ? find(context, 'Outbound', name) : undefined;
  if (outbound === undefined || outbound.protocol === declared) return undefined;
  const { protocol, tcpRules } = outbound;
  if (protocol !== 'detect')
    return { protocol, protocolReason: `${tcpRules[0]?.ref} is attached to its port` };
  const policy = find(context, 'Cluster', name)?.tls?.ref;
  return {
    protocol,
    protocolReason: `${policy} has sidecars speak TLS, so the first bytes of an application's connection tell`,
  };
}

function describeDestination(source: MeshSource, { service, port }: FoundDestination): Destination {
  const { spec } = (source.object(service.ref) ?? {}) as {
    spec?: { ports?: readonly { port: number; name?: string; appProtocol?: string }[] };
  };
  const written = spec?.ports?.find((candidate) => candidate.port === port.number);
  const index = written && spec?.ports?.indexOf(written);
  const place = source.place(service.ref, index === undefined ? undefined : `spec.ports[${index}]`);
  return {
    namespace: service.namespace,
    service: service.name,
    port: port.number,
    protocol: port.protocol,
    protocolReason: protocolReason(written),
    ...(place !== undefined && { place }),
  };
}

function protocolReason({ name, appProtocol }: { name?: string; appProtocol?: string } = {}): string {
  if (appProtocol !== undefined && protocolOfAppProtocol(appProtocol) !== undefined) {
    return `its port has appProtocol "${appProtocol}"`;
  }
  if (name !== undefined && protocolOfPortName(name) !== undefined) return `its port is named "${name}"`;
  return UNDECLARED;
}
