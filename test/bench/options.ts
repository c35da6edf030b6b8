// The command line of the bench.
import { parseArgs } from 'node:util';
import { SCENARIOS, type Scenario } from './scenario.ts';
import { TARGETS } from './targets/catalogue.ts';

export interface Options {
  readonly scenarios: readonly Scenario[];
  /** Names of targets; each scenario takes those that make sense for it. */
  readonly targets: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Seconds in all to wait for a quiet machine. */
  readonly quietSeconds: number;
  readonly json?: string;
  readonly markdown?: string;
}

export const USAGE = `npm run bench -- [SCENARIO…] [options]

Measures Weft beside its peers. Without a scenario: all of them.

Scenarios:
${SCENARIOS.map(({ name, title }) => `  ${name.padEnd(12)}${title}`).join('\n')}

Options:
  --rounds N         visits of each target (default 5)
  --secs N           length of a visit in seconds (default 3)
  --targets A,B      only these of: ${TARGETS.map(({ name }) => name).join(', ')}
  --quiet N          seconds in all to wait for a quiet machine (default 60)
  --quick            1 round of 1 s without waiting: shows that everything works, measures nothing
  --json FILE        every sample
  --markdown FILE    the tables, into the marked part of this page

Examples:
  npm run bench -- http1 mtls
  npm run bench -- http1 --targets envoy-mesh,weft --rounds 9
  npm run bench -- --markdown docs/reference/performance.md
`;

/** A wrong command line; the message says which argument. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Throws UsageError; undefined where help was asked for. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const quick = values.quick === true;
  return {
    scenarios: positionals.length === 0 ? SCENARIOS : positionals.map(scenarioNamed),
    targets:
      values.targets?.split(',').map(knownTarget) ??
      TARGETS.filter(({ isOnRequest }) => isOnRequest !== true).map(({ name }) => name),
    rounds: positive('--rounds', values.rounds) ?? (quick ? 1 : 5),
    seconds: positive('--secs', values.secs) ?? (quick ? 1 : 3),
    warmUpSeconds: quick ? 1 : 3,
    quietSeconds: positive('--quiet', values.quiet) ?? (quick ? 0 : 60),
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.markdown === undefined ? {} : { markdown: values.markdown }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        secs: { type: 'string' },
        targets: { type: 'string' },
        quiet: { type: 'string' },
        quick: { type: 'boolean' },
        json: { type: 'string' },
        markdown: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((scenario) => scenario.name === name);
  if (scenario !== undefined) return scenario;
  throw new UsageError(`no scenario '${name}': there are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
}

function knownTarget(name: string): string {
  if (TARGETS.some((target) => target.name === name)) return name;
  throw new UsageError(`no target '${name}': there are ${TARGETS.map(({ name }) => name).join(', ')}`);
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new UsageError(`${option} ${text}: a whole number of at least 1 is needed`);
}
