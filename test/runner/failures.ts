// A reporter of node:test beside the one for people: one line of JSON for each test that failed, for test/run.ts.

import { inspect } from 'node:util';

export interface Failure {
  /** Absolute path of the test file. */
  readonly file: string;
  readonly test: string;
  /** What it failed with; absent where only its subtests did. */
  readonly error?: string;
}

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    /** Where the test is written, which may be a file that others import … */
    readonly file?: string;
    /** … and the file that was run. */
    readonly entryFile?: string;
    readonly todo?: string | boolean;
    readonly details?: { readonly error?: Error & { readonly failureType?: string } };
  };
}

export default async function* failures(events: AsyncIterable<TestEvent>): AsyncIterable<string> {
  for await (const { type, data } of events) {
    const file = data.entryFile ?? data.file;
    if (type !== 'test:fail' || file === undefined || data.todo !== undefined) continue;
    const error = data.details?.error;
    const failure: Failure = {
      file,
      test: data.name ?? '',
      ...(error?.failureType !== 'subtestsFailed' && { error: inspect(error?.cause ?? error) }),
    };
    yield `${JSON.stringify(failure)}\n`;
  }
}

/** The failures of each file, from what the reporter wrote. */
export function failuresByFile(lines: string): ReadonlyMap<string, readonly Failure[]> {
  const all = lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Failure);
  return Map.groupBy(all, ({ file }) => file);
}
