// PostgreSQL: the client speaks first, with a request for TLS that is neither TLS nor HTTP.

import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { onPath } from '../../install/debian.ts';
import { CheckFailed } from '../checks.ts';
import type { Setting } from '../part.ts';
import { writeTlsFiles } from '../tls-files.ts';
import { runClient } from './client.ts';
import type { ServerPeer, Task } from './peer.ts';

/** Rows of 100 bytes there and back, so that more than one packet goes each way. */
const ROWS = 20_000;
const SQL = `create temporary table t (id int, text text);
insert into t select i, repeat('x', 100) from generate_series(1, ${ROWS}) i;
copy t to stdout;
select 'rows ' || count(*) from t;`;
/** Asks whether the server does TLS; it answers one byte. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

export const postgres: ServerPeer = {
  name: 'postgres',
  title: 'PostgreSQL and psql',
  debian: [
    {
      name: 'postgres',
      packages: ['postgresql'],
      check: ['sh', '-c', 'ls /usr/lib/postgresql/*/bin/postgres'],
    },
    onPath('psql', 'postgresql-client'),
  ],
  user: 'postgres',
  opening: SSL_REQUEST,

  async start(setting, folder, port) {
    const { programs } = setting;
    const { certificate, key } = await writeTlsFiles(folder);
    const data = `${folder}/data`;
    const init = [
      '--pgdata',
      data,
      '--auth=trust',
      '--username=test',
      '--no-sync',
      '--encoding=UTF8',
      '--locale=C',
    ];
    const { code, output } = await programs.run({
      file: `${binaries()}/initdb`,
      args: init,
      user: this.user,
      folder,
    });
    if (code !== 0) throw new CheckFailed(`initdb ended with ${code}`, output.split('\n').slice(-10));
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      ssl: 'on',
      ssl_cert_file: certificate,
      ssl_key_file: key,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const args = ['-D', data, '-p', String(port), ...options];
    await programs.start('postgres', { file: `${binaries()}/postgres`, args, user: this.user, folder }, port);
  },

  tasks: [
    psql('psql in plain text', 'disable', 'f'),
    psql('psql with TLS', 'require', 't'),
    psql('psql as it is, which prefers TLS', 'prefer', 't'),
  ],
};

function psql(name: string, sslMode: string, isTls: 't' | 'f'): Task {
  return {
    name,
    async run(setting: Setting, port: number) {
      const connection = `host=127.0.0.1 port=${port} user=test dbname=postgres sslmode=${sslMode}`;
      const ssl = "select 'tls ' || ssl from pg_stat_ssl where pid = pg_backend_pid();";
      const command = {
        file: 'psql',
        args: ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1', connection],
        input: `${SQL}\n${ssl}\n`,
      };
      const wanted = new RegExp(`^rows ${ROWS}\ntls ${isTls === 't' ? 'true' : 'false'}$`, 'm');
      const output = await runClient(setting, command, wanted);
      return `${ROWS} rows, ${(output.length / 1e6).toFixed(1)} MB`;
    },
  };
}

function binaries(): string {
  const [newest] = globSync('/usr/lib/postgresql/*/bin/postgres').toSorted().reverse();
  if (newest === undefined) throw new Error('no PostgreSQL in /usr/lib/postgresql');
  return dirname(newest);
}
