// A route's parentRef + the Service that it names → the ports that the route takes effect on, or why on none.

import type { Finding } from '../model/finding.ts';
import type { RouteKind } from '../model/route.ts';
import type { RouteParent } from '../model/route-reference.ts';
import { isDivisible, isRoutable, type Service } from '../model/service.ts';

/** `finding` is there exactly when `ports` is empty. */
export interface Attachment {
  readonly ports: readonly number[];
  readonly finding?: Finding;
}

export function attach(kind: RouteKind, parent: RouteParent, service: Service | undefined): Attachment {
  const named = `Service ${parent.namespace}/${parent.name}`;
  const field = `spec.parentRefs[${parent.index}]`;
  if (!service) return detached(`${named} does not exist: create it or correct the name`, `${field}.name`);

  const chosen = service.ports.filter(
    (port) =>
      (parent.port === undefined || port.number === parent.port) &&
      (parent.sectionName === undefined || port.name === parent.sectionName),
  );
  if (chosen.length === 0) {
    const has = service.ports
      .map(({ name, number }) => (name ? `${number} (${name})` : `${number}`))
      .join(', ');
    return detached(
      `${named} has no such port; it has ${has || 'none'}`,
      parent.port === undefined ? `${field}.sectionName` : `${field}.port`,
    );
  }

  const isForRequests = kind === 'HTTPRoute' || kind === 'GRPCRoute';
  const ports = chosen.filter(isForRequests ? isRoutable : isDivisible).map((port) => port.number);
  if (ports.length === 0) {
    const protocol = chosen[0]?.protocol;
    const wanted = isForRequests ? 'HTTP only' : 'connections that are not declared to be HTTP';
    return detached(
      `${named} declares protocol ${protocol} there, and ${kind}s take effect on ${wanted}: correct the port's appProtocol or name`,
      field,
    );
  }
  return { ports };
}

function detached(message: string, field: string): Attachment {
  return { ports: [], finding: { condition: 'Accepted', reason: 'NoMatchingParent', message, field } };
}
