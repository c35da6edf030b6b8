// The whole CRDs are golden files, charts/weft/crds; these are the rules that every one of them has to keep.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnKind } from '../kinds/kind.ts';
import { OWN_KINDS } from '../kinds/registry.ts';
import { type CrdVersion, customResourceDefinition } from './crd.ts';
import type { StructuralSchema } from './structural.ts';

function version(own: OwnKind): CrdVersion {
  return customResourceDefinition(own).spec.versions[0] as CrdVersion;
}

function everySchema(schema: StructuralSchema): StructuralSchema[] {
  const children = [
    ...(schema.items ? [schema.items] : []),
    ...(schema.additionalProperties ? [schema.additionalProperties] : []),
    ...Object.values(schema.properties ?? {}),
  ];
  return [schema, ...children.flatMap(everySchema)];
}

for (const own of OWN_KINDS) {
  const { metadata, spec } = customResourceDefinition(own);
  const { openAPIV3Schema } = version(own).schema;

  test(`the CRD of ${own.kind} has the name, scope and status that the API server and tools expect`, () => {
    assert.equal(metadata.name, `${own.plural}.weft.dev`);
    assert.equal(spec.scope, own.namespaced ? 'Namespaced' : 'Cluster');
    assert.deepEqual(spec.names.categories, ['weft']);
    assert.deepEqual(version(own).subresources, { status: {} });
    const { status } = openAPIV3Schema.properties ?? {};
    const conditions =
      own.status === 'policy'
        ? status?.properties?.ancestors?.items?.properties?.conditions
        : status?.properties?.conditions;
    assert.deepEqual(conditions?.['x-kubernetes-list-map-keys'], ['type']);
  });

  test(`keys of lists that the CRD of ${own.kind} merges are required, and expressions have bounds`, () => {
    for (const schema of everySchema(openAPIV3Schema)) {
      for (const key of (schema['x-kubernetes-list-map-keys'] as string[] | undefined) ?? []) {
        assert.ok(schema.items?.required?.includes(key), key);
      }
      // The API server estimates the cost of an expression in a list by the list's length.
      const hasRules =
        schema.items !== undefined &&
        everySchema(schema.items).some((item) => 'x-kubernetes-validations' in item);
      if (hasRules) assert.ok(Number.isInteger(schema.maxItems), schema.description ?? own.kind);
    }
  });
}

test('only the singleton restricts its name', () => {
  const restricted = OWN_KINDS.filter(
    (own) => 'x-kubernetes-validations' in version(own).schema.openAPIV3Schema,
  );
  assert.deepEqual(
    restricted.map(({ kind }) => kind),
    ['MeshConfig'],
  );
});
