// What a person reads when a server's socket can not be opened: which port, what it is for, what to do.

export interface ListenTarget {
  readonly address: string;
  readonly port: number;
  /** What the port is for: `proxy metrics`, `control plane API` … */
  readonly purpose: string;
  /** How another port is chosen: `set 'admin.metrics' in the bootstrap file`. */
  readonly remedy: string;
}

/** An error for the user, of one line; the system's error is its cause and its code is kept. */
export function listenError(error: unknown, target: ListenTarget): Error & { readonly code: string } {
  const code = (error as NodeJS.ErrnoException).code ?? 'ERR_LISTEN';
  const where = `port ${target.port} on ${target.address} (${target.purpose})`;
  const message = `${where} ${reason(code, error, target)}`;
  return Object.assign(new Error(message, { cause: error }), { code });
}

function reason(code: string, error: unknown, target: ListenTarget): string {
  switch (code) {
    case 'EADDRINUSE':
      return `is in use: stop the process that has it (ss -ltnp 'sport = :${target.port}' shows which), or ${target.remedy}`;
    case 'EACCES':
      return `needs a privilege that this user does not have: use a port above 1023; ${target.remedy}`;
    case 'EADDRNOTAVAIL':
      return 'can not be bound: this machine does not have that address';
    default:
      return `can not be bound: ${(error as Error).message}`;
  }
}
