// Whether a regular expression is one that the data plane can run: RE2 syntax, as the proxy compiles it.

import { RE2JS } from 're2js';
import type { Finding } from '../model/finding.ts';

/** Why it cannot be used; undefined: it can. */
export function regexProblem(expression: string): string | undefined {
  try {
    RE2JS.compile(expression);
    return undefined;
  } catch (error) {
    return `${JSON.stringify(expression)} is not an RE2 regular expression (${(error as Error).message})`;
  }
}

/** What its author is told of an expression at `field` that cannot be used; undefined: it can. */
export function unusableRegex(expression: string, field: string): Finding | undefined {
  const message = regexProblem(expression);
  return message === undefined
    ? undefined
    : { condition: 'Accepted', reason: 'UnsupportedValue', message, field };
}
