// Starts a local mesh from a folder of manifests, or says in one line why it cannot be; and ends all of it.

import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, resolve } from 'node:path';
import type { Diagnostic } from '@weft/api/control-plane-api';
import type { SourcedResource } from '@weft/api/resource';
import { FileProvider } from '@weft/control-plane/provider/file/file-provider';
import { diagnosticLine } from '../output/diagnostic.ts';
import { count } from '../output/quantity.ts';
import { UserError } from '../user-error.ts';
import { weftCommand } from './build.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';
import { DataFolder } from './data-folder.ts';
import { limitLogs } from './log-limit.ts';
import { LocalMesh } from './mesh.ts';
import { OrphanGuard } from './orphan-guard.ts';
import { isFree, PortAllocator } from './port-allocator.ts';
import { diagnose, type LocalWorkload, readWorkloads } from './workload.ts';

export interface StartOptions {
  readonly folder: string;
  readonly apiPort: number;
  /** Ends the start early; what was started until then is stopped. */
  readonly signal: AbortSignal;
  /** A sentence for each stage that is done. */
  readonly onStage: (text: string) => void;
}

export interface RunningMesh {
  readonly mesh: LocalMesh;
  readonly controlPlane: ControlPlaneProcess;
  readonly data: DataFolder;
  /** The objects of the folder now. */
  resources(): readonly SourcedResource[];
  /** Ends every process, removes the folder with logs and secrets. */
  stop(): Promise<void>;
}

/** @throws UserError; nothing is left running then. */
export async function startLocalMesh(options: StartOptions): Promise<RunningMesh> {
  const { folder, apiPort, signal, onStage } = options;
  await using started = new AsyncDisposableStack();
  const provider = started.use(new FileProvider(folder));
  const building = weftCommand();
  await provider.ready.catch((error: Error) => {
    throw new UserError(error.message);
  });
  const workloads = await checkManifests(folder, provider.current.resources, provider.current.diagnostics);
  if (!(await isFree(apiPort))) {
    throw new UserError(
      `port ${apiPort} of 127.0.0.1 is in use: stop the mesh that runs there, or choose another with --api-port`,
    );
  }
  onStage(`${count(workloads.length, 'workload')} in ${folder}`);

  const data = await DataFolder.create();
  const guard = new OrphanGuard(data.root);
  started.defer(() => guard.close());
  started.use(limitLogs(data.path('logs')));
  const weft = await building;
  const ports = started.use(new PortAllocator());
  signal.throwIfAborted();
  const controlPlane = await ControlPlaneProcess.start({ folder, apiPort, weft, data, guard, ports });
  started.defer(() => controlPlane.stop());
  signal.throwIfAborted();
  onStage(`control plane ready at ${controlPlane.apiAddress}`);

  const mesh = new LocalMesh({ provider, weft, data, guard, controlPlane, ports });
  started.defer(() => mesh.stop());
  const everything = started.move();
  return {
    mesh,
    controlPlane,
    data,
    resources: () => provider.current.resources,
    stop: () => everything.disposeAsync(),
  };
}

/** What must be right before anything is started; later on a mistake is reported and the last good version runs. */
async function checkManifests(
  folder: string,
  resources: readonly SourcedResource[],
  diagnostics: readonly Diagnostic[],
): Promise<readonly LocalWorkload[]> {
  const { workloads } = readWorkloads(resources, process.cwd());
  const errors = [
    ...diagnostics.filter(({ severity }) => severity === 'error'),
    ...(await Promise.all(workloads.map(commandProblem))).filter((problem) => problem !== undefined),
  ];
  if (errors.length > 0) {
    throw new UserError(errors.map((problem) => diagnosticLine(problem).replace(/^error /, '')).join('\n'));
  }
  if (workloads.length === 0) {
    throw new UserError(`${folder} has no Deployment and no StatefulSet, so there is nothing to run`);
  }
  return workloads;
}

/** A command that is not there is the most common mistake of all; it is found before anything runs. */
async function commandProblem({ template, source }: LocalWorkload): Promise<Diagnostic | undefined> {
  if (template.problem) return template.problem;
  const [program = ''] = template.command ?? [];
  // `$(NAME)` is only known when the pod is.
  if (program.includes('$(') || (await isExecutable(program, template.workingDirectory))) return undefined;
  const message = `command "${program}" not found: install it, or name another in the annotation weft.dev/local-command`;
  return diagnose(source, 'error', 'CommandNotFound', message, 'spec.template.spec.containers[0].command[0]');
}

async function isExecutable(program: string, workingDirectory: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = program.includes('/')
    ? [isAbsolute(program) ? program : resolve(workingDirectory, program)]
    : folders.map((folder) => resolve(folder || '.', program));
  if (program === 'node') return true;
  const found = await Promise.all(
    candidates.map((path) =>
      access(path, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
