// fortio from its Go module, in a version that is fixed here: client and server of gRPC.
import { goProgram } from '../../install/go.ts';
import { scratchFolder } from '../workspace.ts';

/** Built on first use. */
export function fortioBinary(): string {
  return goProgram(scratchFolder('tools'), { module: 'fortio.org/fortio', version: 'v1.67.1', path: '' });
}
