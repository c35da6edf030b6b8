// Effective access log → Telemetry.

import type { Telemetry } from '@weft/api/proxy-config/types';

const MODES = ['none', 'errors', 'all'] as const;
const FORMATS = ['json', 'text'] as const;

// All that there can be, so that proxies that log alike share one object and its encoding.
const TELEMETRY = new Map<string, Telemetry>(
  MODES.flatMap((mode) =>
    FORMATS.map(
      (format) => [`${mode} ${format}`, { name: 'telemetry', accessLog: { mode, format } }] as const,
    ),
  ),
);

export function compileTelemetry({ mode, format }: Telemetry['accessLog']): Telemetry {
  return TELEMETRY.get(`${mode} ${format}`) as Telemetry;
}
