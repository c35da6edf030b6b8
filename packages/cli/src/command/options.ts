// Options that several commands have, so that they are called and explained alike.

import { parseDuration } from '@weft/api/duration';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ApiClient, DEFAULT_API } from '../api-client.ts';

/** Adds `--api`; read it with `apiOf`. */
export function withApi(command: Command): Command {
  const option = new Option('--api <address>', "host:port of the control plane's API").default(DEFAULT_API);
  return command.addOption(option.env('WEFT_API'));
}

/** Calls `use` with a client for `--api` and closes it. */
export async function withClient<T>(
  options: { readonly api: string },
  use: (client: ApiClient) => Promise<T>,
): Promise<T> {
  const client = new ApiClient(options.api);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** Adds `-o` with the formats given, the first being the default. */
export function withOutput(command: Command, formats: readonly string[]): Command {
  const option = new Option('-o, --output <format>', 'how to print').choices(formats).default(formats[0]);
  return command.addOption(option);
}

/** Adds `-n` and `-A`. There is no current namespace in a local mesh, so all are shown unless one is named. */
export function withNamespace(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'only this namespace')
    .addOption(new Option('-A, --all-namespaces', 'all namespaces (the default)').conflicts('namespace'));
}

/** Examples below a command's help; each is a command line and what it is good for. */
export function withExamples(
  command: Command,
  examples: readonly (readonly [line: string, why: string])[],
): Command {
  const lines = examples.map(([line, why]) => `  # ${why}\n  $ ${line}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

export function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a number from 1 to 65535.');
}

/** Milliseconds. */
export function duration(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new InvalidArgumentError('Write a duration such as 20s or 1m30s.');
}
