// Runs checks, prints a line for each as soon as it is known, and keeps them for the page.

export interface CheckResult {
  readonly part: string;
  readonly check: string;
  readonly kind: 'passed' | 'failed' | 'compared';
  /** What was measured, or what went wrong. */
  readonly figures: string;
  readonly seconds: number;
}

/** A check that did not hold. `details`: lines of the tool's own, shown below. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.details = details;
  }
}

const MARKS = { passed: 'ok     ', failed: 'FAILED ', compared: 'beside ' };

export class Checks {
  readonly #part: string;
  readonly #wanted: string;
  readonly #results: CheckResult[];

  /** `wanted`: only checks whose name has this in it. Results are added to `results`. */
  constructor(part: string, wanted: string, results: CheckResult[]) {
    this.#part = part;
    this.#wanted = wanted;
    this.#results = results;
  }

  /** `work` answers figures, or throws; what it throws never ends the suite. */
  async check(name: string, work: () => Promise<string>): Promise<void> {
    await this.#run(name, work, 'passed');
  }

  /** The same work without Weft: shown beside the others, and a failure of it is one of the harness. */
  async compare(name: string, work: () => Promise<string>): Promise<void> {
    await this.#run(name, work, 'compared');
  }

  isWanted(name: string): boolean {
    return `${this.#part} ${name}`.includes(this.#wanted);
  }

  async #run(name: string, work: () => Promise<string>, success: 'passed' | 'compared'): Promise<void> {
    if (!this.isWanted(name)) return;
    const started = performance.now();
    const done = (kind: CheckResult['kind'], figures: string): void => {
      const seconds = (performance.now() - started) / 1000;
      this.#results.push({ part: this.#part, check: name, kind, figures, seconds });
      console.log(`${MARKS[kind]}${this.#part}: ${name}: ${figures} (${seconds.toFixed(1)} s)`);
    };
    try {
      done(success, await work());
    } catch (error) {
      done('failed', error instanceof Error ? error.message : String(error));
      if (error instanceof CheckFailed) for (const line of error.details) console.log(`         ${line}`);
      else if (error instanceof Error) console.log(`         ${error.stack}`);
    }
  }
}
