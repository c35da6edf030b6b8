// Programs of the distribution: found, installed by apt where that is possible, otherwise named with the command
// that installs them.
import { spawnSync } from 'node:child_process';
import { runInstaller } from './command.ts';
import { Unavailable } from './unavailable.ts';

/** Something of the distribution. */
export interface DebianProgram {
  readonly name: string;
  readonly packages: readonly string[];
  /** A command that ends with 0 where it is there. */
  readonly check: readonly [program: string, ...args: string[]];
}

/** `sbin` is not on everybody's PATH, and servers are there. */
const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** A program that is known by its being on the PATH. */
export function onPath(program: string, ...packages: readonly string[]): DebianProgram {
  return { name: program, packages, check: ['sh', '-c', `command -v ${program}`] };
}

/** Makes sure that all are there; `advice`: what else the user can do, a phrase. */
export function requirePrograms(programs: readonly DebianProgram[], advice?: string): void {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap(({ packages }) => packages))];
  if (process.getuid?.() === 0) aptInstall(packages);
  const absent = missing.filter((program) => !isInstalled(program)).map(({ name }) => name);
  if (absent.length === 0) return;
  const command = `install them (Debian: apt-get install ${packages.join(' ')})`;
  throw new Unavailable(
    `not found: ${absent.join(', ')}; ${command}${advice === undefined ? '' : ` or ${advice}`}`,
  );
}

function isInstalled({ check: [program, ...args] }: DebianProgram): boolean {
  return spawnSync(program, args, { env: { ...process.env, PATH }, stdio: 'ignore' }).status === 0;
}

function aptInstall(packages: readonly string[]): void {
  console.error(`installing ${packages.join(' ')} …`);
  // RUNLEVEL keeps a freshly installed server from being started as a service of the machine.
  const environment = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  // A new machine has no package lists yet, an older one has lists of packages that are gone. Where only one of many
  // sources cannot be read, this fails and what is needed can mostly still be installed.
  spawnSync('apt-get', ['-qq', 'update'], { stdio: ['ignore', 'ignore', 'inherit'] });
  runInstaller('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], environment);
}
