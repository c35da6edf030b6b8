// Count and sum of a sidecar's histogram, over all of its series.

import { render } from '@weft/common/metrics/render';
import type { Sidecar } from '../proxy/sidecar.ts';

export function histogram(
  { running }: Sidecar,
  family: string,
): { readonly count: number; readonly sum: number } {
  const text = render(running.proxy.registry, 'prometheus', new Set([family]));
  const total = (suffix: string): number =>
    [...text.matchAll(new RegExp(`^${family}_${suffix}\\{.*\\} (\\S+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  return { count: total('count'), sum: total('sum') };
}
