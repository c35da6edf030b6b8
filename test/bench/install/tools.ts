// Programs of the distribution that the bench needs.
import { spawnSync } from 'node:child_process';
import { requirePrograms } from '../../install/debian.ts';

/** The Debian packages that bring each, and a command that ends with 0 where it is there. */
const TOOLS = {
  nginx: { packages: ['nginx-light'], check: ['nginx', '-v'] },
  haproxy: { packages: ['haproxy'], check: ['haproxy', '-v'] },
  wrk: { packages: ['wrk'], check: ['sh', '-c', 'command -v wrk'] },
  h2load: { packages: ['nghttp2-client'], check: ['h2load', '--version'] },
  'nginx-stream': {
    packages: ['libnginx-mod-stream'],
    check: ['test', '-e', '/usr/lib/nginx/modules/ngx_stream_module.so'],
  },
  cc: { packages: ['gcc', 'libc6-dev'], check: ['cc', '--version'] },
  taskset: { packages: ['util-linux'], check: ['taskset', '--version'] },
  setpriv: { packages: ['util-linux'], check: ['setpriv', '--version'] },
} as const;
export type ToolName = keyof typeof TOOLS;

/** Makes sure that all are there. */
export function requireTools(names: readonly ToolName[]): void {
  const programs = names.map((name) => ({ name, ...TOOLS[name] }));
  requirePrograms(programs, 'for a peer, leave it out with --targets');
}

/** The program with the version that its first line tells, for example `haproxy 2.6.12`. */
export function installedVersion(program: string): string {
  const { stdout, stderr } = spawnSync(program, ['-v'], { encoding: 'utf8' });
  return `${program} ${`${stdout}${stderr}`.match(/\d+(\.\d+)+/)?.[0] ?? '(version unknown)'}`;
}
