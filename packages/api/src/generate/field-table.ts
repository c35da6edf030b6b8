// The reference of the own kinds as Markdown: one table of fields for each, from the same schema as its CRD.

import { type StructuralSchema, structuralSchema } from '../crd/structural.ts';
import type { OwnKind } from '../kinds/kind.ts';
import { apiVersionOf } from '../kinds/registry.ts';

export function kindsReference(kinds: readonly OwnKind[]): string {
  const sections = kinds.map(kindSection);
  return `<!-- Written by \`npm run generate\` from packages/api/src/kinds. Do not edit. -->

# Kinds of weft.dev

Kubernetes kinds and those of the Gateway API are read as they are documented there. These are Weft's own. A field
that is not listed here is an error; nothing passes silently.

${sections.join('\n')}`;
}

function kindSection(own: OwnKind): string {
  const rows = fieldRows(structuralSchema(own.schema.shape.spec as never), 'spec', true);
  const scope = own.namespaced ? 'namespaced' : 'one for the whole cluster';
  return `## ${own.kind}

${own.description} \`${apiVersionOf(own)}\`, ${scope}. \`kubectl get ${own.shortNames[0]}\`.

| field | type | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

function fieldRows(schema: StructuralSchema, path: string, isRequired: boolean): string[] {
  const row = `| \`${path}\` | ${typeName(schema)} | ${meaning(schema, isRequired)} |`;
  return [row, ...childRows(schema, path)];
}

function childRows(schema: StructuralSchema, path: string): string[] {
  if (schema.items) return childRows(schema.items, `${path}[]`);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    fieldRows(field, `${path}.${name}`, schema.required?.includes(name) === true),
  );
}

function typeName(schema: StructuralSchema): string {
  if (schema.type === 'array') return `list of ${typeName(schema.items ?? {})}`;
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(', ');
  return schema.type === 'object' ? 'map' : (schema.type ?? '');
}

function meaning(schema: StructuralSchema, isRequired: boolean): string {
  const text = (schema.description ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
  return isRequired && schema.default === undefined ? `Required. ${text}` : text;
}
