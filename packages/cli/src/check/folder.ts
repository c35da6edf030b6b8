// Checks of a folder of manifests alone, with nothing running: as if all of it ran.

import { compileMesh } from '@weft/control-plane/compile/mesh';
import type { Model } from '@weft/control-plane/model/model';
import { loadFolder } from '@weft/control-plane/provider/file/load-folder';
import { count } from '../output/quantity.ts';
import { UserError } from '../user-error.ts';
import { type Check, type CheckGroup, good, warning } from './check.ts';
import { manifestChecks } from './manifests.ts';

/** @throws UserError where the folder cannot be read or has no manifests. */
export async function folderChecks(folder: string): Promise<CheckGroup[]> {
  const set = await loadFolder(folder).catch((error: Error) => {
    throw new UserError(error.message);
  });
  const { diagnostics, model } = compileMesh(set);
  const origins = new Map(
    set.resources.map(({ resource, origin }) => [
      `${resource.kind}/${resource.metadata.namespace}/${resource.metadata.name}`,
      origin,
    ]),
  );
  const place = (namespace: string, name: string): string => {
    const origin = origins.get(`Service/${namespace}/${name}`);
    return origin === undefined ? '' : ` (${origin.file}:${origin.line})`;
  };
  return [
    { title: 'Manifests', checks: [...manifestChecks(diagnostics), contents(model)] },
    { title: 'Protocols', checks: undeclaredPorts(model, place) },
  ];
}

function contents({ services, routes, workloads }: Model): Check {
  const parts = [
    count(services.size, 'service'),
    count(workloads().length, 'workload'),
    count(routes.size, 'route'),
  ];
  return good(parts.join(', '));
}

function undeclaredPorts(model: Model, place: (namespace: string, name: string) => string): Check[] {
  const guessed = [...model.services.values()].flatMap(({ namespace, name, ports }) =>
    ports
      .filter(({ protocol }) => protocol === 'detect')
      .map(({ number }) =>
        warning(
          `${namespace}/${name}:${number} declares no protocol: its connections will be looked at`,
          `Service/${namespace}/${name}${place(namespace, name)}: name the port "http-…", "grpc-…", "tls-…" or ` +
            '"tcp-…", or set its appProtocol',
        ),
      ),
  );
  return guessed.length > 0 ? guessed : [good('every port of every Service declares what it speaks')];
}
