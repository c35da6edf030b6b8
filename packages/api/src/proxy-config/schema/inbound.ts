// Traffic to the workload itself.

import { z } from 'zod';
import {
  address,
  derived,
  milliseconds,
  objectRef,
  port,
  protocol,
  service,
  strings,
  workload,
} from './field.ts';

const source = z
  .strictObject({
    identities: strings.optional(),
    notIdentities: strings.optional(),
    namespaces: strings.optional(),
    notNamespaces: strings.optional(),
    addresses: strings.optional(),
    notAddresses: strings.optional(),
  })
  .meta({
    id: 'AuthorizationSource',
    description:
      'All fields that are present have to hold; `*` at the start or end of an identity matches any characters.',
  });

const operation = z
  .strictObject({
    methods: strings.optional(),
    notMethods: strings.optional(),
    paths: strings.optional(),
    notPaths: strings.optional(),
    hosts: strings.optional(),
    notHosts: strings.optional(),
    ports: z.array(port).optional(),
    notPorts: z.array(port).optional(),
  })
  .meta({ id: 'AuthorizationOperation' });

const condition = z
  .strictObject({ header: z.string(), values: strings.optional(), notValues: strings.optional() })
  .meta({ id: 'HeaderCondition' });

const rule = z
  .strictObject({
    from: z.array(source).default([]),
    to: z.array(operation).default([]),
    when: z.array(condition).default([]),
  })
  .meta({
    id: 'AuthorizationRule',
    description: 'Matches when one of `from` (if any), one of `to` (if any) and all of `when` hold.',
  });

const ruleSet = z
  .strictObject({
    ref: objectRef,
    action: z.enum(['ALLOW', 'DENY', 'AUDIT']),
    rules: z
      .array(rule)
      .default([])
      .describe('ALLOW with no rules allows nothing; DENY with no rules denies nothing.'),
    invalid: z.string().optional().describe('The policy could not be read: every request is denied.'),
  })
  .meta({ id: 'AuthorizationRuleSet', description: 'One AuthorizationPolicy.' });

const inboundPort = z
  .strictObject({
    port: port.describe('The port that peers think they call.'),
    protocol: protocol.default('detect'),
    app: z.strictObject({ address, port }).describe('Where the application listens.'),
    mtls: z
      .strictObject({ mode: z.enum(['STRICT', 'PERMISSIVE', 'DISABLE']), ref: objectRef.optional() })
      .default({ mode: 'PERMISSIVE' }),
    authorization: z
      .array(ruleSet)
      .default([])
      .describe('In order of evaluation: DENY, ALLOW, AUDIT. Empty: everything is allowed.'),
    service: service.optional(),
    idleTimeoutMs: milliseconds.optional().describe('Of a TCP connection. Default: 1 h.'),
    streamIdleMs: milliseconds
      .optional()
      .describe('Of a request: no byte in either direction. Default: 5 min.'),
  })
  .meta({ id: 'InboundPort' });

export const inbound = z
  .strictObject({
    name: z.string().describe('`<namespace>/<pod>`'),
    workload: derived(workload).describe('Default: from the name.'),
    ports: z.array(inboundPort).default([]),
  })
  .meta({ id: 'Inbound', description: 'Traffic to the workload.' });
