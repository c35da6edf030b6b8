// nginx as a plain relay with keep-alive on both sides and, between two of them, mTLS; of HTTP/2 it relays gRPC only.

import { installedVersion } from '../install/tools.ts';
import type { Command } from '../process.ts';
import { writeScratch } from '../workspace.ts';
import { nginxMain, nginxTempPaths } from './nginx-main.ts';
import type { Hop, Target } from './target.ts';

export const nginx: Target = {
  name: 'nginx',
  about: 'relay, no access log',
  tools: ['nginx', 'nginx-stream'],
  features: () => [],
  command: async (hop) => command(hop),
  version: () => installedVersion('nginx'),
};

function command(hop: Hop): Command {
  const configuration = hop.protocol === 'tcp' ? bytes(hop) : http(hop);
  return { file: 'nginx', args: ['-c', writeScratch('config', `${hop.name}.nginx.conf`, configuration)] };
}

function bytes(hop: Hop): string {
  const isResumed = hop.role === 'outbound' ? 'proxy_ssl on; proxy_ssl_session_reuse off;' : '';
  return `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
${nginxMain(hop.name)}
stream {
  upstream next { server 127.0.0.1:${hop.upstreamPort}; }
  server {
    ${listen(hop)}
    ${hop.role === 'inbound' ? 'ssl_session_tickets off;' : ''}
    proxy_pass next;
    ${isResumed}
    ${upstreamTls(hop)}
  }
}
`;
}

function http(hop: Hop): string {
  const scheme = hop.role === 'outbound' ? 'https' : 'http';
  const pass =
    hop.protocol === 'grpc'
      ? 'grpc_pass grpc://next;'
      : `proxy_pass ${scheme}://next; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host;`;
  return `${nginxMain(hop.name)}
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
      ${pass}
      ${upstreamTls(hop)}
    }
  }
}
`;
}

function listen({ role, protocol, port, certificates }: Hop): string {
  if (role !== 'inbound')
    return `listen 127.0.0.1:${port} ${protocol === 'grpc' ? 'http2' : ''} backlog=4096;`;
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
