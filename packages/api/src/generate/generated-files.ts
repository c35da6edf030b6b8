// Every file that is made from the schemas: its path from the repository's root, and its text.

import { stringify } from 'yaml';
import { z } from 'zod';
import { customResourceDefinition } from '../crd/crd.ts';
import { OWN_KINDS } from '../kinds/registry.ts';
import { staticConfigSchema } from '../proxy-config/schema.ts';
import { kindsReference } from './field-table.ts';

export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const own of OWN_KINDS) {
    const text = stringify(customResourceDefinition(own), {
      lineWidth: 0,
      aliasDuplicateObjects: false,
      // kubectl reads YAML 1.1, where an unquoted `off` or `no` is a boolean.
      compat: 'yaml-1.1',
    });
    files.set(
      `charts/weft/crds/${own.group}_${own.plural}.yaml`,
      `# Written by \`npm run generate\` from packages/api/src/kinds. Do not edit.\n${text}`,
    );
  }
  files.set('docs/reference/kinds.md', kindsReference(OWN_KINDS));
  files.set(
    'docs/reference/proxy-config.schema.json',
    `${JSON.stringify(staticConfigJsonSchema(), null, 2)}\n`,
  );
  return files;
}

function staticConfigJsonSchema(): object {
  return {
    ...z.toJSONSchema(staticConfigSchema, { target: 'draft-2020-12', io: 'input' }),
    title: 'Weft proxy configuration',
  };
}
