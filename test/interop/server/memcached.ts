// memcached: the client speaks first, by line.

import { onPath } from '../../install/debian.ts';
import { CheckFailed } from '../checks.ts';
import { runClient } from './client.ts';
import type { ServerPeer } from './peer.ts';

export const memcached: ServerPeer = {
  name: 'memcached',
  title: 'memcached and the clients of libmemcached',
  debian: [onPath('memcached', 'memcached'), onPath('memccapable', 'libmemcached-tools')],
  user: 'nobody',
  opening: Buffer.from('version\r\n'),

  async start({ programs }, folder, port) {
    const args = ['-l', '127.0.0.1', '-p', String(port), '-U', '0'];
    await programs.start('memcached', { file: 'memcached', args, user: this.user, folder }, port);
  },

  tasks: [
    {
      name: 'memccapable',
      async run(setting, port) {
        const command = { file: 'memccapable', args: ['-h', '127.0.0.1', '-p', String(port), '-a'] };
        const output = await runClient(setting, command, /All tests passed/);
        const passed = output.match(/\[pass\]/g)?.length ?? 0;
        if (passed === 0) throw new CheckFailed('memccapable ran no test');
        return `${passed} tests of the text protocol passed`;
      },
    },
  ],
};
