// Deployment and StatefulSet (apps/v1): a Pod template and how many copies of it run. Weft reads them alike.

import { z } from 'zod';
import { type LabelSelector, labelSelector, matchesSelector } from './label-selector.ts';
import { namespacedMetadata } from './metadata.ts';
import { podSpec } from './pod-spec.ts';
import { labels } from './scalar.ts';
import type { TypeOf } from './type-of.ts';

const podTemplate = z.looseObject({
  metadata: z.looseObject({ labels: labels.default({}), annotations: labels.optional() }),
  spec: podSpec,
});

const workloadSpec = z
  .looseObject({
    replicas: z.int().min(0).default(1),
    selector: labelSelector,
    template: podTemplate,
  })
  .check(({ value, issues }) => {
    if (matchesSelector(value.template.metadata.labels, value.selector as LabelSelector)) return;
    issues.push({
      code: 'custom',
      path: ['template', 'metadata', 'labels'],
      input: value.template.metadata.labels,
      message: 'do not match spec.selector; the API server would refuse it',
    });
  });

export const deploymentSchema = z.looseObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: namespacedMetadata,
  spec: workloadSpec,
});

export const statefulSetSchema = z.looseObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('StatefulSet'),
  metadata: namespacedMetadata,
  spec: workloadSpec,
});

export type Deployment = TypeOf<typeof deploymentSchema>;
export type StatefulSet = TypeOf<typeof statefulSetSchema>;
