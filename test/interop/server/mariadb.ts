// MariaDB: the server speaks first.

import { onPath } from '../../install/debian.ts';
import { CheckFailed } from '../checks.ts';
import { writeTlsFiles } from '../tls-files.ts';
import { runClient } from './client.ts';
import type { ServerPeer, Task } from './peer.ts';

const ROWS = 20_000;
const SQL = `create temporary table t (id int, text varchar(100)) engine=memory max_rows=${ROWS};
insert into t select seq, repeat('x', 100) from seq_1_to_${ROWS};
select * from t;
select concat('rows ', count(*)) from t;
show status like 'Ssl_version';`;

export const mariadb: ServerPeer = {
  name: 'mariadb',
  title: 'MariaDB and its client',
  debian: [onPath('mariadbd', 'mariadb-server'), onPath('mariadb', 'mariadb-client')],
  user: 'mysql',

  async start({ programs }, folder, port) {
    const { certificate, key } = await writeTlsFiles(folder);
    const data = `${folder}/data`;
    const common = ['--no-defaults', `--datadir=${data}`];
    const { code, output } = await programs.run({
      file: 'mariadb-install-db',
      args: [...common, '--auth-root-authentication-method=normal', '--skip-test-db'],
      user: this.user,
      folder,
    });
    if (code !== 0)
      throw new CheckFailed(`mariadb-install-db ended with ${code}`, output.split('\n').slice(-10));
    const args = [
      ...common,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      `--ssl-cert=${certificate}`,
      `--ssl-key=${key}`,
      '--tmp-memory-table-size=64M',
      '--max-heap-table-size=64M',
    ];
    await programs.start('mariadb', { file: 'mariadbd', args, user: this.user, folder }, port);
  },

  tasks: [
    client('mariadb in plain text', ['--skip-ssl'], /^Ssl_version\s*$/m),
    client('mariadb with TLS', ['--ssl'], /^Ssl_version\tTLS/m),
  ],
};

function client(name: string, options: readonly string[], wanted: RegExp): Task {
  return {
    name,
    async run(setting, port) {
      const connection = ['--host=127.0.0.1', `--port=${port}`, '--protocol=tcp', '--user=root', 'test'];
      const args = ['--no-defaults', '--batch', ...options, ...connection.slice(0, -1)];
      const input = `create database if not exists test; use test;\n${SQL}\n`;
      const output = await runClient(setting, { file: 'mariadb', args, input }, wanted);
      if (!output.includes(`\nrows ${ROWS}\n`)) throw new CheckFailed(`no line 'rows ${ROWS}'`);
      return `${ROWS} rows, ${(output.length / 1e6).toFixed(1)} MB`;
    },
  };
}
