// The log of a process: one line for each event, JSON for machines, text on a terminal; the level can be changed
// for each component while the process runs. Nothing here is called per request: that is the access log.

import { jsonLine, textLine } from './format.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * What a line says besides its message. Known names: workload, connection, object, `error` (its message and code
 * are written). Undefined values are left out.
 */
export type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** The same component with fields that every line of it carries. */
  with(fields: Fields): Logger;
}

export interface LogEvent {
  readonly time: Date;
  readonly level: Level;
  readonly component: string;
  readonly message: string;
  readonly fields: Fields;
}

export interface LogOptions {
  /** Default `info`. */
  readonly level?: Level;
  /** Default: text where the output is a terminal, else JSON. */
  readonly format?: 'json' | 'text';
  /** Default standard error; the access log has standard output. */
  readonly output?: { write(line: string): unknown; readonly isTTY?: boolean };
  /** On every line: the workload that a proxy serves. */
  readonly fields?: Fields;
}

/** The log of one process. Components are named in code: `xds`, `outbound`, `identity` … */
export class Log {
  readonly #output: NonNullable<LogOptions['output']>;
  readonly #format: (event: LogEvent) => string;
  readonly #fields: Fields;
  /** Levels that differ from the default, also of components that have not logged yet. */
  readonly #levels = new Map<string, Level>();
  readonly #components = new Set<string>();
  #default: Level;

  constructor(options: LogOptions = {}) {
    this.#output = options.output ?? process.stderr;
    const text = options.format === undefined ? this.#output.isTTY === true : options.format === 'text';
    this.#format = text ? textLine : jsonLine;
    this.#fields = options.fields ?? {};
    this.#default = options.level ?? 'info';
  }

  component(name: string): Logger {
    this.#components.add(name);
    return this.#logger(name, this.#fields);
  }

  /** Sets the level of one component, or of all (those set before included). */
  setLevel(level: Level, component?: string): void {
    if (component === undefined) {
      this.#default = level;
      this.#levels.clear();
    } else {
      this.#levels.set(component, level);
    }
  }

  /** The level of each component, by name. */
  levels(): Readonly<Record<string, Level>> {
    const names = [...new Set([...this.#components, ...this.#levels.keys()])].sort();
    return Object.fromEntries(names.map((name) => [name, this.#levelOf(name)]));
  }

  #levelOf(component: string): Level {
    return this.#levels.get(component) ?? this.#default;
  }

  #logger(component: string, fields: Fields): Logger {
    const at = (level: Level) => (message: string, more?: Fields) => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#levelOf(component))) return;
      const event = { time: new Date(), level, component, message, fields: { ...fields, ...more } };
      this.#output.write(this.#format(event));
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (more) => this.#logger(component, { ...fields, ...more }),
    };
  }
}

/** A level from what a person typed; undefined where it is none. */
export function parseLevel(text: string): Level | undefined {
  const level = text.toLowerCase();
  return LEVELS.find((known) => known === level);
}
