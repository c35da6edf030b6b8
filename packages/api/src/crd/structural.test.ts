import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { structuralSchema } from './structural.ts';

test('a strict object with defaults, limits and descriptions is said in the words of a CRD', () => {
  const schema = z.strictObject({
    mode: z.enum(['A', 'B']).default('A').describe('Which.'),
    port: z.int().min(1).max(65535),
    names: z.array(z.string().max(5)).min(1).max(3).optional(),
    labels: z.record(z.string(), z.string()).optional(),
  });
  assert.deepEqual(structuralSchema(schema), {
    type: 'object',
    required: ['port'],
    properties: {
      mode: { type: 'string', enum: ['A', 'B'], default: 'A', description: 'Which.' },
      port: { type: 'integer', format: 'int64', minimum: 1, maximum: 65535 },
      names: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', maxLength: 5 } },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
  });
});

test('several patterns of one text become value checks', () => {
  const schema = z.string().regex(/^a/).regex(/b$/);
  assert.deepEqual(structuralSchema(schema), {
    type: 'string',
    allOf: [{ pattern: '^a' }, { pattern: 'b$' }],
  });
});

test('rules for the API server are taken over', () => {
  const rule = { rule: 'has(self.a)', message: 'needs a' };
  const schema = z.strictObject({}).meta({ 'x-kubernetes-validations': [rule], minProperties: 1 });
  assert.deepEqual(structuralSchema(schema), {
    type: 'object',
    properties: {},
    minProperties: 1,
    'x-kubernetes-validations': [rule],
  });
});

function inList(item: z.ZodType): z.ZodType {
  return z.strictObject({ spec: z.strictObject({ list: z.array(item) }) });
}

test('what a CRD cannot say is a mistake in the schema, told with its place', () => {
  assert.throws(
    () => structuralSchema(inList(z.union([z.string(), z.int()]))),
    /^Error: spec\.list\[\]: "anyOf"/,
  );
  assert.throws(() => structuralSchema(inList(z.unknown())), /^Error: spec\.list\[\]: a CRD needs one type/);
});
