// Bun from its npm package, in a version that is fixed here: the same bundle of Weft on another runtime.
import { join } from 'node:path';
import { npmPackage } from '../../install/npm.ts';
import { scratchFolder } from '../workspace.ts';

const VERSION = '1.4.4';
/** The package that holds the binary for this kind of machine. */
const PACKAGE = `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`;

/** Installed on first use. */
export function bunBinary(): string {
  return join(npmPackage(scratchFolder('tools'), PACKAGE, VERSION), 'bin', 'bun');
}
