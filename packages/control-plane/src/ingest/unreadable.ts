// Objects that cannot be read, whose absence would let something through: they are served closed on everything that
// they may have been meant for. Only kind and metadata are sure; the rest is looked at, never trusted.

import { mtlsMode } from '@weft/api/kinds/authentication-policy';
import type { Resource } from '@weft/api/resource';
import type { Finding } from '../model/finding.ts';
import type { HttpRoute, RouteParent } from '../model/http-route.ts';
import { DEFAULT_SETTINGS, type MeshSettings } from '../model/mesh-settings.ts';
import type { AuthenticationPolicy, AuthorizationPolicy, PolicyTarget } from '../model/policy.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { ingestTargets, TARGET_KINDS, type TargetReference } from './policy-target.ts';

/** Why an object did not pass its kind's schema; `reason` as in the provider's diagnostics. */
export interface ReadProblem {
  readonly reason: string;
  readonly message: string;
}

/** Requests to the Services that it names are answered 500. */
export function closedRoute({ metadata, spec }: Resource, problem: ReadProblem): Ingested<HttpRoute> {
  const object = attachedObject('HTTPRoute', metadata);
  const parents = list(field(spec, 'parentRefs')).flatMap((parent, index): RouteParent[] => {
    const name = field(parent, 'name');
    if (field(parent, 'kind') !== 'Service' || typeof name !== 'string') return [];
    const namespace = field(parent, 'namespace');
    const port = field(parent, 'port');
    return [
      {
        index,
        namespace: typeof namespace === 'string' ? namespace : object.namespace,
        name,
        ...(typeof port === 'number' && { port }),
      },
    ];
  });
  const rule = {
    matches: [],
    filters: [],
    backends: [],
    timeouts: {},
    invalid: couldNotBeRead(object.ref, problem),
  };
  return {
    value: { ...object, parents, rules: [rule] },
    findings: [unreadable(problem, 'requests to the Services that it names are answered 500')],
  };
}

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
