import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StructuralSchema, structuralSchema } from '../crd/structural.ts';
import type { Resource } from '../resource.ts';
import { KINDS, type KindTypes, OWN_KINDS, UNSUPPORTED_KINDS } from './registry.ts';

test('each kind is there once, and the table of types names the same kinds', () => {
  const kinds = [...KINDS, ...UNSUPPORTED_KINDS].map(({ group, kind }) => `${group}/${kind}`);
  assert.deepEqual(kinds, [...new Set(kinds)]);
  // Checked by the compiler: every type is a Resource, so that providers can hand any of them over.
  const isResource: { readonly [Kind in keyof KindTypes]: KindTypes[Kind] extends Resource ? true : false } =
    {
      Service: true,
      EndpointSlice: true,
      Pod: true,
      Deployment: true,
      StatefulSet: true,
      Namespace: true,
      ServiceAccount: true,
      ConfigMap: true,
      Secret: true,
      Node: true,
      HTTPRoute: true,
      GRPCRoute: true,
      TLSRoute: true,
      TCPRoute: true,
      BackendTLSPolicy: true,
      ReferenceGrant: true,
      MeshConfig: true,
      AuthenticationPolicy: true,
      AuthorizationPolicy: true,
      BackendTrafficPolicy: true,
      TelemetryPolicy: true,
    };
  assert.deepEqual(Object.keys(isResource).sort(), KINDS.map(({ kind }) => kind).sort());
});

for (const own of OWN_KINDS) {
  test(`every field of ${own.kind} says what it means, and every optional one its default`, () => {
    const missing: string[] = [];
    visit(structuralSchema(own.schema.shape.spec as never), 'spec', true, (field, path, isRequired) => {
      if (!field.description) missing.push(`${path}: no description`);
      const hasDefault = isRequired || /Default: /.test(field.description ?? '') || field.type === 'object';
      if (!hasDefault) missing.push(`${path}: no default`);
    });
    assert.deepEqual(missing, []);
  });

  test(`defaults that ${own.kind} names are those that it sets`, () => {
    visit(structuralSchema(own.schema.shape.spec as never), 'spec', true, (field, path) => {
      if (typeof field.default !== 'string') return;
      assert.match(field.description ?? '', new RegExp(`Default: ${field.default}\\.`), path);
    });
  });
}

function visit(
  schema: StructuralSchema,
  path: string,
  isRequired: boolean,
  look: (schema: StructuralSchema, path: string, isRequired: boolean) => void,
): void {
  look(schema, path, isRequired);
  const fields = schema.items?.properties ?? schema.properties ?? {};
  const required = schema.items?.required ?? schema.required ?? [];
  for (const [name, field] of Object.entries(fields)) {
    visit(field, `${path}.${name}`, required.includes(name), look);
  }
}
