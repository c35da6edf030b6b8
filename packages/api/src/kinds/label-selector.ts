// Label selectors, as workloads and Services pick their Pods.

import { z } from 'zod';
import { labels } from './scalar.ts';
import type { TypeOf } from './type-of.ts';

export const labelSelector = z.looseObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.looseObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

export type LabelSelector = TypeOf<typeof labelSelector>;

type Labels = Readonly<Record<string, string>>;

/** Every label of `wanted` is there with that value (a Service's selector). */
export function hasLabels(actual: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => actual[key] === value);
}

/** An empty selector matches everything; an absent key satisfies `NotIn`, as in Kubernetes. */
export function matchesSelector(actual: Labels, selector: LabelSelector): boolean {
  return (
    hasLabels(actual, selector.matchLabels ?? {}) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = actual[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
      }
    })
  );
}
