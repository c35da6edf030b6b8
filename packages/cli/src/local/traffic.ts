// The traffic of the running mesh as the control plane sums it up, and the tables of it.

import type { EdgeRow, StatRow } from '@weft/api/control-plane-api';
import type { ApiClient } from '../api-client.ts';
import type { Style } from '../output/style.ts';
import { edgeTable, statTable } from '../view/mesh-table.ts';

export interface Traffic {
  readonly stat: readonly StatRow[];
  readonly edges: readonly EdgeRow[];
}

export const NO_TRAFFIC: Traffic = { stat: [], edges: [] };

/** While the control plane is away the last numbers stay. */
export async function readTraffic(api: ApiClient, before: Traffic = NO_TRAFFIC): Promise<Traffic> {
  try {
    const [stat, edges] = await Promise.all([api.stat(), api.edges()]);
    return { stat, edges };
  } catch {
    return before;
  }
}

/** Both tables as text; empty where there is nothing to show. */
export function trafficTables({ stat, edges }: Traffic, style: Style): string {
  const tables = [
    ...(stat.length > 0 ? [statTable(stat, style)] : []),
    ...(edges.length > 0 ? [edgeTable(edges, style)] : []),
  ];
  return tables.map((lines) => `${lines.join('\n')}\n`).join('\n');
}
