// Findings → diagnostics, with the place in the file where the user wrote it.

import type { Diagnostic } from '@weft/api/control-plane-api';
import type { ObjectRef } from '@weft/api/proxy-config/types';
import type { ResourceOrigin } from '@weft/api/resource';
import type { Finding } from '../model/finding.ts';

export function toDiagnostic(
  object: ObjectRef,
  { condition, severity, reason, message, field }: Finding,
  origin: ResourceOrigin | undefined,
): Diagnostic {
  const position = origin && field !== undefined ? origin.position(field) : undefined;
  return {
    severity: severity ?? (condition ? 'error' : 'warning'),
    reason,
    message,
    object,
    ...(origin && { file: origin.file, line: position?.line ?? origin.line }),
    ...(position && { column: position.column }),
    ...(field !== undefined && { field }),
  };
}
