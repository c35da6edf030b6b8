// SMTP: the server speaks first, and may change to TLS in the middle.

import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DebianProgram, onPath } from '../../install/debian.ts';
import { CheckFailed } from '../checks.ts';
import { writeTlsFiles } from '../tls-files.ts';
import { runClient } from './client.ts';
import type { ServerPeer, Task } from './peer.ts';

/** swaks loads it when it is asked for TLS. */
const PERL_TLS: DebianProgram = {
  name: 'Net::SSLeay',
  packages: ['libnet-ssleay-perl'],
  check: ['perl', '-MNet::SSLeay', '-e', '1'],
};

export const smtp: ServerPeer = {
  name: 'smtp',
  title: 'Exim and swaks',
  debian: [onPath('exim4', 'exim4-daemon-light'), onPath('swaks', 'swaks'), PERL_TLS],
  // Only its own user may start the daemon with a configuration of one's own.
  user: 'Debian-exim',

  async start({ programs }, folder, port) {
    const { certificate, key } = await writeTlsFiles(folder);
    const file = `${folder}/exim.conf`;
    await writeFile(file, configuration(folder, port, certificate, key), { mode: 0o644 });
    await programs.start(
      'exim',
      { file: 'exim4', args: ['-C', file, '-bdf', '-odf'], user: this.user, folder },
      port,
    );
  },

  tasks: [deliver('mail in plain text', []), deliver('mail after STARTTLS', ['--tls'])],
};

const DELIVERY_LIMIT_MS = 10_000;

function deliver(name: string, options: readonly string[]): Task {
  return {
    name,
    async run(setting, port, folder) {
      const marker = `marker-${Math.random().toString(36).slice(2)}`;
      const body = `${marker}\n${'a line of text that is repeated\n'.repeat(3_000)}`;
      const envelope = ['--from', 'sender@mail.test', '--to', 'reader@mail.test'];
      const args = ['--server', '127.0.0.1', '--port', String(port), ...envelope, ...options, '--body', '-'];
      await runClient(setting, { file: 'swaks', args, input: body }, /250 OK/);
      await delivered(`${folder}/mailbox`, marker);
      return `${Math.round(body.length / 1000)} KB delivered`;
    },
  };
}

/** Exim has taken the mail before it delivers it, and tells nobody when that is done. */
async function delivered(file: string, marker: string): Promise<void> {
  const deadline = Date.now() + DELIVERY_LIMIT_MS;
  while (!(await readFile(file, 'latin1').catch(() => '')).includes(marker)) {
    if (Date.now() > deadline) throw new CheckFailed('the mail is not in the mailbox');
    await sleep(20);
  }
}

/** Takes mail for one domain and appends it to a file of the folder. */
function configuration(folder: string, port: number, certificate: string, key: string): string {
  return `spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
pid_file_path = ${folder}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
primary_hostname = mail.test
domainlist local_domains = mail.test
tls_advertise_hosts = *
tls_certificate = ${certificate}
tls_privatekey = ${key}
acl_smtp_rcpt = recipient
acl_smtp_data = data
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
deliver_drop_privilege = true
begin acl
recipient:
  accept domains = +local_domains
data:
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  file = ${folder}/mailbox
  user = Debian-exim
`;
}
