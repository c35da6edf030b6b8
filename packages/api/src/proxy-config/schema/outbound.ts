// Destinations that the workload may call, their rules, clusters and endpoints.

import { z } from 'zod';
import {
  derived,
  invalid,
  milliseconds,
  objectRef,
  port,
  protocol,
  service,
  strings,
  weight,
  workload,
} from './field.ts';
import { httpFilter } from './http-filter.ts';

const valueMatch = z
  .strictObject({
    name: z.string().describe('Lower-case for headers.'),
    kind: z
      .enum(['exact', 'regex', 'present'])
      .default('exact')
      .describe('`regex` is RE2, full match; `present` ignores value.'),
    value: z.string().default(''),
  })
  .meta({ id: 'ValueMatch' });

const grpcMatch = z
  .strictObject({
    kind: z.enum(['exact', 'regex']).default('exact').describe('regex is RE2, full match.'),
    service: z.string().optional().describe('With its package: `shop.Carts`. Default: any.'),
    method: z.string().optional().describe('Default: any.'),
  })
  .meta({ id: 'GrpcMatch' });

const httpMatch = z
  .strictObject({
    path: z
      .strictObject({ kind: z.enum(['exact', 'prefix', 'regex']), value: z.string() })
      .optional()
      .describe('Default: prefix `/`. Prefixes match whole path elements; regex is RE2, full match.'),
    method: z.string().optional(),
    grpc: grpcMatch
      .optional()
      .describe('Only gRPC calls, of this service and method. Not beside path and method.'),
    headers: z.array(valueMatch).optional(),
    query: z.array(valueMatch).optional(),
  })
  .meta({ id: 'HttpMatch', description: 'All conditions that are present have to hold.' });

const backend = z
  .strictObject({
    cluster: z.string(),
    weight: weight.describe('Share among its siblings; 0 is never chosen.'),
    filters: z.array(httpFilter).default([]),
    invalid,
  })
  .meta({ id: 'Backend' });

const timeouts = z
  .strictObject({
    requestMs: milliseconds.optional().describe('To the end of the response; 504 UT.'),
    backendRequestMs: milliseconds.optional().describe('The same for one attempt.'),
    idleMs: milliseconds.optional().describe('No byte in either direction. Default: 5 min.'),
  })
  .meta({ id: 'Timeouts' });

const httpRule = z
  .strictObject({
    ref: derived(objectRef).describe('The route that it is of. Default: the Outbound.'),
    index: derived(z.int().min(0)).describe('Of the rule in its route. Default: its place.'),
    name: z.string().optional(),
    hostnames: strings.default([]).describe('Exact or `*.suffix`, lower-case. Empty: any.'),
    matches: z.array(httpMatch).default([]).describe('One has to match. Empty: everything.'),
    filters: z.array(httpFilter).default([]),
    backends: z.array(backend).default([]).describe('Empty with no redirect: 500.'),
    timeouts: timeouts.default({}),
    invalid,
  })
  .meta({ id: 'HttpRule' });

const tcpRule = z
  .strictObject({
    ref: derived(objectRef).describe('The route that it is of. Default: the Outbound.'),
    index: derived(z.int().min(0)).describe('Of the rule in its route. Default: its place.'),
    name: z.string().optional(),
    hostnames: strings
      .default([])
      .describe('Server names (SNI): exact or `*.suffix`, lower-case. Empty: any, and no TLS at all.'),
    backends: z.array(backend).default([]).describe('Without filters. Empty: connections are refused.'),
    invalid,
  })
  .meta({ id: 'TcpRule' });

export const outbound = z
  .strictObject({
    name: z.string().describe('`<namespace>/<service>:<port>`'),
    protocol: protocol.default('detect'),
    rules: z
      .array(httpRule)
      .default([])
      .describe('In tie-break order. Empty for protocols that are not HTTP.'),
    tcpRules: z
      .array(tcpRule)
      .default([])
      .describe('For connections that are not HTTP, in tie-break order. None fits: refused.'),
    invalid,
    idleTimeoutMs: milliseconds.optional().describe('Of a TCP connection. Default: 1 h.'),
  })
  .meta({ id: 'Outbound', description: 'One destination as a client sees it.' });

const upstreamTls = z
  .strictObject({
    ref: derived(objectRef).describe('The policy that it is of. Default: the Cluster.'),
    hostname: z
      .string()
      .describe('Sent as SNI. The certificate has to name it where `subjectAltNames` is absent.'),
    roots: z
      .union([strings.min(1), z.literal('system')])
      .default('system')
      .describe("PEM, one certificate each; `system`: the machine's own."),
    subjectAltNames: z
      .array(z.strictObject({ kind: z.enum(['dns', 'uri']), value: z.string() }))
      .min(1)
      .optional()
      .describe('The certificate has to have one of these.'),
    invalid: z.string().optional().describe('Set where it cannot be used: nothing is sent.'),
  })
  .meta({ id: 'UpstreamTls', description: "TLS of the proxy's own, by roots that are not the mesh's." });

export const cluster = z
  .strictObject({
    name: z.string(),
    protocol: protocol.default('http'),
    balancer: z.enum(['least-request', 'round-robin', 'random']).default('least-request'),
    connectTimeoutMs: milliseconds.default(1000),
    service: derived(service).describe('What metrics name as destination. Default: from the name.'),
    policy: objectRef.optional(),
    tls: upstreamTls.optional().describe('To endpoints without an identity. Absent: plain text.'),
  })
  .meta({ id: 'Cluster', description: 'A set of endpoints, and how one of them is chosen and reached.' });

const endpoint = z
  .strictObject({
    address: z.string().describe('IP address.'),
    port,
    weight: weight.describe('0 takes none.'),
    identity: z.string().optional().describe('SPIFFE id to demand in mesh mTLS. Absent: plain text.'),
    workload: workload.optional(),
    zone: z.string().optional(),
  })
  .meta({ id: 'Endpoint' });

export const endpoints = z
  .strictObject({ name: z.string().describe('That of its cluster.'), endpoints: z.array(endpoint) })
  .meta({ id: 'Endpoints' });
