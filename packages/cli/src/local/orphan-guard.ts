// Ends what is left when the launcher is gone, also when it was killed: a tiny shell that is told which process
// groups live, waits for its standard input to close, kills the groups that still do and removes the data folder.
// A normal end goes the same way, with no group left, so the path that matters is taken every time.

import { type ChildProcess, spawn } from 'node:child_process';

const SCRIPT = `
trap '' HUP INT TERM
alive=' '
while read -r sign group; do
  case $sign in
    +) alive="$alive$group " ;;
    -) alive="\${alive%% $group *} \${alive#* $group }" ;;
  esac
done
for group in $alive; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1"
`;

export class OrphanGuard {
  readonly #shell: ChildProcess;
  readonly #ended: Promise<void>;

  /** `folder` is removed when the guard ends. */
  constructor(folder: string) {
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'weft-orphan-guard', folder], {
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#ended = new Promise((resolve) => {
      this.#shell.once('exit', () => resolve());
      this.#shell.once('error', () => resolve());
    });
    // A guard that was killed is no reason to stop the mesh.
    this.#shell.stdin?.on('error', () => {});
  }

  get pid(): number | undefined {
    return this.#shell.pid;
  }

  add(group: number): void {
    this.#shell.stdin?.write(`+ ${group}\n`);
  }

  remove(group: number): void {
    this.#shell.stdin?.write(`- ${group}\n`);
  }

  /** Resolves when the groups that were left are killed and the folder is gone. */
  async close(): Promise<void> {
    this.#shell.stdin?.end();
    await this.#ended;
  }
}
