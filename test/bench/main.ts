// npm run bench: Weft beside its peers on this machine. USAGE in options.ts says how it is called.
// Exit codes: 0 measured (whatever the verdicts), 1 something failed, 64 wrong command line, 69 the machine lacks
// what the bench needs, 130 interrupted.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Unavailable } from '../install/unavailable.ts';
import { type Judged, judge } from './bars.ts';
import { makeCertificates } from './certificates.ts';
import { buildPace } from './install/pace.ts';
import { requireTools } from './install/tools.ts';
import type { Bench } from './measure.ts';
import { type Options, parseOptions, USAGE, UsageError } from './options.ts';
import { allowedCores } from './proc-fs.ts';
import { Processes } from './process.ts';
import { QuietBudget } from './quiet.ts';
import { describeMachine } from './report/machine.ts';
import { writePage } from './report/page.ts';
import { barsTable, scenarioTable } from './report/result-tables.ts';
import { type Table, terminalTable } from './report/table.ts';
import { runScenario } from './rounds.ts';
import type { Sample } from './sample.ts';
import type { Scenario } from './scenario.ts';
import { TARGETS } from './targets/catalogue.ts';
import type { Target } from './targets/target.ts';

interface Result {
  readonly scenario: Scenario;
  readonly samples: readonly Sample[];
  readonly table: Table;
  readonly bars: readonly Judged[];
}

/** A signal ends the load generators: that they ended is then no failure to report. */
let isInterrupted = false;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  await using processes = new Processes();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      isInterrupted = true;
      void processes.close().finally(() => process.exit(130));
    });
  }
  const targets = TARGETS.filter(
    (target) =>
      options.targets.includes(target.name) &&
      options.scenarios.some((scenario) => isMeasured(target, scenario)),
  );
  const needsH2load = options.scenarios.some(({ protocol }) => protocol === 'http2');
  requireTools([
    ...(['taskset', 'setpriv', 'nginx', 'wrk', 'cc'] as const),
    ...(needsH2load ? (['h2load'] as const) : []),
    ...targets.flatMap(({ tools }) => tools),
  ]);
  const [proxyCore, clientCore] = twoCores();
  // The bench itself keeps off the proxies' core.
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(clientCore), String(process.pid)]);
  const bench: Bench = { processes, proxyCore, clientCore, pace: buildPace(), seconds: options.seconds };

  const setting = { machine: describeMachine(), versions: versionsOf(targets) };
  console.log(`${setting.machine}\n${setting.versions.join('; ')}\n`);
  const certificates = await makeCertificates('certificates');
  const plan = { ...options, quiet: new QuietBudget(options.quietSeconds, [proxyCore, clientCore]) };
  const results: Result[] = [];
  for (const scenario of options.scenarios) {
    const chosen = targets.filter((target) => isMeasured(target, scenario));
    const samples = await runScenario(bench, scenario, chosen, certificates, plan);
    const result = {
      scenario,
      samples,
      table: scenarioTable(scenario, samples),
      bars: judge(scenario, samples),
    };
    console.log(`${terminalTable(result.table)}\n`);
    results.push(result);
  }
  const bars = barsTable(results.flatMap(({ bars }) => bars));
  if (bars.rows.length > 0) console.log(terminalTable(bars));
  writeFiles(options, targets, setting, results, bars);
  return 0;
}

function writeFiles(
  options: Options,
  targets: readonly Target[],
  setting: { readonly machine: string; readonly versions: readonly string[] },
  results: readonly Result[],
  bars: Table,
): void {
  const args = process.argv.slice(2);
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const made = { command, date: new Date().toISOString().slice(0, 10), ...setting };
  if (options.json !== undefined) {
    const scenarios = results.map(({ scenario, samples, bars }) => ({
      scenario: scenario.name,
      samples,
      bars,
    }));
    writeFileSync(options.json, `${JSON.stringify({ ...made, scenarios }, null, 1)}\n`);
  }
  if (options.markdown !== undefined) {
    const about = targets.map(({ name, about }) => [name, about] as const);
    const scenarios = results.map(({ table }) => table);
    writePage(options.markdown, { ...made, targets: about, bars, scenarios });
  }
}

function isMeasured({ name, isOnRequest }: Target, scenario: Scenario): boolean {
  return scenario.targets.includes(name) || isOnRequest === true;
}

function versionsOf(targets: readonly Target[]): readonly string[] {
  return [...new Set(targets.flatMap((target) => target.version() ?? []))];
}

/** One for the proxies, one for client and origin. */
function twoCores(): readonly [proxyCore: number, clientCore: number] {
  const [proxyCore, clientCore] = allowedCores();
  if (proxyCore === undefined || clientCore === undefined) {
    throw new Unavailable('two cores are needed, one for the proxies and one for client and origin');
  }
  return [proxyCore, clientCore];
}

try {
  process.exitCode = await main();
} catch (error) {
  if (isInterrupted) {
    process.exitCode = 130;
  } else if (error instanceof UsageError) {
    console.error(`bench: ${error.message}\n\n${USAGE}`);
    process.exitCode = 64;
  } else {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof Unavailable ? 69 : 1;
  }
}
