// The storefront's side of stock's line protocol: one connection, questions answered in order.
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { addressOf } from './service.ts';

interface Waiting {
  resolve(line: string): void;
  reject(error: Error): void;
}

let socket: Socket | undefined;
let waiting: Waiting[] = [];

/** Asks stock one line; rejects when the connection ends before the answer. The next question dials again. */
export function askStock(line: string): Promise<string> {
  const connection = socket ?? open();
  return new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    connection.write(`${line}\n`);
  });
}

function open(): Socket {
  const connection = connect(addressOf('stock'));
  socket = connection;
  const asked: Waiting[] = [];
  waiting = asked;
  createInterface({ input: connection }).on('line', (line) => asked.shift()?.resolve(line));
  connection.on('error', () => connection.destroy());
  connection.on('close', () => {
    if (socket === connection) socket = undefined;
    for (const { reject } of asked.splice(0)) reject(new Error('stock closed the connection'));
  });
  return connection;
}
