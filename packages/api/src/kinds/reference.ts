// References from one object to another. They may name what does not exist: that is found out later.

import { z } from 'zod';
import { namespaceName, objectName, port } from './scalar.ts';

/** What a route attaches to. For the mesh: `group: ""`, `kind: Service`. */
export const parentReference = z.strictObject({
  group: z.string().default('gateway.networking.k8s.io'),
  kind: z.string().default('Gateway'),
  namespace: namespaceName.optional(),
  name: objectName,
  sectionName: z.string().optional(),
  port: port.optional(),
});

/** Where requests go. Default kind: Service, which needs a port. */
export const backendReferenceFields = {
  group: z.string().default(''),
  kind: z.string().default('Service'),
  namespace: namespaceName.optional(),
  name: objectName,
  port: port.optional(),
};

/** Share among the rule's backends. 0 takes none. */
export const backendWeight = z.int().min(0).max(1_000_000).default(1);

interface BackendFields {
  readonly group: string;
  readonly kind: string;
  readonly port?: number | undefined;
}

export function requireServicePort({ value, issues }: z.core.ParsePayload<BackendFields>): void {
  if (value.group !== '' || value.kind !== 'Service' || value.port !== undefined) return;
  issues.push({
    code: 'custom',
    path: ['port'],
    input: undefined,
    message: 'is required for a Service; name the port of the Service that takes the requests',
  });
}
