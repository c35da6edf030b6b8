// npm run interop: what others wrote, through Weft. USAGE in options.ts says how it is called.
// Exit codes: 0 every check held, 1 one did not, 64 wrong command line, 69 this machine cannot have the tools,
// 130 interrupted.
import { requirePrograms } from '../install/debian.ts';
import { Unavailable } from '../install/unavailable.ts';
import { type CheckResult, Checks } from './checks.ts';
import { Meshes } from './mesh.ts';
import { parseOptions, USAGE, UsageError } from './options.ts';
import { writePage } from './page.ts';
import { Programs } from './programs.ts';
import { useOwnTemporaryFolder } from './temporary.ts';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  if (process.platform !== 'linux') throw new Unavailable('Linux is needed: servers are started by setpriv');
  const asRoot = options.parts.filter(({ needsRoot }) => needsRoot === true).map(({ name }) => name);
  if (asRoot.length > 0 && process.getuid?.() !== 0) {
    throw new Unavailable(
      `only root can start servers as users of their own: leave out ${asRoot.join(', ')}`,
    );
  }
  requirePrograms(options.parts.flatMap(({ debian }) => debian));
  for (const part of options.parts) part.install?.();

  useOwnTemporaryFolder();
  await using programs = new Programs();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void programs[Symbol.asyncDispose]().finally(() => process.exit(130));
    });
  }
  await using meshes = await Meshes.create(programs);
  const results: CheckResult[] = [];
  for (const part of options.parts) {
    const checks = new Checks(part.name, options.only, results);
    // Outside its checks a part only prepares: where that fails, it is a check that did not hold.
    await part.run({ checks, programs, meshes }).catch((error) =>
      checks.check('preparation', async () => {
        throw error;
      }),
    );
    await programs[Symbol.asyncDispose]();
  }
  if (options.markdown !== undefined) writePage(options.markdown, options.parts, results);
  const failed = results.filter(({ kind }) => kind === 'failed').length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0 && results.length > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`interop: ${error.message}\n\n${USAGE}`);
    process.exitCode = 64;
  } else if (error instanceof Unavailable) {
    console.error(`interop: ${error.message}`);
    process.exitCode = 69;
  } else {
    console.error('interop:', error);
    process.exitCode = 1;
  }
}
