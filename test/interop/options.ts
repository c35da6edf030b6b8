// The command line of the suite.
import { parseArgs } from 'node:util';
import type { Part } from './part.ts';
import { NAMED_PARTS, PARTS } from './parts.ts';

export interface Options {
  readonly parts: readonly Part[];
  /** Only checks with this in `part name`. */
  readonly only: string;
  readonly markdown?: string;
}

export const USAGE = `npm run interop -- [PART…] [options]

Tools, clients and servers that others wrote, through Weft. Without a part: all but the last kind.

Parts:
${listed(PARTS)}

Only where they are named:
${listed(NAMED_PARTS)}

Options:
  --only TEXT        only checks with this text in their name
  --markdown FILE    the results, into the marked part of this page

Logs, configurations and everything installed are in .weft/interop.

Examples:
  npm run interop -- h2spec
  npm run interop -- grpc postgres --only sidecars
`;

function listed(parts: readonly Part[]): string {
  return parts.map(({ name, title }) => `  ${name.padEnd(15)}${title}`).join('\n');
}

/** A wrong command line; the message says which argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Throws UsageError; undefined where help was asked for. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  return {
    parts: positionals.length === 0 ? PARTS : positionals.map(partNamed),
    only: values.only ?? '',
    ...(values.markdown === undefined ? {} : { markdown: values.markdown }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        markdown: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function partNamed(name: string): Part {
  const all = [...PARTS, ...NAMED_PARTS];
  const part = all.find((part) => part.name === name);
  if (part !== undefined) return part;
  throw new UsageError(`no part '${name}': there are ${all.map(({ name }) => name).join(', ')}`);
}
