// parentRefs and backendRefs, which all kinds of routes share → RouteParent, WeightedReference.

import type { HTTPBackendReference, ParentReference } from '@weft/api/kinds/http-route';
import type { Finding } from '../model/finding.ts';
import type { RouteParent, WeightedReference } from '../model/route-reference.ts';

export function ingestParents(
  references: readonly ParentReference[],
  namespace: string,
  findings: Finding[],
): readonly RouteParent[] {
  if (references.length === 0) {
    findings.push({
      reason: 'NoMatchingParent',
      message: 'the route is attached to nothing and has no effect: name a Service in parentRefs',
      field: 'spec.parentRefs',
    });
  }
  return references.flatMap((parent, index): RouteParent[] => {
    const finding = unservedParent(parent, `spec.parentRefs[${index}]`);
    if (finding) {
      findings.push(finding);
      return [];
    }
    const { port, sectionName } = parent;
    return [
      {
        index,
        namespace: parent.namespace ?? namespace,
        name: parent.name,
        ...(port !== undefined && { port }),
        ...(sectionName !== undefined && { sectionName }),
      },
    ];
  });
}

function unservedParent({ group, kind }: ParentReference, field: string): Finding | undefined {
  if (kind === 'Service' && group === '') return undefined;
  if (kind === 'Service') {
    return {
      severity: 'error',
      reason: 'UnsupportedValue',
      message: `group ${group} has no kind Service, so the route is not attached to it: set group: ""`,
      field: `${field}.group`,
    };
  }
  // Another implementation may serve it: whether it does is for that one's status.
  return {
    reason: 'UnsupportedValue',
    message: `parents of kind ${kind} are not served: attach the route to a Service (group: "", kind: Service)`,
    field: `${field}.kind`,
  };
}

/** GEP-1294: nothing is inferred from the hostnames of a route of requests in a mesh. */
export function hostnamesWithoutEffect(
  parents: readonly RouteParent[],
  hostnames: readonly string[],
): readonly Finding[] {
  if (parents.length === 0 || hostnames.length === 0) return [];
  return [
    {
      reason: 'UnsupportedField',
      message: 'hostnames have no effect on a route attached to a Service: match on the header Host instead',
      field: 'spec.hostnames',
    },
  ];
}

/** `field` is the path of the reference. */
export function ingestBackend(
  reference: Omit<HTTPBackendReference, 'filters'>,
  routeNamespace: string,
  field: string,
): WeightedReference {
  const { group, kind, namespace = routeNamespace, name, port, weight } = reference;
  return { group, kind, namespace, name, ...(port !== undefined && { port }), field, weight };
}
