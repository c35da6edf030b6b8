// Programs of the distribution that the bench needs: found, installed by apt where that is possible, otherwise
// named with the command that installs them.
import { spawnSync } from 'node:child_process';

/** The Debian packages that bring each, and a command that ends with 0 where it is there. */
const TOOLS = {
  nginx: { packages: ['nginx-light'], check: ['nginx', '-v'] },
  haproxy: { packages: ['haproxy'], check: ['haproxy', '-v'] },
  wrk: { packages: ['wrk'], check: ['sh', '-c', 'command -v wrk'] },
  cc: { packages: ['gcc', 'libc6-dev'], check: ['cc', '--version'] },
  'python3-venv': { packages: ['python3-venv'], check: ['python3', '-c', 'import ensurepip, venv'] },
  taskset: { packages: ['util-linux'], check: ['taskset', '--version'] },
  setpriv: { packages: ['util-linux'], check: ['setpriv', '--version'] },
} as const;
export type ToolName = keyof typeof TOOLS;

/** The bench cannot run on this machine as it is; the message says what to do. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Makes sure that all are there. */
export function requireTools(names: readonly ToolName[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap((name) => TOOLS[name].packages))];
  if (process.getuid?.() === 0) aptInstall(packages);
  const absent = missing.filter((name) => !isInstalled(name));
  if (absent.length > 0) {
    throw new Unavailable(
      `not found: ${absent.join(', ')}; install them (Debian: apt-get install ${packages.join(' ')}) ` +
        'or, for a peer, leave it out with --targets',
    );
  }
}

/** The program with the version that its first line tells, for example `haproxy 2.6.12`. */
export function installedVersion(program: string): string {
  const { stdout, stderr } = spawnSync(program, ['-v'], { encoding: 'utf8' });
  return `${program} ${`${stdout}${stderr}`.match(/\d+(\.\d+)+/)?.[0] ?? '(version unknown)'}`;
}

function isInstalled(name: ToolName): boolean {
  const [program, ...args] = TOOLS[name].check;
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function aptInstall(packages: readonly string[]): void {
  console.error(`bench: installing ${packages.join(' ')} …`);
  // RUNLEVEL keeps a freshly installed nginx or haproxy from being started as a service of the machine.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args: readonly string[]): boolean =>
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  // A new machine has no package lists yet, an older one has lists of packages that are gone.
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}
