// weft get: the objects that the mesh works by, as written, with their status.

import type { Condition, StoredResource } from '@weft/api/control-plane-api';
import { Command } from 'commander';
import { toJson, toYaml } from '../output/document.ts';
import { NOTHING } from '../output/quantity.ts';
import { type Style, styleFor } from '../output/style.ts';
import { type Column, table } from '../output/table.ts';
import { UserError } from '../user-error.ts';
import { withApi, withClient, withExamples, withNamespace, withOutput } from './options.ts';

interface GetOptions {
  readonly api: string;
  readonly namespace?: string;
  readonly output: 'table' | 'wide' | 'json' | 'yaml' | 'name';
}

export function getCommand(): Command {
  const command = new Command('get')
    .summary('show objects with their status and where they are written')
    .description('show objects of the mesh with their status conditions and where they are written')
    .argument('<kind>', 'a kind in any of its names (httproute, httproutes, svc, deploy, authz …), or "all"')
    .argument('[name]', 'only the object of that name');
  withApi(withNamespace(withOutput(command, ['table', 'wide', 'json', 'yaml', 'name'])));
  withExamples(command, [
    ['weft get httproutes', 'routes, and whether they are accepted'],
    ['weft get httproute reviews -n bookshop -o yaml', 'one route with its conditions'],
    ['weft get all -o wide', 'everything, with the file and line of each object'],
  ]);
  return command.action((kind: string, name: string | undefined, options: GetOptions) =>
    withClient(options, async (client) => {
      const { namespace } = options;
      const wanted = kind === 'all' ? undefined : await resolveKind(kind);
      const stored = await client.resources({
        ...(wanted === undefined ? {} : { kind: wanted }),
        ...(namespace === undefined ? {} : { namespace }),
        ...(name === undefined ? {} : { name }),
      });
      if (name !== undefined && stored.length === 0) {
        const place = namespace === undefined ? '' : ` in namespace ${namespace}`;
        throw new UserError(
          `there is no ${wanted ?? 'object'} "${name}"${place}: \`weft get ${kind}\` lists them`,
        );
      }
      process.stdout.write(print(stored, options.output, { single: name !== undefined }));
    }),
  );
}

function print(
  stored: readonly StoredResource[],
  output: GetOptions['output'],
  how: { single: boolean },
): string {
  const objects = stored.map(({ object }) => object);
  switch (output) {
    case 'json': {
      const [only, ...others] = objects;
      const list = { apiVersion: 'v1', kind: 'List', items: objects };
      return toJson(how.single && only && others.length === 0 ? only : list);
    }
    case 'yaml':
      return toYaml(objects);
    case 'name':
      return objects.map((object) => `${nameOf(object)}\n`).join('');
    default:
      if (stored.length === 0) {
        process.stderr.write('No objects found.\n');
        return '';
      }
      return `${getLines(stored, styleFor(process.stdout), { wide: output === 'wide' }).join('\n')}\n`;
  }
}

/** `httproute.gateway.networking.k8s.io/reviews`, as kubectl names it. */
function nameOf({ apiVersion, kind, metadata }: StoredResource['object']): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${kind.toLowerCase()}${group}/${metadata.name}`;
}

export function getLines(stored: readonly StoredResource[], style: Style, how: { wide: boolean }): string[] {
  const columns: Column<StoredResource>[] = [
    { heading: 'NAMESPACE', cell: ({ object }) => object.metadata.namespace ?? NOTHING },
    { heading: 'KIND', cell: ({ object }) => object.kind },
    { heading: 'NAME', cell: ({ object }) => object.metadata.name },
    { heading: 'STATUS', cell: ({ object }) => statusWord(object, style) },
    { heading: 'SOURCE', cell: ({ source }) => source ?? NOTHING },
  ];
  if (how.wide) columns.push({ heading: 'MESSAGE', cell: ({ object }) => failing(object)?.message ?? '' });
  const kinds = new Set(stored.map(({ object }) => object.kind));
  return table(kinds.size > 1 ? columns : columns.filter(({ heading }) => heading !== 'KIND'), stored, style);
}

/** The first condition that is true, or the reason of the first that is not. */
function statusWord(object: StoredResource['object'], style: Style): string {
  const bad = failing(object);
  if (bad) return style.bad(bad.reason || `Not${bad.type}`);
  const [first] = conditionsOf(object);
  return first ? style.good(first.type) : NOTHING;
}

function failing(object: StoredResource['object']): Condition | undefined {
  return conditionsOf(object).find(({ status }) => status === 'False');
}

/** Conditions wherever a kind keeps them: of each parent (routes), each ancestor (policies), or its own. */
function conditionsOf(object: StoredResource['object']): readonly Condition[] {
  const { parents, ancestors, conditions } = (object['status'] ?? {}) as {
    parents?: readonly { conditions?: readonly Condition[] }[];
    ancestors?: readonly { conditions?: readonly Condition[] }[];
    conditions?: readonly Condition[];
  };
  return [
    ...(parents ?? []).flatMap((parent) => parent.conditions ?? []),
    ...(ancestors ?? []).flatMap((ancestor) => ancestor.conditions ?? []),
    ...(conditions ?? []),
  ];
}

/** Short names that Kubernetes gives to its own kinds; those of ours are in the registry. */
const KUBERNETES_SHORT_NAMES: Readonly<Record<string, string>> = {
  svc: 'Service',
  po: 'Pod',
  deploy: 'Deployment',
  sts: 'StatefulSet',
  ns: 'Namespace',
  sa: 'ServiceAccount',
  cm: 'ConfigMap',
  no: 'Node',
  refgrant: 'ReferenceGrant',
};

/** The kind that a person means by one of its names; `httproutes.gateway.networking.k8s.io` works too. */
export async function resolveKind(text: string): Promise<string> {
  const { KINDS, OWN_KINDS } = await import('@weft/api/kinds/registry');
  const [name = ''] = text.toLowerCase().split('.');
  const short =
    KUBERNETES_SHORT_NAMES[name] ?? OWN_KINDS.find(({ shortNames }) => shortNames.includes(name))?.kind;
  if (short !== undefined) return short;
  const known = KINDS.find(({ kind, plural }) => kind.toLowerCase() === name || plural === name);
  if (known) return known.kind;
  const names = KINDS.map(({ plural }) => plural)
    .sort()
    .join(', ');
  throw new UserError(`there is no kind "${text}"; there are: all, ${names}`, 2);
}
