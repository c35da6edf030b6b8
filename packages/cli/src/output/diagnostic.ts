// A diagnostic as compilers print theirs, so that editors and terminals make the place a link.

import type { Diagnostic } from '@weft/api/control-plane-api';
import { PLAIN, type Style } from './style.ts';

/** `routes.yaml:14:9 spec.rules[0].matches[0]`, or the object where no file is known. */
export function placeOf({ file, line, column, field, object }: Diagnostic): string {
  const position = file && [file, line, column].filter((part) => part !== undefined).join(':');
  return [position ?? object, field].filter(Boolean).join(' ');
}

/** One line: `error routes.yaml:14:9 spec.rules[0]: the sentence [Reason]`. */
export function diagnosticLine(diagnostic: Diagnostic, style: Style = PLAIN): string {
  const { severity, message, reason } = diagnostic;
  const mark = severity === 'error' ? style.bad('error') : style.warn('warning');
  const place = placeOf(diagnostic);
  return `${mark} ${place}${place ? ': ' : ''}${message} ${style.dim(`[${reason}]`)}`;
}
