// nginx as a plain relay with keep-alive on both sides and, between two of them, mTLS.

import { installedVersion } from '../install/tools.ts';
import type { Command } from '../process.ts';
import { writeScratch } from '../workspace.ts';
import { nginxMain, nginxTempPaths } from './nginx-main.ts';
import type { Hop, Target } from './target.ts';

export const nginx: Target = {
  name: 'nginx',
  about: 'relay, no access log',
  tools: ['nginx'],
  features: () => [],
  command: async (hop) => command(hop),
  version: () => installedVersion('nginx'),
};

function command(hop: Hop): Command {
  const configuration = `${nginxMain(hop.name)}
http {
  ${nginxTempPaths()}
  access_log off;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  upstream next {
    server 127.0.0.1:${hop.upstreamPort};
    keepalive 512;
    keepalive_requests 1000000000;
  }
  server {
    ${listen(hop)}
    location / {
      proxy_pass ${hop.role === 'outbound' ? 'https' : 'http'}://next;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      ${upstreamTls(hop)}
    }
  }
}
`;
  return { file: 'nginx', args: ['-c', writeScratch('config', `${hop.name}.nginx.conf`, configuration)] };
}

function listen({ role, port, certificates }: Hop): string {
  if (role !== 'inbound') return `listen 127.0.0.1:${port} backlog=4096;`;
  const { rootsFile, inbound } = certificates;
  return `listen 127.0.0.1:${port} ssl backlog=4096;
    ssl_protocols TLSv1.3;
    ssl_certificate ${inbound.certificateFile};
    ssl_certificate_key ${inbound.keyFile};
    ssl_client_certificate ${rootsFile};
    ssl_verify_client on;`;
}

function upstreamTls({ role, certificates }: Hop): string {
  if (role !== 'outbound') return '';
  const { rootsFile, outbound, inbound } = certificates;
  return `proxy_ssl_protocols TLSv1.3;
      proxy_ssl_certificate ${outbound.certificateFile};
      proxy_ssl_certificate_key ${outbound.keyFile};
      proxy_ssl_trusted_certificate ${rootsFile};
      proxy_ssl_verify on;
      proxy_ssl_server_name on;
      proxy_ssl_name ${inbound.dnsName};`;
}
