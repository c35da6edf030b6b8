// The tree of commands: each file of command/ is one verb, listed here by hand and nowhere else.

import { Command, CommanderError } from 'commander';
import { checkCommand } from './command/check.ts';
import { completionCommand } from './command/completion.ts';
import { controlPlaneCommand } from './command/control-plane.ts';
import { explainCommand } from './command/explain.ts';
import { getCommand } from './command/get.ts';
import { withExamples } from './command/options.ts';
import { proxyCommand } from './command/proxy.ts';
import { proxyConfigCommand } from './command/proxy-config.ts';
import { proxyStatusCommand } from './command/proxy-status.ts';
import { statCommand } from './command/stat.ts';
import { statusCommand } from './command/status.ts';
import { upCommand } from './command/up.ts';
import { versionCommand } from './command/version.ts';

export function program(): Command {
  const weft = new Command('weft')
    .description('A service mesh for Kubernetes and plain hosts that explains its decisions.')
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() });
  withExamples(weft, [
    ['weft up examples/bookshop', 'a mesh to look at, in ten seconds'],
    ['weft status', 'in a second terminal'],
    ['weft get --help', 'what a command can do, with examples'],
  ]);
  weft.addCommand(upCommand());
  weft.addCommand(statusCommand());
  weft.addCommand(checkCommand());
  weft.addCommand(getCommand());
  weft.addCommand(explainCommand());
  weft.addCommand(statCommand());
  weft.addCommand(proxyStatusCommand());
  weft.addCommand(proxyConfigCommand());
  weft.addCommand(proxyCommand());
  weft.addCommand(controlPlaneCommand());
  weft.addCommand(versionCommand());
  weft.addCommand(completionCommand(weft));
  for (const command of [weft, ...weft.commands]) {
    command.exitOverride().showHelpAfterError(`(\`${nameOf(command)} --help\` shows how it is called)`);
  }
  return weft;
}

function nameOf(command: Command): string {
  return command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
}

/** Runs one command line (without node and script) and returns its exit code. @throws what the command throws */
export async function run(args: readonly string[]): Promise<number> {
  const weft = program();
  try {
    if (args.length === 0) {
      weft.outputHelp();
      return 0;
    }
    await weft.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own message; help and version end this way too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}
