// A part of the suite: one tool or server of somebody else's, and what it has to prove about Weft.

import type { DebianProgram } from '../install/debian.ts';
import type { Checks } from './checks.ts';
import type { Meshes } from './mesh.ts';
import type { Programs } from './programs.ts';

export interface Part {
  /** What the command line calls it. */
  readonly name: string;
  readonly title: string;
  readonly debian: readonly DebianProgram[];
  /** Its servers run as users of their own. */
  readonly needsRoot?: boolean;
  /** Brings what is not the distribution's, before any check runs. */
  install?(): void;
  run(setting: Setting): Promise<void>;
}

/** What a part works with; everything it starts is ended after it. */
export interface Setting {
  readonly checks: Checks;
  readonly programs: Programs;
  readonly meshes: Meshes;
}
