// gRPC's own interoperability client and server (Go), with Weft between them.

import { scratchFolder } from '../../install/folders.ts';
import { type GoProgram, goProgram } from '../../install/go.ts';
import { CheckFailed } from '../checks.ts';
import type { Mesh } from '../mesh.ts';
import type { Part, Setting } from '../part.ts';
import { type Command, freePort } from '../programs.ts';
import { through } from '../through.ts';

const GRPC = { module: 'google.golang.org/grpc', version: 'v1.85.0' };
const CLIENT: GoProgram = { ...GRPC, path: 'interop/client' };
const SERVER: GoProgram = { ...GRPC, path: 'interop/server' };

/** All that pass directly: not those that need credentials of Google's, several servers, or load reports (ORCA). */
const CASES = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'status_code_and_message',
  'special_status_message',
  'custom_metadata',
  'unimplemented_method',
  'unimplemented_service',
  'rpc_soak',
  'channel_soak',
];
/** Two threads of 20 calls of 270 KB there and 310 KB back; over one channel, or a new one for each call. */
const SOAK = ['--soak_iterations=40', '--soak_num_threads=2', '--soak_overall_timeout_seconds=60'];

export const grpc: Part = {
  name: 'grpc',
  title: `${CASES.length} cases of gRPC’s interoperability client against its server; what passes directly has to pass`,
  debian: [],
  install() {
    program(CLIENT);
    program(SERVER);
  },

  async run(setting) {
    const { checks, meshes } = setting;
    const serverPort = await startServer(setting);
    let directly: readonly string[] = CASES;
    await checks.compare('directly', async () => {
      const failed = await runCases(setting, CASES, serverPort);
      directly = CASES.filter((name) => !failed.has(name));
      return figures(directly, failed);
    });
    const mesh = (name: string, start: () => Promise<Mesh>): Promise<void> =>
      through(checks, name, start, async (port) => {
        const failed = await runCases(setting, directly, port);
        if (failed.size > 0) throw new CheckFailed(figures(directly, failed), [...failed.values()].flat());
        return figures(directly, failed);
      });
    await mesh('one static proxy, plain text', () => meshes.outbound(serverPort, 'grpc'));
    await mesh('two sidecars with mTLS', () => meshes.sidecars(serverPort, 'grpc'));
    await mesh('two sidecars with mTLS, undeclared port', () => meshes.sidecars(serverPort, 'detect'));
  },
};

/** What failed, with the last lines of the client. */
async function runCases(
  { programs }: Setting,
  cases: readonly string[],
  port: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const failed = new Map<string, readonly string[]>();
  for (const name of cases) {
    const { code, output } = await programs.run(clientCommand(name, port));
    if (code === 0) continue;
    const lines = output.trimEnd().split('\n').slice(-4);
    failed.set(name, [
      `${name}: ${code === -1 ? 'killed at its time limit' : `exit code ${code}`}`,
      ...lines,
    ]);
  }
  return failed;
}

function figures(cases: readonly string[], failed: ReadonlyMap<string, unknown>): string {
  const all = new Set([...cases, ...failed.keys()]);
  const passed = `${all.size - failed.size} of ${all.size} cases passed`;
  return failed.size === 0 ? passed : `${passed}; not: ${[...failed.keys()].join(', ')}`;
}

function clientCommand(name: string, port: number): Command {
  const soak = name.endsWith('_soak') ? SOAK : [];
  return {
    file: program(CLIENT),
    args: ['--server_host=127.0.0.1', `--server_port=${port}`, `--test_case=${name}`, ...soak],
    limitMs: 70_000,
  };
}

async function startServer({ programs }: Setting): Promise<number> {
  const port = await freePort();
  await programs.start('grpc-server', { file: program(SERVER), args: [`--port=${port}`] }, port);
  return port;
}

function program(of: GoProgram): string {
  return goProgram(scratchFolder('interop', 'go'), of);
}
