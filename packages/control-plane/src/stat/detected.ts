// Ports whose protocol nothing declares, as one proxy's metrics tell of them: what its connections turned out to speak.

import type { DetectedPort } from '@weft/api/control-plane-api';
import { parseLabels, parseSamples } from '@weft/common/prometheus-text/parse';

export const DETECTED_FAMILY = 'weft_detected_connections_total';
const SAMPLES: ReadonlySet<string> = new Set([DETECTED_FAMILY]);

/** `text`: a scrape, in the Prometheus text format. */
export function detectedPorts(text: Buffer, proxy: string): DetectedPort[] {
  const ports: DetectedPort[] = [];
  parseSamples(text, SAMPLES, (_name, labelText, connections) => {
    const labels = parseLabels(labelText);
    const direction = labels?.get('direction');
    const destination = labels?.get('destination');
    const protocol = labels?.get('protocol');
    const speaker = labels?.get('speaker');
    if (direction !== 'inbound' && direction !== 'outbound') return;
    if (destination === undefined || protocol === undefined) return;
    if (speaker !== 'client' && speaker !== 'server') return;
    ports.push({ proxy, direction, destination, protocol, speaker, connections });
  });
  return ports;
}
