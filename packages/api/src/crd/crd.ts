// The CustomResourceDefinition (apiextensions.k8s.io/v1) of an own kind, made from its schema.

import type { z } from 'zod';
import type { OwnKind } from '../kinds/kind.ts';
import { meshStatus, policyStatus } from './status-schema.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: Readonly<Record<string, string | readonly string[]>>;
    readonly versions: readonly CrdVersion[];
  };
}

export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly subresources: { readonly status: object };
  readonly additionalPrinterColumns: readonly object[];
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

/** GEP-713: tools find the kinds that attach to others by this label. */
const POLICY_LABELS = { 'gateway.networking.k8s.io/policy': 'Inherited' };

export function customResourceDefinition(own: OwnKind): CustomResourceDefinition {
  const { kind, plural, singular, group, shortNames } = own;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      ...(own.status === 'policy' ? { labels: POLICY_LABELS } : {}),
    },
    spec: {
      group,
      scope: own.namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['weft'] },
      versions: [
        {
          name: own.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            ...own.columns,
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          schema: { openAPIV3Schema: objectSchema(own) },
        },
      ],
    },
  };
}

function objectSchema(own: OwnKind): StructuralSchema {
  const fields = own.schema.shape as { readonly spec: z.ZodType };
  const spec = structuralSchema(fields.spec);
  return {
    type: 'object',
    description: own.description,
    ...(own.isSingleton
      ? {
          'x-kubernetes-validations': [
            { rule: "self.metadata.name == 'default'", message: 'the name must be "default"' },
          ],
        }
      : {}),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      status: structuralSchema(own.status === 'policy' ? policyStatus : meshStatus),
    },
    // With a default the API server fills it in, so that `required` would never hold.
    ...(spec.default === undefined ? { required: ['spec'] } : {}),
  };
}
