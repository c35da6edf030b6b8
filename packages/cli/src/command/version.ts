// weft version: what runs here.

import { Command } from 'commander';
import package_ from '../../package.json' with { type: 'json' };
import { toJson } from '../output/document.ts';
import { withExamples, withOutput } from './options.ts';

export function versionCommand(): Command {
  const command = new Command('version')
    .summary('print the version')
    .description('print the versions of weft and of the Node that it runs on');
  withOutput(command, ['text', 'json']);
  withExamples(command, [['weft version -o json', 'for a script']]);
  return command.action(({ output }: { output: string }) => {
    const { version } = package_;
    const platform = `${process.platform}-${process.arch}`;
    process.stdout.write(
      output === 'json'
        ? toJson({ version, node: process.versions.node, platform })
        : `weft ${version} (Node ${process.versions.node}, ${platform})\n`,
    );
  });
}
