// The upstream of every target, cheap enough never to be the limit: nginx with answers of 1 KiB, 64 KiB and 1 MiB,
// for gRPC fortio. `/seen` tells what it got, so that the bench can prove that a proxy's features are on.
import { fortioBinary } from './install/fortio.ts';
import type { Command } from './process.ts';
import { nginxMain, nginxTempPaths } from './targets/nginx-main.ts';
import type { BenchProtocol } from './targets/target.ts';
import { scratchFolder, writeScratch } from './workspace.ts';

/** Bodies by path, bytes. Every other path answers with the small one. */
export const BODY_BYTES = { '/': 1024, '/64k': 64 * 1024, '/1m': 1024 * 1024 } as const;
export type BodyPath = keyof typeof BODY_BYTES;

export function originCommand(port: number, protocol: BenchProtocol): Command {
  return protocol === 'grpc' ? fortioServer(port) : nginxOrigin(port, protocol);
}

/** One thread, as everything else. */
function fortioServer(port: number): Command {
  const off = ['http', 'redirect', 'tcp', 'udp'].flatMap((server) => [`-${server}-port`, 'disabled']);
  return {
    file: 'env',
    args: [
      'GOMAXPROCS=1',
      fortioBinary(),
      'server',
      ...off,
      '-ui-path',
      '',
      '-grpc-port',
      `127.0.0.1:${port}`,
    ],
  };
}

function nginxOrigin(port: number, protocol: BenchProtocol): Command {
  writeScratch('origin', '64k', 'x'.repeat(BODY_BYTES['/64k']));
  writeScratch('origin', '1m', 'x'.repeat(BODY_BYTES['/1m']));
  const configuration = `${nginxMain('origin')}
http {
  ${nginxTempPaths()}
  access_log off;
  server_tokens off;
  default_type text/plain;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  sendfile on;
  open_file_cache max=16;
  server {
    listen 127.0.0.1:${port} ${protocol === 'http2' ? 'http2' : ''} backlog=4096;
    root ${scratchFolder('origin')};
    location = /64k { }
    location = /1m { }
    location = /seen { return 200 "x-request-id: $http_x_request_id\\ntraceparent: $http_traceparent\\n"; }
    location / { return 200 "${'x'.repeat(BODY_BYTES['/'])}"; }
  }
}
`;
  return { file: 'nginx', args: ['-c', writeScratch('config', 'origin.nginx.conf', configuration)] };
}
