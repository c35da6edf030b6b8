// A real server of the distribution with its real client: what a module of this folder says of one.

import type { DebianProgram } from '../../install/debian.ts';
import type { Setting } from '../part.ts';

export interface ServerPeer {
  readonly name: string;
  /** With its version, as it says itself. */
  readonly title: string;
  readonly debian: readonly DebianProgram[];
  install?(): void;
  /** Starts the server on loopback as an unprivileged user; all that it keeps goes into `folder`, which is that user's. */
  start(setting: Setting, folder: string, port: number): Promise<void>;
  /** Who it runs as where we are root. */
  readonly user: string;
  /** The real client's work, one after the other. */
  readonly tasks: readonly Task[];
  /** What a client sends first; undefined where the server speaks first. */
  readonly opening?: Buffer;
}

/** Throws CheckFailed where the client did not get what it asked for. */
export interface Task {
  readonly name: string;
  run(setting: Setting, port: number, folder: string): Promise<string>;
}
