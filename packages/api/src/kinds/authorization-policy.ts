// AuthorizationPolicy (weft.dev/v1alpha1): who may call a workload, and what.

import { z } from 'zod';
import {
  addressRange,
  hostPattern,
  identityPattern,
  method,
  pathPattern,
  serviceAccountReference,
  valuePattern,
} from './authorization-pattern.ts';
import { namespacedMetadata } from './metadata.ts';
import { headerName, namespaceName, port } from './scalar.ts';
import { workloadTargets } from './target-ref.ts';
import type { TypeOf } from './type-of.ts';

function list<Item extends z.ZodType>(item: Item, meaning: string) {
  return z.array(item).min(1).max(256).optional().describe(`${meaning} Default: any.`);
}

function exclusion<Item extends z.ZodType>(item: Item, field: string) {
  return z
    .array(item)
    .min(1)
    .max(256)
    .optional()
    .describe(`None of these may hold; wins over \`${field}\`. Default: none.`);
}

/** An entry that says nothing would match everything: most likely a mistake, and an open door. */
function notEmpty(fields: string) {
  return ({ value, issues }: z.core.ParsePayload<object>): void => {
    if (Object.values(value).some((field) => field !== undefined)) return;
    issues.push({
      code: 'custom',
      path: [],
      input: value,
      message: `is empty and would match everything; set one of ${fields}, or remove it`,
    });
  };
}

const source = z
  .strictObject({
    identities: list(identityPattern, 'SPIFFE ids; `*` at the start or the end matches any characters.'),
    notIdentities: exclusion(identityPattern, 'identities'),
    serviceAccounts: list(
      serviceAccountReference,
      'Service accounts of this trust domain: `name` in the namespace of the policy, or `namespace/name`.',
    ),
    notServiceAccounts: exclusion(serviceAccountReference, 'serviceAccounts'),
    namespaces: list(namespaceName, 'Namespaces of the caller, in this trust domain.'),
    notNamespaces: exclusion(namespaceName, 'namespaces'),
    addresses: list(addressRange, "IP addresses and CIDRs of the connection's other end."),
    notAddresses: exclusion(addressRange, 'addresses'),
  })
  .check(notEmpty('identities, serviceAccounts, namespaces, addresses'))
  .meta({ minProperties: 1 });

const operation = z
  .strictObject({
    methods: list(method, 'HTTP methods.'),
    notMethods: exclusion(method, 'methods'),
    paths: list(
      pathPattern,
      'Paths after normalisation, without the query: exact, `/prefix*`, `*suffix`, or a template, where `{*}` is ' +
        'one element and `{**}` the rest.',
    ),
    notPaths: exclusion(pathPattern, 'paths'),
    hosts: list(hostPattern, 'Hosts without port, lower-case; `*` at the start or the end.'),
    notHosts: exclusion(hostPattern, 'hosts'),
    ports: list(port, 'Ports of the workload (container ports).'),
    notPorts: exclusion(port, 'ports'),
  })
  .check(notEmpty('methods, paths, hosts, ports'))
  .meta({ minProperties: 1 });

const CONDITION_WITHOUT_VALUES = 'needs values or notValues; values: ["*"] asks for the header to be there';

const condition = z
  .strictObject({
    header: headerName.describe('Request header, in any case.'),
    values: list(valuePattern, 'One of them has to match; `*` alone: the header is there.'),
    notValues: exclusion(valuePattern, 'values'),
  })
  .refine(({ values, notValues }) => values !== undefined || notValues !== undefined, {
    error: CONDITION_WITHOUT_VALUES,
  })
  .meta({
    'x-kubernetes-validations': [
      { rule: 'has(self.values) || has(self.notValues)', message: CONDITION_WITHOUT_VALUES },
    ],
  });

const rule = z.strictObject({
  from: z
    .array(source)
    .min(1)
    .max(64)
    .optional()
    .describe('Callers: one entry has to match, in it every field. Default: any caller, known or not.'),
  to: z
    .array(operation)
    .min(1)
    .max(64)
    .optional()
    .describe(
      'What is called: one entry has to match, in it every field. On a port that is not HTTP only `ports` can hold; ' +
        'an ALLOW rule with HTTP fields never matches there, a DENY rule is taken without them. Default: anything.',
    ),
  when: z
    .array(condition)
    .min(1)
    .max(64)
    .optional()
    .describe('Conditions that all have to hold. Default: none.'),
});

export const authorizationPolicySchema = z.strictObject({
  apiVersion: z.literal('weft.dev/v1alpha1'),
  kind: z.literal('AuthorizationPolicy'),
  metadata: namespacedMetadata,
  spec: z
    .strictObject({
      targetRefs: workloadTargets,
      action: z
        .enum(['ALLOW', 'DENY', 'AUDIT'])
        .default('ALLOW')
        .describe(
          '`DENY` refuses what a rule matches. `ALLOW` refuses what no rule of any ALLOW policy for the workload ' +
            'matches. `AUDIT` decides nothing and logs what matches. Default: ALLOW. On conflict: DENY wins; all ' +
            'policies for a workload, its Services, its namespace and the mesh are evaluated together.',
        ),
      rules: z
        .array(rule)
        .max(256)
        .default([])
        .describe(
          'One of them has to match; `- {}` matches everything. Default: none, so ALLOW allows nothing and DENY ' +
            'denies nothing.',
        ),
    })
    .describe('Who may do what.'),
  status: z.unknown().optional(),
});

export type AuthorizationPolicy = TypeOf<typeof authorizationPolicySchema>;
export type AuthorizationPolicyRule = AuthorizationPolicy['spec']['rules'][number];
export type AuthorizationPolicySource = NonNullable<AuthorizationPolicyRule['from']>[number];
export type AuthorizationPolicyOperation = NonNullable<AuthorizationPolicyRule['to']>[number];
export type AuthorizationPolicyCondition = NonNullable<AuthorizationPolicyRule['when']>[number];
