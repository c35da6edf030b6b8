// Addresses of sockets as logs and policies write them.

import type { Socket } from 'node:net';

/** IP of the other end; IPv4-mapped IPv6 (RFC 4291 2.5.5.2) as IPv4. */
export function peerAddress(socket: Socket): string {
  const address = socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** `10.1.2.3:4567` or `[::1]:4567`. */
export function addressOf(socket: Socket): string {
  const address = peerAddress(socket);
  return address.includes(':') ? `[${address}]:${socket.remotePort}` : `${address}:${socket.remotePort}`;
}
