// The access log: which requests are logged, and one line for each in JSON or text. Lines go to a buffered
// writer that never blocks, so that a slow reader of the log costs lines and not latency.

import type { Telemetry } from '@weft/api/proxy-config/types';
import type { BufferedWriter } from '@weft/common/buffered-writer';
import type { ResponseFlag } from '@weft/common/response-flag';
import { formatJson } from './access-log-json.ts';
import { formatText } from './access-log-text.ts';
import type { AccessLog } from './traffic.ts';

export type AccessLogSettings = Telemetry['accessLog'];

/** What is logged where no configuration says otherwise. */
export const DEFAULT_ACCESS_LOG: AccessLogSettings = { mode: 'errors', format: 'json' };

const WANTS: Readonly<Record<AccessLogSettings['mode'], AccessLog['wants']>> = {
  none: () => false,
  errors: isError,
  all: () => true,
};

/** A log by these settings; when they change, make another for the same writer. */
export function createAccessLog(
  settings: AccessLogSettings,
  writer: Pick<BufferedWriter, 'write'>,
): AccessLog {
  const format = settings.format === 'json' ? formatJson : formatText;
  return {
    wants: WANTS[settings.mode],
    write: (entry) => writer.write(format(entry)),
  };
}

/** Refusals and failures carry a flag, requests that were never answered too; connections have status 0. */
function isError(status: number, flag: ResponseFlag): boolean {
  return status >= 500 || flag !== '-';
}
