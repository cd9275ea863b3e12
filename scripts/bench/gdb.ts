/** The same work done by gdb: scripts on the same files, without the time that gdb takes to start. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processSeconds, type Figure } from './measure.ts';

export class GdbScripts {
  private readonly folder: string;
  private readonly program: string;

  /** @param program the kernel image whose types the files have */
  constructor(folder: string, program: string) {
    this.folder = folder;
    this.program = program;
  }

  /** Seconds that a script takes on a core. */
  time(core: string, script: string): Figure {
    const empty = this.run(core, '');
    return { value: Math.max(1e-3, this.run(core, script) - empty), unit: 's' };
  }

  /** How many of `count` things a script does in a second. */
  rate(core: string, unit: Figure['unit'], count: number, script: string): Figure {
    return { value: count / this.time(core, script).value, unit };
  }

  private run(core: string, script: string): number {
    const file = join(this.folder, 'script.gdb');
    writeFileSync(file, script);
    return processSeconds(3, 'gdb', ['-nx', '-batch', '-x', file, this.program, core]);
  }
}
