// Where the answers are looked up: a folder of manifests compiled here, or the control plane of a mesh that runs.

import type { Diagnostic, MeshStatus, StoredResource } from '@weft/api/control-plane-api';
import type { ObjectRef, ProxyConfig } from '@weft/api/proxy-config/types';
import type { Resource, ResourceOrigin } from '@weft/api/resource';
import { compileMesh, type Mesh } from '@weft/control-plane/compile/mesh';
import type { Model } from '@weft/control-plane/model/model';
import { loadFolder } from '@weft/control-plane/provider/file/load-folder';
import type { ResourceSet } from '@weft/control-plane/provider/provider';
import type { ApiClient } from '../api-client.ts';
import { placeOf } from '../output/diagnostic.ts';

export interface MeshSource {
  /** Names and workloads. */
  readonly model: Model;
  /** All that the proxy `<namespace>/<pod>` could ask for. */
  config(id: string): Promise<ProxyConfig>;
  /** Undefined: there is none, or it is none that a user writes. */
  object(ref: ObjectRef): StoredResource['object'] | undefined;
  /** `routes.yaml:14` of an object or one of its fields, as near as is known. */
  place(ref: ObjectRef, field?: string): string | undefined;
  /** What may make the answer another than the reader expects. */
  readonly notes: readonly string[];
}

/** A set of objects, compiled with `mesh`. */
export function compiledSource(mesh: Mesh, set: ResourceSet): MeshSource {
  const objects = new Map(set.resources.map((sourced) => [refOf(sourced.resource), sourced]));
  return {
    model: mesh.model,
    config: (id) => Promise.resolve(mesh.proxyConfig(id)),
    object: (ref) => objects.get(ref)?.resource,
    place(ref, field) {
      const origin = objects.get(ref)?.origin;
      return origin && `${origin.file}:${field === undefined ? origin.line : origin.position(field).line}`;
    },
    notes: problemNotes(mesh.diagnostics),
  };
}

/** The folder as if all of it ran. @throws Error with a message for the user */
export async function folderSource(folder: string): Promise<MeshSource> {
  const set = await loadFolder(folder);
  return compiledSource(compileMesh(set), set);
}

/** Names come from the objects that the control plane holds, decisions from what it gives to the proxies. */
export async function runningSource(client: ApiClient): Promise<MeshSource> {
  const [status, stored, proxies] = await Promise.all([
    client.status(),
    client.resources({}),
    client.proxies(),
  ]);
  const objects = new Map(stored.map((entry) => [refOf(entry.object), entry]));
  const resources = stored.map(({ object }) => ({ resource: object as Resource }));
  const { model } = compileMesh({ resources, diagnostics: [] }, { trustDomain: status.trustDomain });
  const origins = await originsIn(status.provider);
  const configs = new Map<string, Promise<ProxyConfig>>();
  return {
    model,
    config(id) {
      const [namespace = '', pod = ''] = id.split('/');
      const known = configs.get(id) ?? client.proxyConfig(namespace, pod);
      configs.set(id, known);
      return known;
    },
    object: (ref) => objects.get(ref)?.object,
    place(ref, field) {
      const source = objects.get(ref)?.source;
      const origin = origins.get(ref);
      // The control plane tells where an object begins; its fields are looked up in the file, if that is here.
      const isHere =
        origin !== undefined && field !== undefined && source === `${origin.file}:${origin.line}`;
      return isHere ? `${origin.file}:${origin.position(field).line}` : source;
    },
    notes: [
      ...problemNotes(status.diagnostics),
      ...proxies
        .filter(({ connected, synced }) => !connected || !synced)
        .map(({ id, connected }) =>
          connected
            ? `the proxy ${id} has not accepted its newest configuration (yet): \`weft proxy-status\` says why`
            : `the proxy ${id} is not connected and works by what it had last`,
        ),
    ],
  };
}

/** Where the objects are written, if the mesh works by files that can be read from here too. */
async function originsIn(provider: MeshStatus['provider']): Promise<ReadonlyMap<ObjectRef, ResourceOrigin>> {
  if (provider.kind !== 'file') return new Map();
  const set = await loadFolder(provider.source).catch(() => undefined);
  return new Map(
    (set?.resources ?? []).flatMap(({ resource, origin }) => (origin ? [[refOf(resource), origin]] : [])),
  );
}

function problemNotes(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map((diagnostic) => `${placeOf(diagnostic)}: ${diagnostic.message}`);
}

function refOf({ kind, metadata }: Pick<Resource, 'kind' | 'metadata'>): ObjectRef {
  const { namespace, name } = metadata;
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}
