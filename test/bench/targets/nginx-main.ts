// What every nginx of the bench begins with, the origin as well as the peer.
import { join } from 'node:path';
import { scratchFolder } from '../workspace.ts';

/** The main context: one worker in the foreground, nothing outside the bench's folder. */
export function nginxMain(name: string): string {
  const log = scratchFolder('log');
  return `daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${join(log, `${name}.pid`)};
error_log ${join(log, `${name}.error.log`)} crit;
events { worker_connections 8192; multi_accept on; }`;
}

/** nginx makes all of these folders at start, by default where only root may. */
export function nginxTempPaths(): string {
  const folder = scratchFolder('nginx-temp');
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
    .join(' ');
}
