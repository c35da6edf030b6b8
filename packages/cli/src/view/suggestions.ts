// What to try next in a mesh: three commands made from its own objects, so that each works as it stands.

import { relative } from 'node:path';
import type { EdgeRow } from '@weft/api/control-plane-api';
import type { AuthorizationPolicy } from '@weft/api/kinds/authorization-policy';
import type { Deployment } from '@weft/api/kinds/workload';
import type { Resource, SourcedResource } from '@weft/api/resource';
import { DEFAULT_API } from '../api-client.ts';
import type { Suggestion } from './live-view.ts';

export interface SuggestionSources {
  readonly resources: readonly SourcedResource[];
  readonly edges: readonly EdgeRow[];
  readonly api: string;
  /** How the user calls weft: `bin/weft`, `weft`. */
  readonly weft: string;
}

export function suggestions({ resources, edges, api, weft }: SuggestionSources): Suggestion[] {
  const call = (args: string): string => `${weft} ${args}${api === DEFAULT_API ? '' : ` --api ${api}`}`;
  const found: Suggestion[] = [];
  const edge = worthExplaining(resources, edges);
  if (edge) {
    const args = `explain GET http://${edge.destination}/ --from ${edge.namespace}/${edge.source}`;
    found.push({ command: call(args), why: 'which route and policy decide' });
  }
  const route = resources.find(({ resource }) => resource.kind === 'HTTPRoute');
  if (route) {
    const { name, namespace } = route.resource.metadata;
    found.push({
      command: call(`get httproute ${name} -n ${namespace} -o yaml`),
      why: 'a route with its status',
    });
  }
  found.push({ command: call('proxy-status'), why: 'what each sidecar has accepted' });
  return found;
}

/** A call that a policy is about, best one whose caller the policy does not name; else any. */
function worthExplaining(
  resources: readonly SourcedResource[],
  edges: readonly EdgeRow[],
): EdgeRow | undefined {
  const objects = resources.map(({ resource }) => resource);
  const policies = objects.filter(
    ({ kind }) => kind === 'AuthorizationPolicy',
  ) as unknown as AuthorizationPolicy[];
  const rank = ({ source, destination }: EdgeRow): number => {
    const about = policies.filter(({ spec }) => spec.targetRefs?.some(({ name }) => name === destination));
    const caller = `"${serviceAccountOf(objects, source)}"`;
    return about.length === 0
      ? 0
      : about.some(({ spec }) => JSON.stringify(spec.rules).includes(caller))
        ? 1
        : 2;
  };
  const [best] = edges.filter(({ protocol }) => protocol === 'http').toSorted((a, b) => rank(b) - rank(a));
  return best;
}

function serviceAccountOf(objects: readonly Resource[], workload: string): string {
  const owner = objects.find(
    ({ kind, metadata }) => (kind === 'Deployment' || kind === 'StatefulSet') && metadata.name === workload,
  );
  return (owner as unknown as Deployment | undefined)?.spec.template.spec.serviceAccountName ?? workload;
}

/** The shortest way to call this weft from the current folder. */
export function weftCall(): string {
  const [, script = 'weft'] = process.argv;
  const checkout = script.match(/^(.*)\/packages\/cli\/src\/main\.ts$/)?.[1];
  if (checkout === undefined) return 'weft';
  const path = relative(process.cwd(), `${checkout}/bin/weft`);
  return path.startsWith('.') || path.includes('/') ? path : `./${path}`;
}
