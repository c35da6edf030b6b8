// A folder of manifests read once, as if all of it ran: for commands that work on files alone.

import type { Resource } from '@weft/api/resource';
import type { ResourceSet } from '../provider.ts';
import { readFolder } from './folder.ts';
import { impliedPods } from './implied-pods.ts';
import { EMPTY_STATE, nextState } from './last-good.ts';
import { LocalCluster } from './local-cluster.ts';

/**
 * With the implied Pods, their EndpointSlices, Namespaces and ServiceAccounts.
 * @throws Error with a message for the user where the folder cannot be read or has no manifests.
 */
export async function loadFolder(folder: string): Promise<ResourceSet> {
  const reading = await readFolder(folder);
  if (reading.kind === 'failed') throw new Error(reading.message);
  if (reading.files.length === 0) throw new Error(noManifests(folder));
  const { set } = nextState(EMPTY_STATE, reading.files);
  const written: readonly Resource[] = set.resources.map(({ resource }) => resource);
  return new LocalCluster().complete(set, impliedPods(written));
}

export function noManifests(folder: string): string {
  return `${folder}: no manifests here (*.yaml, *.yml, *.json)`;
}
