// stock: a raw TCP service with one line for each question. `LEFT <book>` answers `<count>`, `TAKE <book>`
// answers `OK <count>` or `NONE`, anything else `ERROR <reason>`. The shelf is filled up when it is empty.
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { BOOKS } from './books.ts';

const FULL = 50;
const left = new Map<number, number>(BOOKS.map((book) => [book.id, FULL]));
const open = new Set<Socket>();

function answer(line: string): string {
  const [verb, argument] = line.trim().split(' ');
  const book = Number(argument);
  const count = left.get(book);
  if (count === undefined) return 'ERROR no such book';
  if (verb === 'LEFT') return String(count);
  if (verb !== 'TAKE') return 'ERROR say LEFT or TAKE';
  if (count === 0) {
    left.set(book, FULL);
    return 'NONE';
  }
  left.set(book, count - 1);
  return `OK ${count - 1}`;
}

const server = createServer((socket) => {
  open.add(socket);
  socket.on('close', () => open.delete(socket));
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).on('line', (line) => socket.write(`${answer(line)}\n`));
});
server.listen(Number(process.env['PORT'] ?? 7070));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  for (const socket of open) socket.end();
});
