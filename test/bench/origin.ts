// The upstream of every target: nginx with answers of 1 KiB, 64 KiB and 1 MiB, cheap enough never to be the
// limit. `/seen` tells what it got, so that the bench can prove that a proxy's features are on.
import type { Command } from './process.ts';
import { nginxMain, nginxTempPaths } from './targets/nginx-main.ts';
import { scratchFolder, writeScratch } from './workspace.ts';

/** Bodies by path, bytes. Every other path answers with the small one. */
export const BODY_BYTES = { '/': 1024, '/64k': 64 * 1024, '/1m': 1024 * 1024 } as const;
export type BodyPath = keyof typeof BODY_BYTES;

export function originCommand(port: number): Command {
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
    listen 127.0.0.1:${port} backlog=4096;
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
