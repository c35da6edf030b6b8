// Redis: the client speaks first; commands by line or as arrays of its own.

import { onPath } from '../../install/debian.ts';
import { runClient } from './client.ts';
import type { ServerPeer } from './peer.ts';

const VALUE_BYTES = 200_000;

export const redis: ServerPeer = {
  name: 'redis',
  title: 'Redis, redis-cli and redis-benchmark',
  debian: [onPath('redis-server', 'redis-server'), onPath('redis-cli', 'redis-tools')],
  user: 'redis',
  opening: Buffer.from('*1\r\n$4\r\nPING\r\n'),

  async start({ programs }, folder, port) {
    const options = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    await programs.start('redis', { file: 'redis-server', args, user: this.user, folder }, port);
  },

  tasks: [
    {
      name: 'redis-cli',
      async run(setting, port) {
        const value = 'x'.repeat(VALUE_BYTES);
        const input = `set key ${value}\nstrlen key\nget key\nmulti\nincr n\nexec\n`;
        const command = { file: 'redis-cli', args: ['-h', '127.0.0.1', '-p', String(port)], input };
        await runClient(setting, command, `OK\n${VALUE_BYTES}\n${value}\n`);
        return `a value of ${VALUE_BYTES / 1000} KB, a transaction`;
      },
    },
    {
      name: 'redis-benchmark',
      async run(setting, port) {
        const options = [
          '-h',
          '127.0.0.1',
          '-p',
          String(port),
          '-n',
          '10000',
          '-c',
          '20',
          '-P',
          '4',
          '--csv',
        ];
        const command = { file: 'redis-benchmark', args: [...options, '-t', 'ping,set,get,lpush'] };
        const output = await runClient(setting, command, /^"LPUSH/m);
        const rates = [...output.matchAll(/^"(SET|GET)[^"]*","([\d.]+)"/gm)];
        return `20 connections, ${rates.map(([, name, rate]) => `${name} ${Math.round(Number(rate))}/s`).join(', ')}`;
      },
    },
  ],
};
