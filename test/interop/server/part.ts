// Makes a part of a server: its client's work directly and through two sidecars that were told nothing of the
// protocol, and how long the first byte takes.

import { CheckFailed } from '../checks.ts';
import type { Mesh } from '../mesh.ts';
import type { Part, Setting } from '../part.ts';
import { freePort } from '../programs.ts';
import { through } from '../through.ts';
import { firstByteMs, type Times, timesOf } from './first-byte.ts';
import { makeServerFolder } from './folder.ts';
import type { ServerPeer } from './peer.ts';

/** The bar: the first byte comes within so much of a direct connection. */
const MOST_ADDED_MS = 50;
const CONNECTIONS = 20;
/** Pairs of sidecars that have seen no connection yet: each gives one measurement. */
const COLD_PAIRS = 10;
const MEASUREMENTS = 3;

export function serverPart(peer: ServerPeer): Part {
  return {
    name: peer.name,
    title: peer.title,
    debian: peer.debian,
    needsRoot: true,
    ...(peer.install && { install: () => peer.install?.() }),

    async run(setting) {
      const { checks, meshes } = setting;
      await using folder = await makeServerFolder(peer.name, peer.user);
      const port = await freePort();
      await peer.start(setting, folder.path, port);
      for (const task of peer.tasks) {
        await checks.compare(`${task.name}, directly`, () => task.run(setting, port, folder.path));
        // Twice: what the first connection taught the sidecars must not change the second.
        await through(
          checks,
          `${task.name}, two sidecars with mTLS, undeclared port`,
          () => meshes.sidecars(port, 'detect'),
          async (meshPort) => {
            await task.run(setting, meshPort, folder.path);
            return task.run(setting, meshPort, folder.path);
          },
        );
      }
      for (const task of peer.tasks) {
        await through(
          checks,
          `${task.name}, two sidecars in plain text, undeclared port`,
          () => meshes.plainSidecars(port, 'detect'),
          (meshPort) => task.run(setting, meshPort, folder.path),
        );
      }
      await measureFirstByte(peer, setting, port);
    },
  };
}

async function measureFirstByte({ opening }: ServerPeer, setting: Setting, port: number): Promise<void> {
  const { checks, meshes } = setting;
  if (!checks.isWanted('first byte')) return;
  // The server's own first connections are slower too.
  for (let warmUp = 0; warmUp < 3; warmUp++) await firstByteMs(port, opening);
  const start = (): Promise<Mesh> => meshes.sidecars(port, 'detect');
  await checks.check('first byte, sidecars that know nothing yet', () =>
    judge(
      () => firstByteMs(port, opening),
      async () => {
        await using mesh = await start();
        return await firstByteMs(mesh.port, opening);
      },
      COLD_PAIRS,
    ),
  );
  await through(checks, 'first byte, the same sidecars afterwards', start, async (meshPort) => {
    await firstByteMs(meshPort, opening);
    return judge(
      () => firstByteMs(port, opening),
      () => firstByteMs(meshPort, opening),
      CONNECTIONS,
    );
  });
}

/**
 * Measured again where the bar is missed: other load on the machine passes, a stall of ours does not. Answers the
 * figures of the last measurement.
 */
async function judge(
  direct: () => Promise<number>,
  mesh: () => Promise<number>,
  count: number,
): Promise<string> {
  const missed: string[] = [];
  while (true) {
    const directly = await times(direct, CONNECTIONS);
    const meshed = await times(mesh, count);
    const added = meshed.median - directly.median;
    const figures = `median ${ms(added)} later than directly (${show(meshed)}; directly ${show(directly)})`;
    const before = missed.length === 0 ? '' : `; before: ${missed.join(', ')}`;
    if (added <= MOST_ADDED_MS) return figures + before;
    missed.push(ms(added));
    if (missed.length === MEASUREMENTS) {
      throw new CheckFailed(`${figures}${before}: more than ${MOST_ADDED_MS} ms each time`);
    }
  }
}

async function times(measure: () => Promise<number>, count: number): Promise<Times> {
  const samples: number[] = [];
  while (samples.length < count) samples.push(await measure());
  return timesOf(samples);
}

function show({ count, median, max }: Times): string {
  return `${ms(median)}, at most ${ms(max)}, of ${count}`;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
