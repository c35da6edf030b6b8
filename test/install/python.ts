// Packages of PyPI, each in a virtual environment of its own and in a fixed version.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInstaller } from './command.ts';
import { type DebianProgram, requirePrograms } from './debian.ts';

/** Written last: an environment without it is an installation that was cut off. */
const COMPLETE = 'complete';
const VENV: DebianProgram = {
  name: 'python3-venv',
  packages: ['python3-venv'],
  check: ['python3', '-c', 'import ensurepip, venv'],
};

/** The folder of the environment, made below `folder` on first use. Its programs are in `bin`. */
export function pythonPackage(folder: string, name: string, version: string): string {
  const venv = join(folder, `${name}-${version}`);
  if (existsSync(join(venv, COMPLETE))) return venv;
  requirePrograms([VENV]);
  console.error(`installing ${name} ${version} from PyPI …`);
  rmSync(venv, { recursive: true, force: true });
  runInstaller('python3', ['-m', 'venv', venv]);
  const pip = ['install', '--quiet', '--disable-pip-version-check', `${name}==${version}`];
  runInstaller(join(venv, 'bin', 'pip'), pip);
  writeFileSync(join(venv, COMPLETE), '');
  return venv;
}
