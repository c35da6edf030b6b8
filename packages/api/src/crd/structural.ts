// From a zod schema to the subset of OpenAPI that Kubernetes takes in a CRD (a "structural schema").

import { z } from 'zod';

export interface StructuralSchema {
  type?: string;
  format?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, StructuralSchema>;
  required?: string[];
  items?: StructuralSchema;
  additionalProperties?: StructuralSchema;
  [keyword: string]: unknown;
}

/** @throws Error for what a CRD cannot say, naming where: a union, a reference, a schema without a type. */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' });
  return convert(json as Record<string, unknown>, '');
}

/** Keywords that are taken as they are. */
const KEPT = [
  'type',
  'description',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minProperties',
  'required',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-validations',
] as const;

/** Handled here, or without a meaning in a CRD. */
const OTHER = ['$schema', 'properties', 'items', 'additionalProperties', 'allOf'];

function convert(json: Record<string, unknown>, path: string): StructuralSchema {
  const where = path === '' ? 'the schema' : path;
  const strange = Object.keys(json).find((key) => ![...KEPT, ...OTHER].includes(key));
  if (strange !== undefined) throw new Error(`${where}: "${strange}" cannot be said in a CRD`);
  if (typeof json.type !== 'string') throw new Error(`${where}: a CRD needs one type`);

  const result: StructuralSchema = {};
  Object.assign(result, Object.fromEntries(KEPT.filter((key) => key in json).map((key) => [key, json[key]])));
  if (json.type === 'integer') result.format = 'int64';
  if (json.allOf) result.allOf = patternsOf(json.allOf as Record<string, unknown>[], where);
  if (json.items) result.items = convert(json.items as Record<string, unknown>, `${path}[]`);
  if (json.properties) {
    result.properties = Object.fromEntries(
      Object.entries(json.properties as Record<string, Record<string, unknown>>).map(([name, field]) => [
        name,
        convert(field, path === '' ? name : `${path}.${name}`),
      ]),
    );
  }
  // `false` is how a strict object is written; the API server refuses unknown fields without it.
  if (typeof json.additionalProperties === 'object') {
    result.additionalProperties = convert(json.additionalProperties as Record<string, unknown>, `${path}.*`);
  }
  return result;
}

/** zod writes several patterns of one string as `allOf`, which may hold value checks only. */
function patternsOf(parts: readonly Record<string, unknown>[], where: string): { pattern: unknown }[] {
  return parts.map((part) => {
    if (typeof part.pattern !== 'string') throw new Error(`${where}: "allOf" of more than patterns`);
    return { pattern: part.pattern };
  });
}
