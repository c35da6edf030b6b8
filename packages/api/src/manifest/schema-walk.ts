// From a schema and a path to the field names that could have been written there.

import { z } from 'zod';
import type { FieldPath } from './field-path.ts';

/** Names of the fields of the object at `path`; `value` decides which branch of a union is meant. */
export function fieldNamesAt(schema: z.ZodType, value: unknown, path: FieldPath): string[] {
  let current: z.ZodType | undefined = resolve(schema, value);
  let here: unknown = value;
  for (const part of path) {
    here = (here as Record<string | number, unknown> | undefined)?.[part];
    const child: z.ZodType | undefined =
      current instanceof z.ZodObject
        ? (current.shape as Record<string, z.ZodType>)[part]
        : current instanceof z.ZodArray
          ? (current.element as z.ZodType)
          : undefined;
    if (child === undefined) return [];
    current = resolve(child, here);
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

/** Takes off `optional` and `default`, and chooses the branch of a discriminated union. */
function resolve(schema: z.ZodType, value: unknown): z.ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return resolve(schema.unwrap() as z.ZodType, value);
  }
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const { discriminator } = schema.def;
  const wanted = (value as Record<string, unknown> | undefined)?.[discriminator];
  return (schema.options as readonly z.ZodObject[]).find((option) => {
    const literal = option.shape[discriminator];
    return literal instanceof z.ZodLiteral && literal.values.has(wanted as string);
  });
}
