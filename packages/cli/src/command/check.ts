// weft check: does everything work, and if not, what to do.

import { Command } from 'commander';
import package_ from '../../package.json' with { type: 'json' };
import { type ApiClient, ApiError } from '../api-client.ts';
import { type CheckGroup, checkLines, isPassed } from '../check/check.ts';
import { readRunningMesh, runningChecks, unreachable } from '../check/running.ts';
import { toJson, toYaml } from '../output/document.ts';
import { styleFor } from '../output/style.ts';
import { withApi, withClient, withExamples, withOutput } from './options.ts';

interface CheckOptions {
  readonly api: string;
  readonly output: 'text' | 'json' | 'yaml';
}

export function checkCommand(): Command {
  const command = new Command('check')
    .summary('does everything work, and if not, what to do')
    .description(
      'check the mesh that runs: control plane, manifests, workloads, proxies, certificates, and ports whose ' +
        'protocol has to be guessed; or a folder of manifests with nothing running. Each failure comes with what to ' +
        'do; exit code 1 where there is one',
    )
    .argument('[folder]', 'check these manifests instead of the mesh that runs');
  withApi(withOutput(command, ['text', 'json', 'yaml']));
  withExamples(command, [
    ['weft check', 'the mesh that runs'],
    ['weft check manifests', 'files alone, before they are saved for others'],
  ]);
  return command.action(async (folder: string | undefined, options: CheckOptions) => {
    const groups = folder === undefined ? await checkRunning(options) : await checkFolder(folder);
    if (options.output === 'json') process.stdout.write(toJson(groups));
    else if (options.output === 'yaml') process.stdout.write(toYaml([groups]));
    else process.stdout.write(`${checkLines(groups, styleFor(process.stdout)).join('\n')}\n`);
    process.exitCode = isPassed(groups) ? 0 : 1;
  });
}

function checkRunning(options: CheckOptions): Promise<CheckGroup[]> {
  return withClient(options, async (client: ApiClient) => {
    try {
      return runningChecks(await readRunningMesh(client, package_.version));
    } catch (error) {
      if (error instanceof ApiError) return unreachable(client.address, error.message);
      throw error;
    }
  });
}

async function checkFolder(folder: string): Promise<CheckGroup[]> {
  const { folderChecks } = await import('../check/folder.ts');
  return folderChecks(folder);
}
