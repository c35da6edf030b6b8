// HAProxy as a plain relay with keep-alive on both sides and, between two of them, mTLS; or as a relay of bytes.

import { installedVersion } from '../install/tools.ts';
import type { Command } from '../process.ts';
import { writeScratch } from '../workspace.ts';
import type { BenchProtocol, Hop, Target } from './target.ts';

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
  mode ${hop.protocol === 'tcp' ? 'tcp' : 'http'}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option splice-auto
  ${hop.protocol === 'tcp' ? '' : 'http-reuse always'}
frontend in
  bind 127.0.0.1:${hop.port} ${bindTls(hop)}
  default_backend next
backend next
  balance leastconn
  server upstream 127.0.0.1:${hop.upstreamPort} ${serverTls(hop)}
`;
  return { file: 'haproxy', args: ['-f', writeScratch('config', `${hop.name}.haproxy.cfg`, configuration)] };
}

/** What HTTP is spoken where no TLS negotiates it. */
function spoken(protocol: BenchProtocol): string {
  return protocol === 'http2' || protocol === 'grpc' ? 'proto h2' : '';
}

/** What is negotiated; bytes get no ALPN and no resumption: every connection is a full handshake. */
function negotiated(protocol: BenchProtocol, withoutResumption: string): string {
  if (protocol === 'tcp') return withoutResumption;
  return `alpn ${protocol === 'http1' ? 'http/1.1' : 'h2'}`;
}

function bindTls({ role, protocol, certificates }: Hop): string {
  if (role !== 'inbound') return spoken(protocol);
  const { rootsFile, inbound } = certificates;
  return `ssl crt ${inbound.bundleFile} ca-file ${rootsFile} verify required ssl-min-ver TLSv1.3 ${negotiated(protocol, 'no-tls-tickets')}`;
}

function serverTls({ role, protocol, certificates }: Hop): string {
  if (role !== 'outbound') return spoken(protocol);
  const { rootsFile, outbound, inbound } = certificates;
  const peer = `verify required verifyhost ${inbound.dnsName} sni str(${inbound.dnsName})`;
  return `ssl crt ${outbound.bundleFile} ca-file ${rootsFile} ${peer} ssl-min-ver TLSv1.3 ${negotiated(protocol, 'no-ssl-reuse')}`;
}
