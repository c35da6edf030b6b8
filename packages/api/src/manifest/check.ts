// One object, as plain data, against its kind: what every provider does with what it reads.

import type { Kind } from '../kinds/kind.ts';
import { KINDS, UNSUPPORTED_KINDS } from '../kinds/registry.ts';
import type { Resource } from '../resource.ts';
import { describeIssue, problemsOf } from './issue.ts';
import { lookUpKind } from './kind-lookup.ts';
import type { Problem } from './problem.ts';

export type CheckedObject =
  /** With defaults filled in. Nothing is dropped from it but empty (`null`) fields. */
  | { readonly kind: 'valid'; readonly resource: Resource; readonly ref: string }
  /** Of a kind that Weft does not read. */
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'invalid';
      readonly problems: readonly Problem[];
      /** `HTTPRoute/bookshop/reviews`, where it can be read that far. */
      readonly ref?: string;
      /** As written, where kind and name can be read: for safe behaviour and for showing it, nothing else. */
      readonly unreadable?: Resource;
    };

export function checkObject(value: unknown): CheckedObject {
  if (!isRecord(value))
    return invalid('InvalidObject', 'the document must be a map with apiVersion, kind and metadata');
  const { apiVersion, kind } = value;
  const missing = ['apiVersion', 'kind'].filter(
    (field) => typeof value[field] !== 'string' || value[field] === '',
  );
  if (missing.length > 0) {
    return invalid('RequiredField', `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`);
  }
  const lookup = lookUpKind(apiVersion as string, kind as string);
  if (lookup.kind === 'ignored') return lookup;
  if (lookup.kind === 'refused') {
    const ref = objectRef(value);
    return { kind: 'invalid', problems: [lookup.problem], ...(ref === undefined ? {} : { ref }) };
  }
  return checkAgainst(lookup.definition, value);
}

function checkAgainst(definition: Kind, value: Record<string, unknown>): CheckedObject {
  const cleaned = withoutEmpty(value, definition.strictness === 'loose' ? undefined : ['metadata', 'status']);
  const result = definition.schema.safeParse(cleaned, { error: describeIssue, reportInput: true });
  const ref = objectRef(cleaned);
  if (result.success) {
    // The schema demands a name, so there is a ref.
    return { kind: 'valid', resource: result.data as unknown as Resource, ref: ref as string };
  }
  return {
    kind: 'invalid',
    problems: result.error.issues.flatMap((issue) =>
      problemsOf(issue, definition.schema, cleaned, definition.kind),
    ),
    ...(ref === undefined ? {} : { ref, unreadable: withNamespace(cleaned as unknown as Resource) }),
  };
}

/** `Kind/namespace/name`, or `Kind/name` where the kind is not namespaced; undefined: it has no name. */
export function objectRef(value: unknown): string | undefined {
  if (!isRecord(value) || typeof value.kind !== 'string' || !isRecord(value.metadata)) return undefined;
  const { name, namespace } = value.metadata;
  if (typeof name !== 'string' || name === '') return undefined;
  if (!isNamespaced(value.kind)) return `${value.kind}/${name}`;
  return `${value.kind}/${typeof namespace === 'string' ? namespace : 'default'}/${name}`;
}

function isNamespaced(kind: string): boolean {
  return [...KINDS, ...UNSUPPORTED_KINDS].find((known) => known.kind === kind)?.namespaced ?? true;
}

function withNamespace(resource: Resource): Resource {
  if (!isNamespaced(resource.kind) || resource.metadata.namespace !== undefined) return resource;
  return { ...resource, metadata: { ...resource.metadata, namespace: 'default' } };
}

/**
 * Kubernetes takes `field: null` for an absent field, and tools write it (`creationTimestamp: null`). In the spec
 * of a strict kind it is more likely an unfinished line, so only these top-level fields are cleaned there.
 */
function withoutEmpty(
  value: Record<string, unknown>,
  only: readonly string[] | undefined,
): Record<string, unknown> {
  const cleaned: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (only && !only.includes(key)) cleaned[key] = field;
    else if (field !== null) cleaned[key] = dropNulls(field);
  }
  return cleaned;
}

function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([key, field]) => [key, dropNulls(field)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: Problem['reason'], message: string): CheckedObject {
  return { kind: 'invalid', problems: [{ severity: 'error', reason, message, path: [] }] };
}
