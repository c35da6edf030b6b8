// Objects that cannot be read, whose absence would let something through: they are served closed on everything that
// they may have been meant for. Only kind and metadata are sure; the rest is looked at, never trusted.

import { mtlsMode } from '@weft/api/kinds/authentication-policy';
import { hostname as hostnameSchema } from '@weft/api/kinds/scalar';
import type { Resource } from '@weft/api/resource';
import type { ConnectionRoute } from '../model/connection-route.ts';
import type { Finding } from '../model/finding.ts';
import type { HttpRoute } from '../model/http-route.ts';
import { DEFAULT_SETTINGS, type MeshSettings } from '../model/mesh-settings.ts';
import type {
  AuthenticationPolicy,
  AuthorizationPolicy,
  BackendTlsPolicy,
  PolicyTarget,
} from '../model/policy.ts';
import type { RouteParent } from '../model/route-reference.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { ingestTargets, TARGET_KINDS, type TargetReference } from './policy-target.ts';

/** Why an object did not pass its kind's schema; `reason` as in the provider's diagnostics. */
export interface ReadProblem {
  readonly reason: string;
  readonly message: string;
}

/** Requests to the Services that it names are answered 500. */
export function closedHttpRoute(
  resource: Resource,
  kind: HttpRoute['kind'],
  problem: ReadProblem,
): Ingested<HttpRoute> {
  const object = attachedObject(kind, resource.metadata);
  const rule = {
    matches: [],
    filters: [],
    backends: [],
    timeouts: {},
    invalid: couldNotBeRead(object.ref, problem),
  };
  return {
    value: { ...object, kind, parents: possibleParents(resource), rules: [rule] },
    findings: [unreadable(problem, 'requests to the Services that it names are answered 500')],
  };
}

/** Connections to the Services that it names are refused, but those that another route has names for. */
export function closedConnectionRoute(
  resource: Resource,
  kind: ConnectionRoute['kind'],
  problem: ReadProblem,
): Ingested<ConnectionRoute> {
  const object = attachedObject(kind, resource.metadata);
  const written = list(field(resource.spec, 'hostnames')).filter((name) => typeof name === 'string');
  const hostnames =
    kind === 'TLSRoute' ? written.filter((name) => hostnameSchema.safeParse(name).success) : [];
  const invalid = couldNotBeRead(object.ref, problem);
  const refusal = { hostnames: [], backends: [], invalid };
  return {
    value: {
      ...object,
      kind,
      parents: possibleParents(resource),
      // Names that can be read, and whatever else it may have been for.
      rules: hostnames.length === 0 ? [refusal] : [{ ...refusal, hostnames }, refusal],
    },
    findings: [unreadable(problem, 'connections to the Services that it names are refused')],
  };
}

function possibleParents({ metadata: { namespace = 'default' }, spec }: Resource): readonly RouteParent[] {
  return list(field(spec, 'parentRefs')).flatMap((parent, index): RouteParent[] => {
    const name = field(parent, 'name');
    if (field(parent, 'kind') !== 'Service' || typeof name !== 'string') return [];
    const written = field(parent, 'namespace');
    const port = field(parent, 'port');
    return [
      {
        index,
        namespace: typeof written === 'string' ? written : namespace,
        name,
        ...(typeof port === 'number' && { port }),
      },
    ];
  });
}

/** Nothing is sent to the endpoints of its targets that have no sidecar. */
export function closedBackendTls(resource: Resource, problem: ReadProblem): Ingested<BackendTlsPolicy> {
  const object = attachedObject('BackendTLSPolicy', resource.metadata);
  return {
    value: {
      ...object,
      targets: possibleTargets(resource).filter(({ kind }) => kind === 'Service' || kind === 'Namespace'),
      hostname: UNKNOWN_HOSTNAME,
      roots: 'system',
      invalid: `it could not be read: ${problem.message}`,
    },
    findings: [unreadable(problem, 'nothing is sent to endpoints without a sidecar there')],
  };
}

/** RFC 2606 2: no server has this name. */
const UNKNOWN_HOSTNAME = 'unknown.invalid';

/** Its targets take callers with a certificate only. */
export function closedAuthentication(
  resource: Resource,
  problem: ReadProblem,
): Ingested<AuthenticationPolicy> {
  return {
    value: {
      ...attachedObject('AuthenticationPolicy', resource.metadata),
      targets: possibleTargets(resource),
      mtls: 'STRICT',
      portMtls: {},
    },
    findings: [unreadable(problem, 'callers without a certificate of the mesh are refused there')],
  };
}

/** Its targets deny everything. */
export function closedAuthorization(resource: Resource, problem: ReadProblem): Ingested<AuthorizationPolicy> {
  const object = attachedObject('AuthorizationPolicy', resource.metadata);
  return {
    value: {
      ...object,
      targets: possibleTargets(resource),
      action: 'DENY',
      rules: [],
      invalid: couldNotBeRead(object.ref, problem),
    },
    findings: [unreadable(problem, 'every request there is denied')],
  };
}

/** A mode of mTLS that cannot be read is taken for the strictest. */
export function closedMeshConfig({ spec }: Resource, problem: ReadProblem): Ingested<MeshSettings> {
  const trustDomain = field(spec, 'trustDomain');
  const written = field(field(spec, 'mtls'), 'mode');
  const mode = mtlsMode.safeParse(written);
  return {
    value: {
      ...DEFAULT_SETTINGS,
      ...(typeof trustDomain === 'string' && { trustDomain }),
      ...(written !== undefined && { mtls: mode.success ? mode.data : 'STRICT' }),
    },
    findings: [unreadable(problem, 'the rest of it is at its defaults')],
  };
}

/** A target of unknown kind may be of any; one without a name may be anything in the namespace. */
function possibleTargets({ metadata: { namespace = 'default' }, spec }: Resource): readonly PolicyTarget[] {
  const known: TargetReference[] = [];
  for (const reference of list(field(spec, 'targetRefs'))) {
    const name = field(reference, 'name');
    if (typeof name !== 'string') return ingestTargets(undefined, namespace);
    const kind = TARGET_KINDS.find((known) => known === field(reference, 'kind'));
    known.push(...(kind ? [kind] : TARGET_KINDS).map((kind) => ({ kind, name })));
  }
  if (known.length === 0) return ingestTargets(undefined, namespace);
  // Where it stands is no help: it may have been written for another kind.
  return ingestTargets(known, namespace).map(({ field: _, ...target }) => target);
}

function unreadable({ reason, message }: ReadProblem, effect: string): Finding {
  return {
    condition: 'Accepted',
    // The Gateway API's reason for what is known and not served.
    reason: reason.startsWith('Unsupported') ? 'UnsupportedValue' : 'Invalid',
    message: `${message}; until it is corrected, ${effect}`,
  };
}

function couldNotBeRead(ref: string, { message }: ReadProblem): string {
  return `${ref} could not be read: ${message}`;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
