// From `apiVersion` and `kind` to what Weft knows about them.

import type { Kind } from '../kinds/kind.ts';
import { apiVersionOf, CLOSED_GROUPS, KINDS, UNSUPPORTED_KINDS } from '../kinds/registry.ts';
import type { Problem } from './problem.ts';
import { closest, didYouMean, editDistance } from './suggestion.ts';

export type KindLookup =
  | { readonly kind: 'known'; readonly definition: Kind }
  /** Somebody else's: an operator's object, a PodDisruptionBudget, … */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly problem: Problem };

export function lookUpKind(apiVersion: string, kind: string): KindLookup {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);

  const definition = KINDS.find((known) => known.group === group && known.kind === kind);
  if (definition) {
    const versions = [definition.version, ...(definition.alsoVersions ?? [])];
    return versions.includes(version) ? { kind: 'known', definition } : wrongVersion(definition, apiVersion);
  }
  const unsupported = UNSUPPORTED_KINDS.find((known) => known.group === group && known.kind === kind);
  if (unsupported) {
    return refused({
      severity: unsupported.severity,
      reason: 'UnsupportedKind',
      message: `${kind} is not supported yet; the object has no effect`,
      path: ['kind'],
    });
  }
  if (CLOSED_GROUPS.includes(group)) {
    return unknownKind(kind, group, closest(kind, kindsOf(group)));
  }
  const namesake = KINDS.find((known) => known.kind === kind && isLikelyMeant(group, known.group));
  if (namesake) return wrongVersion(namesake, apiVersion);
  const similar = closest(kind, kindsOf(group));
  // Other kinds of these groups are none of ours, so only a very likely slip is reported.
  if (similar !== undefined && editDistance(kind, similar) <= 2) return unknownKind(kind, group, similar);
  return { kind: 'ignored' };
}

function kindsOf(group: string): string[] {
  return [...KINDS, ...UNSUPPORTED_KINDS].filter((known) => known.group === group).map((known) => known.kind);
}

/** Other groups may well have kinds of the same name; Kubernetes' own groups and misspelt ones have not. */
function isLikelyMeant(group: string, expected: string): boolean {
  return !group.includes('.') || group.endsWith('k8s.io') || editDistance(group, expected) <= 2;
}

function wrongVersion(definition: Kind, apiVersion: string): KindLookup {
  return refused({
    severity: 'error',
    reason: 'InvalidApiVersion',
    message: `apiVersion of ${definition.kind} must be ${apiVersionOf(definition)}, not ${apiVersion}`,
    path: ['apiVersion'],
  });
}

function unknownKind(kind: string, group: string, similar: string | undefined): KindLookup {
  const suggestion = similar === undefined ? '' : didYouMean(kind, [similar]);
  return refused({
    severity: 'error',
    reason: 'UnknownKind',
    message: `${kind} is not a kind of ${group === '' ? 'the core group' : group}${suggestion}`,
    path: ['kind'],
  });
}

function refused(problem: Problem): KindLookup {
  return { kind: 'refused', problem };
}
