// How a log event is written: JSON with one object for each line, or a line of text for a person.

import { styleText } from 'node:util';
import { jsonString } from '../log-text.ts';
import type { Level, LogEvent } from './logger.ts';

/** `{"time":…,"level":…,"component":…,"message":…, fields}` and a line feed. */
export function jsonLine(event: LogEvent): string {
  const head = { time: event.time.toISOString(), level: event.level, component: event.component };
  const line = { ...head, message: event.message, ...flattened(event.fields) };
  const members = Object.entries(line).map(([name, value]) => `${jsonString(name)}:${jsonValue(value)}`);
  return `{${members.join(',')}}\n`;
}

const COLOUR: Readonly<Record<Level, 'gray' | 'cyan' | 'yellow' | 'red'>> = {
  debug: 'gray',
  info: 'cyan',
  warn: 'yellow',
  error: 'red',
};

/** `12:00:00.000 warn  xds: message  name=value …` and a line feed; colour as the terminal and NO_COLOR say. */
export function textLine(event: LogEvent): string {
  const time = event.time.toISOString().slice(11, 23);
  const level = styleText(COLOUR[event.level], event.level.padEnd(5), { stream: process.stderr });
  const fields = Object.entries(flattened(event.fields)).map(
    ([name, value]) => `  ${name}=${jsonValue(value)}`,
  );
  return `${time} ${level} ${event.component}: ${jsonString(event.message).slice(1, -1)}${fields.join('')}\n`;
}

/** `error` becomes `error.message` and `error.code`, or the stack where a code does not say what it is. */
function flattened(fields: LogEvent['fields']): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Error) {
      flat[`${name}.message`] = value.message;
      const { code } = value as NodeJS.ErrnoException;
      if (code !== undefined) flat[`${name}.code`] = code;
      else flat[`${name}.stack`] = value.stack;
    } else if (value !== undefined) {
      flat[name] = value;
    }
  }
  return flat;
}

function jsonValue(value: unknown): string {
  return typeof value === 'string' ? jsonString(value) : (JSON.stringify(value) ?? '""');
}
