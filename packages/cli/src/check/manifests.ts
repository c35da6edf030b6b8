// What is written wrongly, as checks: the place in front, what to do after it.

import type { Diagnostic } from '@weft/api/control-plane-api';
import { placeOf } from '../output/diagnostic.ts';
import { bad, type Check, good, warning } from './check.ts';

export function manifestChecks(diagnostics: readonly Diagnostic[]): Check[] {
  if (diagnostics.length === 0) return [good('nothing is wrong with what is written')];
  return diagnostics.map((diagnostic) => {
    const { severity, message, reason, object } = diagnostic;
    const place = placeOf(diagnostic);
    const text = `${place}${place === '' ? '' : ': '}${message} [${reason}]`;
    const remedy = `correct ${object ?? 'the file'}; until then its last good version is served, if there was one`;
    return severity === 'error'
      ? bad(text, remedy)
      : warning(text, `correct ${object ?? 'the file'}, or leave it if that is meant`);
  });
}
