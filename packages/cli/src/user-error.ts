// An error whose message is for the person at the terminal: what is wrong, where, what to do next. Anything else
// that is thrown is a fault of ours and is printed with its stack.

import { styleText } from 'node:util';

export class UserError extends Error {
  override readonly name: string = 'UserError';
  /** 1: it failed, 2: it was called wrongly. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Prints the error to standard error; returns the exit code. */
export function reportError(error: unknown): number {
  const mark = styleText('red', 'error', { stream: process.stderr });
  if (error instanceof UserError) {
    process.stderr.write(`${mark}: ${error.message}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${mark}: a fault of Weft's, please report it\n${stack}\n`);
  return 1;
}
