// HAProxy as a plain relay with keep-alive on both sides and, between two of them, mTLS.

import { installedVersion } from '../install/tools.ts';
import type { Command } from '../process.ts';
import { writeScratch } from '../workspace.ts';
import type { Hop, Target } from './target.ts';

export const haproxy: Target = {
  name: 'haproxy',
  about: 'relay, no log',
  tools: ['haproxy'],
  features: () => [],
  command: async (hop) => command(hop),
  version: () => installedVersion('haproxy'),
};

function command(hop: Hop): Command {
  const configuration = `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option splice-auto
  http-reuse always
frontend in
  bind 127.0.0.1:${hop.port} ${bindTls(hop)}
  default_backend next
backend next
  balance leastconn
  server upstream 127.0.0.1:${hop.upstreamPort} ${serverTls(hop)}
`;
  return { file: 'haproxy', args: ['-f', writeScratch('config', `${hop.name}.haproxy.cfg`, configuration)] };
}

function bindTls({ role, certificates }: Hop): string {
  if (role !== 'inbound') return '';
  const { rootsFile, inbound } = certificates;
  return `ssl crt ${inbound.bundleFile} ca-file ${rootsFile} verify required ssl-min-ver TLSv1.3 alpn http/1.1`;
}

function serverTls({ role, certificates }: Hop): string {
  if (role !== 'outbound') return '';
  const { rootsFile, outbound, inbound } = certificates;
  const peer = `verify required verifyhost ${inbound.dnsName} sni str(${inbound.dnsName})`;
  return `ssl crt ${outbound.bundleFile} ca-file ${rootsFile} ${peer} ssl-min-ver TLSv1.3 alpn http/1.1`;
}
