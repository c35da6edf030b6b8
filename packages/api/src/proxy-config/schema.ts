// The file of static mode (StaticConfig) in zod, for the published JSON schema. The proxy itself reads the file by
// proxy/config/decode, which loads faster and knows more: names have to exist, paths be normal, and so on. Fields
// that may be left out here have the default there. schema.test.ts proves the type to be that of types.ts.

import { z } from 'zod';
import { address, port, strings } from './schema/field.ts';
import { inbound } from './schema/inbound.ts';
import { cluster, endpoints, outbound } from './schema/outbound.ts';

/** 0 takes a free port. */
const bindPort = z.int().min(0).max(65535);

const listener = z
  .strictObject({
    name: z.string(),
    address: address.describe('IP address to bind.'),
    port: bindPort.describe('0 takes a free port.'),
    outbound: z.string().optional().describe('Name of the Outbound served here.'),
    inbound: port.optional().describe('Port of the workload (InboundPort.port) served here.'),
  })
  .meta({
    id: 'Listener',
    description: 'One bound socket; exactly one of `outbound` and `inbound` says what is behind it.',
  });

const trust = z
  .strictObject({
    name: z.literal('trust').default('trust').transform(String),
    trustDomain: z.string(),
    roots: strings.min(1).describe('PEM, one certificate each.'),
  })
  .meta({ id: 'Trust', description: "Roots that peers' certificates are checked against." });

const telemetry = z
  .strictObject({
    name: z.literal('telemetry').default('telemetry').transform(String),
    accessLog: z
      .strictObject({
        mode: z.enum(['none', 'errors', 'all']).default('errors'),
        format: z.enum(['json', 'text']).default('json'),
      })
      .prefault({}),
  })
  .meta({ id: 'Telemetry' });

export const staticConfigSchema = z
  .strictObject({
    listeners: z.array(listener).default([]).describe('Sockets to open.'),
    outbounds: z.array(outbound).default([]).describe('Destinations that may be called.'),
    clusters: z.array(cluster).default([]),
    endpoints: z.array(endpoints).default([]).describe('One for each cluster, of the same name.'),
    inbound: inbound.optional().describe('Absent for a proxy without an application behind it.'),
    trust: trust.optional().describe('Absent where mTLS is not used.'),
    telemetry: telemetry.optional(),
    identity: z
      .strictObject({
        certificateFile: z.string().describe('PEM, leaf first.'),
        keyFile: z.string(),
        rootsFile: z.string(),
      })
      .optional()
      .describe('Certificate for mesh mTLS. Absent: plain text only.'),
    admin: z
      .strictObject({
        admin: bindPort.default(15_000),
        metrics: bindPort.default(15_020),
        health: bindPort.default(15_021),
        address: z.string().optional().describe('Default: 127.0.0.1.'),
      })
      .optional()
      .describe("Ports of the proxy's own servers. Absent: none is opened."),
  })
  .describe('Everything that one Weft proxy works by: the file of `weft proxy --config`.');
