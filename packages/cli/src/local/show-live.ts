// The live picture of `weft up` on a terminal: read every second, redrawn at once when a replica changes.

import type { ApiClient } from '../api-client.ts';
import { styleFor } from '../output/style.ts';
import { liveView } from '../view/live-view.ts';
import { Screen } from '../view/screen.ts';
import { suggestions, weftCall } from '../view/suggestions.ts';
import { pause } from './pause.ts';
import { problemsOf } from './problems.ts';
import type { RunningMesh } from './start.ts';
import { NO_TRAFFIC, readTraffic } from './traffic.ts';

const PERIOD_MS = 1000;

/** Until the signal; the terminal is then as it was. */
export async function showLive(
  running: RunningMesh,
  api: ApiClient,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  using screen = new Screen(process.stdout);
  const style = styleFor(process.stdout);
  let traffic = NO_TRAFFIC;
  let problems: readonly string[] = [];
  const draw = (): void => {
    const phases = running.mesh.state.replicas.map(({ view }) => view.phase);
    const view = {
      title: folder,
      uptimeMs: process.uptime() * 1000,
      ready: phases.filter((phase) => phase === 'ready').length,
      replicas: phases.filter((phase) => phase !== 'stopping').length,
      ...traffic,
      problems,
      suggestions: suggestions({
        resources: running.resources(),
        edges: traffic.edges,
        api: api.address,
        weft: weftCall(),
      }),
    };
    screen.draw(liveView(view, screen.size, style));
  };
  running.mesh.onChange(draw);
  process.stdout.on('resize', draw);
  while (!signal.aborted) {
    draw();
    await pause(PERIOD_MS, signal);
    [traffic, problems] = await Promise.all([readTraffic(api, traffic), problemsOf(running, api)]);
  }
  process.stdout.off('resize', draw);
}
