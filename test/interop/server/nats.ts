// NATS: the server speaks first, with a line of JSON.

import { onPath } from '../../install/debian.ts';
import { scratchFolder } from '../../install/folders.ts';
import { type GoProgram, goProgram } from '../../install/go.ts';
import { runClient } from './client.ts';
import type { ServerPeer } from './peer.ts';

const NATS: Omit<GoProgram, 'path'> = { module: 'github.com/nats-io/nats.go', version: 'v1.53.1' };
const BENCH: GoProgram = { ...NATS, path: 'examples/nats-bench' };
const REQUEST: GoProgram = { ...NATS, path: 'examples/nats-req' };
const REPLY: GoProgram = { ...NATS, path: 'examples/nats-rply' };
/**
 * The replier tells nobody when it listens; until then a request is answered at once that nobody is there. `$0`: the
 * replier, `$1`: the one who asks.
 */
const ASK_AND_REPLY = `
ask=$1; shift
"$0" "$@" "an answer" & replier=$!
tries=0
until "$ask" "$@" "a question"; do
  tries=$((tries + 1)); [ $tries -lt 50 ] || break
  sleep 0.1
done
kill $replier`;
const MESSAGES = 20_000;

export const nats: ServerPeer = {
  name: 'nats',
  title: 'NATS and the client programs of nats.go',
  debian: [onPath('nats-server', 'nats-server')],
  user: 'nobody',
  install() {
    for (const each of [BENCH, REQUEST, REPLY]) program(each);
  },

  async start({ programs }, folder, port) {
    const args = ['--addr', '127.0.0.1', '--port', String(port)];
    await programs.start('nats', { file: 'nats-server', args, user: this.user, folder }, port);
  },

  tasks: [
    {
      name: 'publish and subscribe',
      async run(setting, port) {
        const load = ['-np', '2', '-ns', '2', '-n', String(MESSAGES), '-ms', '128'];
        const args = ['-s', `nats://127.0.0.1:${port}`, ...load, 'weft.test'];
        const output = await runClient(
          setting,
          { file: program(BENCH), args },
          /Pub\/Sub stats: [\d,]+ msgs\/sec/,
        );
        return `${MESSAGES} messages to 2 subscribers, ${/Pub\/Sub stats: ([\d,]+)/.exec(output)?.[1]} a second`;
      },
    },
    {
      name: 'request and reply',
      async run(setting, port) {
        const server = ['-s', `nats://127.0.0.1:${port}`, 'weft.ask'];
        const args = ['-c', ASK_AND_REPLY, program(REPLY), program(REQUEST), ...server];
        await runClient(setting, { file: 'sh', args }, /an answer/);
        return 'answered';
      },
    },
  ],
};

function program(of: GoProgram): string {
  return goProgram(scratchFolder('interop', 'go'), of);
}
