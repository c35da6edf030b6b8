// From the names that a person writes to the workload and the Service that are meant, or to what there is instead.

import { isIP } from 'node:net';
import type { Model } from '@weft/control-plane/model/model';
import type { Service, ServicePort } from '@weft/control-plane/model/service';
import { spiffeId } from '@weft/control-plane/model/spiffe-id';
import type { WorkloadInstance } from '@weft/control-plane/model/workload';
import { UserError } from '../user-error.ts';
import type { Caller } from './explanation.ts';
import type { Question } from './question.ts';

/** The name for a caller that the mesh does not know. */
export const OUTSIDE = 'outside';
const LOOPBACK = '127.0.0.1';

export interface CallerOptions {
  readonly from: string;
  readonly namespace?: string;
  /** The caller's IP address; default: its Pod's, else loopback. */
  readonly address?: string;
}

/** @throws UserError naming the workloads that there are */
export function findCaller(model: Model, { from, namespace, address }: CallerOptions): Caller {
  if (address !== undefined && isIP(address) === 0) {
    throw new UserError(`"${address}" is not an IP address`, 2);
  }
  if (from === OUTSIDE) {
    const given = namespace === undefined ? {} : { namespace };
    return { kind: 'plain', name: OUTSIDE, address: address ?? LOOPBACK, ...given };
  }
  const instance = findInstance(model, from, namespace);
  const { workload } = instance;
  const caller = { name: workload.name, namespace: workload.namespace };
  const at = address ?? instance.address ?? LOOPBACK;
  if (!instance.meshed) return { kind: 'plain', address: at, ...caller };
  return {
    kind: 'mesh',
    ...caller,
    pod: instance.name,
    identity: spiffeId(model.settings.trustDomain, workload.namespace, workload.serviceAccount),
    address: at,
  };
}

/** Any Pod of a workload stands for all of them: they share identity, routes and policies. */
function findInstance(model: Model, text: string, namespace: string | undefined): WorkloadInstance {
  const [last = '', first] = text.split('/').reverse();
  const place = first ?? namespace;
  const isPlace = (candidate: string): boolean => place === undefined || candidate === place;
  const workloads = model.workloads().filter(({ workload }) => isPlace(workload.namespace));
  const named = workloads.filter(({ workload }) => workload.name === last);
  const pods = [...model.instances.values()].filter((pod) => pod.name === last && isPlace(pod.namespace));
  const found = named.length > 0 ? named.map(({ instances }) => instances[0]) : pods;
  if (found.length === 0) {
    const names = workloads.map(({ workload }) => `${workload.namespace}/${workload.name}`).sort();
    const where = place === undefined ? '' : ` in namespace ${place}`;
    throw new UserError(
      `there is no workload "${last}"${where}; there are: ${names.join(', ') || 'none'}` +
        ` (and \`--from ${OUTSIDE}\`: somebody without a sidecar)`,
    );
  }
  if (found.length > 1) {
    const names = [...named.map(({ workload }) => workload), ...(named.length > 0 ? [] : pods)];
    const list = names.map((one) => `${one.namespace}/${one.name}`).join(' and ');
    throw new UserError(`"${text}" is ${list}: write namespace/name, or name the namespace with -n`);
  }
  if (found[0] === undefined) {
    throw new UserError(`workload ${text} has no Pods, so nothing of it can call: are its replicas 0?`);
  }
  return found[0];
}

export interface FoundDestination {
  readonly service: Service;
  readonly port: ServicePort;
}

/** A host as the cluster's DNS reads it: in the caller's namespace first. @throws UserError */
export function findDestination(
  model: Model,
  { host, port, kind }: Pick<Question, 'host' | 'port' | 'kind'>,
  namespace: string | undefined,
): FoundDestination {
  const service = findService(model, host, namespace);
  const name = `Service ${service.namespace}/${service.name}`;
  const has = service.ports.map(({ number }) => number).join(', ');
  const [only, second] = service.ports;
  if (only === undefined) throw new UserError(`${name} has no TCP port that the mesh serves`);
  const wanted = port ?? (second === undefined ? only.number : kind === 'http' ? 80 : undefined);
  const found = service.ports.find(({ number }) => number === wanted);
  if (found === undefined) {
    throw new UserError(
      port === undefined
        ? `${name} has the ports ${has}: write which, such as ${host}:${only.number}`
        : `${name} has no port ${port}; it has ${has}`,
    );
  }
  return { service, port: found };
}

/** `reviews`, `reviews.bookshop`, `reviews.bookshop.svc`, `reviews.bookshop.svc.cluster.local` */
function findService(model: Model, host: string, callerNamespace: string | undefined): Service {
  const [name = '', namespace, ...suffix] = host.split('.');
  const services = [...model.services.values()];
  const isClusterName = /^(svc(\.cluster\.local)?)?$/.test(suffix.join('.'));
  const candidates = services.filter(
    (service) =>
      isClusterName &&
      service.name === name &&
      service.namespace === (namespace ?? callerNamespace ?? service.namespace),
  );
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return only;
  if (second !== undefined) {
    const list = candidates.map((service) => `${service.name}.${service.namespace}`).join(' and ');
    throw new UserError(`"${host}" is ${list}: write it with its namespace`);
  }
  const elsewhere = services.filter((service) => service.name === name);
  if (elsewhere.length > 0) {
    const list = elsewhere.map((service) => `${service.name}.${service.namespace}`).join(' or ');
    throw new UserError(
      `there is no Service ${name} in namespace ${namespace ?? callerNamespace}: did you mean ${list}?`,
    );
  }
  const names = services.map((service) => `${service.name}.${service.namespace}`).sort();
  throw new UserError(`there is no Service "${host}" in the mesh; there are: ${names.join(', ') || 'none'}`);
}
