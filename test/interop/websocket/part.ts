// The cases of the Autobahn test suite, run by `kosoku`, against an echo server behind two sidecars.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../install/folders.ts';
import { npmPackage } from '../../install/npm.ts';
import { pythonPackage } from '../../install/python.ts';
import { CheckFailed } from '../checks.ts';
import type { Part, Setting } from '../part.ts';
import { freePort } from '../programs.ts';
import { through } from '../through.ts';
import { startHttp2Bridge } from './http2-bridge.ts';

const KOSOKU = { name: 'kosoku', version: '0.1.0' };
const WS = { name: 'ws', version: '8.23.0' };
/** All that the harness has: fewer would mean that some were not run. */
const CASES = 517;
/**
 * 1,000 messages of 128 KiB each, compressed, in nine ways to split them. The bytes of all take five minutes of both
 * cores in the tool and the server alone, so that only the first kind of data is run with them.
 */
const HEAVY = ['12.2', '12.3', '12.4', '12.5', '13.2', '13.3', '13.4', '13.5', '13.6', '13.7'].flatMap(
  (group) => ['10', '11', '12', '13', '14', '15', '16', '17', '18'].map((number) => `${group}.${number}`),
);

export const websocket = websocketPart('websocket', HEAVY);
export const websocketAll = websocketPart('websocket-all', []);

function websocketPart(name: string, left: readonly string[]): Part {
  const count = CASES - left.length;
  return {
    name,
    title: `${count} of the ${CASES} cases of Autobahn by ${KOSOKU.name}; what passes directly has to pass`,
    debian: [],
    install() {
      npm();
      kosoku();
    },

    async run(setting) {
      const { checks, meshes, programs } = setting;
      const port = await freePort();
      const server = {
        file: process.execPath,
        args: [join(import.meta.dirname, 'echo-server.ts'), npm(), String(port)],
      };
      await programs.start('websocket-echo', server, port);
      const judge = async (meshPort: number): Promise<string> => {
        const outcomes = await fuzz(
          setting,
          meshPort,
          left.flatMap((id) => ['-x', id]),
        );
        if (outcomes.size !== count) throw new CheckFailed(`${outcomes.size} cases instead of ${count}`);
        const failed = [...outcomes].filter(([, outcome]) => outcome !== 'passed').map(([id]) => id);
        if (failed.length === 0) return `${count} of ${count} passed`;
        // Some fail in the harness itself, whatever is tested: only what passes directly counts.
        const directly = await fuzz(
          setting,
          port,
          failed.flatMap((id) => ['-i', id]),
        );
        const broken = failed.filter((id) => directly.get(id) === 'passed');
        const apart = failed.filter((id) => directly.get(id) !== 'passed');
        const figures = `${count - failed.length} of ${count} passed; not even directly: ${apart.join(', ')}`;
        if (broken.length === 0) return figures;
        const details = broken.map((id) => `${id}: ${outcomes.get(id)}`);
        throw new CheckFailed(`${broken.length} cases fail only through Weft; ${figures}`, details);
      };
      await through(checks, 'HTTP/1.1, two sidecars with mTLS', () => meshes.sidecars(port, 'http'), judge);
      await through(
        checks,
        'extended CONNECT of HTTP/2 (RFC 8441), two sidecars with mTLS',
        () => meshes.sidecars(port, 'http'),
        async (meshPort) => {
          await using bridge = await startHttp2Bridge(meshPort);
          return await judge(bridge.port);
        },
      );
    },
  };
}

/** `passed`, or why not, by case. */
async function fuzz(
  { programs }: Setting,
  port: number,
  selection: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const folder = scratchFolder('interop', 'kosoku', String(port));
  rmSync(folder, { recursive: true, force: true });
  const { code, output } = await programs.run({
    file: kosoku(),
    args: ['-m', 'fuzzingclient', '-p', '4', '-o', folder, ...selection, `ws://127.0.0.1:${port}`],
    limitMs: 1_200_000,
  });
  // It ends with 1 where cases failed.
  if (code !== 0 && code !== 1)
    throw new CheckFailed(`kosoku ended with ${code}`, output.split('\n').slice(-10));
  const agents = Object.values(
    JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')),
  ) as readonly Record<string, { readonly behavior: string; readonly behaviorClose: string }>[];
  return new Map(
    agents.flatMap(Object.entries).map(([id, { behavior, behaviorClose }]) => {
      const isPassed = ACCEPTED.has(behavior) && ACCEPTED.has(behaviorClose);
      return [id, isPassed ? 'passed' : `${behavior}, at the close ${behaviorClose}`];
    }),
  );
}

const ACCEPTED = new Set(['OK', 'NON-STRICT', 'INFORMATIONAL']);

function kosoku(): string {
  return join(pythonPackage(scratchFolder('interop', 'venv'), KOSOKU.name, KOSOKU.version), 'bin', 'kosoku');
}

function npm(): string {
  return npmPackage(scratchFolder('interop', 'npm'), WS.name, WS.version);
}
