// MQTT: the client speaks first, in bytes that look like nothing else.

import { writeFile } from 'node:fs/promises';
import { onPath } from '../../install/debian.ts';
import { CheckFailed } from '../checks.ts';
import type { ServerPeer } from './peer.ts';

const MESSAGES = 200;
/** CONNECT of MQTT 3.1.1, clean session, client id `weft`. */
const CONNECT = Buffer.from([
  0x10, 0x10, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 0x04, 0x02, 0x00, 0x3c, 0x00, 0x04, 0x77, 0x65, 0x66, 0x74,
]);

export const mqtt: ServerPeer = {
  name: 'mqtt',
  title: 'Mosquitto, mosquitto_pub and mosquitto_sub',
  debian: [onPath('mosquitto', 'mosquitto'), onPath('mosquitto_pub', 'mosquitto-clients')],
  user: 'mosquitto',
  opening: CONNECT,

  async start({ programs }, folder, port) {
    const file = `${folder}/mosquitto.conf`;
    await writeFile(file, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
    await programs.start(
      'mosquitto',
      { file: 'mosquitto', args: ['-c', file], user: this.user, folder },
      port,
    );
  },

  tasks: [
    {
      name: 'publish and subscribe at QoS 2',
      async run({ programs }, port) {
        const connection = ['-h', '127.0.0.1', '-p', String(port), '-t', 'weft/test', '-q', '2'];
        const subscriber = programs.run({
          file: 'mosquitto_sub',
          args: [...connection, '-i', 'subscriber', '-c', '-C', String(MESSAGES), '-W', '30'],
        });
        const lines = Array.from({ length: MESSAGES }, (_, index) => `message ${index}`);
        // What is published before the subscription stands is not for this subscriber: the first are repeated.
        const publish = (input: readonly string[]) =>
          programs.run({
            file: 'mosquitto_pub',
            args: [...connection, '-l'],
            input: `${input.join('\n')}\n`,
          });
        const over = new AbortController();
        const received = subscriber.finally(() => over.abort());
        let published = 0;
        while (!over.signal.aborted) {
          const { code, output } = await publish(lines);
          if (code !== 0) throw new CheckFailed(`mosquitto_pub ended with ${code}`, output.split('\n'));
          published += lines.length;
        }
        const { code, output } = await received;
        const got = output.trimEnd().split('\n');
        if (code !== 0 || got.length !== MESSAGES) {
          throw new CheckFailed(`mosquitto_sub ended with ${code}, ${got.length} of ${MESSAGES} messages`);
        }
        return `${MESSAGES} messages received, ${published} sent`;
      },
    },
  ],
};
