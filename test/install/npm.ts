// Packages of npm that only a test needs: installed beside the checkout's own, in a fixed version.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runInstaller } from './command.ts';
import { Unavailable } from './unavailable.ts';

/** The folder of the package, installed below `folder` on first use. */
export function npmPackage(folder: string, name: string, version: string): string {
  const prefix = join(folder, `${name.replaceAll('/', '_')}-${version}`);
  const path = join(prefix, 'node_modules', name);
  if (existsSync(path)) return path;
  console.error(`installing ${name} ${version} from npm …`);
  const args = ['install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  runInstaller('npm', [...args, '--loglevel=error', `${name}@${version}`]);
  if (!existsSync(path)) throw new Unavailable(`npm brought no ${name} ${version} into ${prefix}`);
  return path;
}
