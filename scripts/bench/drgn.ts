/** The same work done by drgn: Python on the same files, without the time that drgn takes to start. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, processSeconds, type Figure } from './measure.ts';

/** Of which the median is taken. */
const runs = 3;

export class DrgnScripts {
  private readonly folder: string;
  private readonly program: string;

  /** @param program the kernel image whose types the files have */
  constructor(folder: string, program: string) {
    this.folder = folder;
    this.program = program;
  }

  /** Seconds that Python statements take on a core, in which `prog` and `Object` stand for drgn's. */
  time(core: string, statements: string): Figure {
    const values = Array.from({ length: runs }, () => this.run(core, statements));
    return { value: median(values), unit: 's' };
  }

  /** How many of `count` things the statements do in a second. */
  rate(core: string, unit: Figure['unit'], count: number, statements: string): Figure {
    return { value: count / this.time(core, statements).value, unit };
  }

  /** Seconds from the start of the process until the threads of a core are printed. */
  start(core: string): Figure {
    const file = join(this.folder, 'start.py');
    writeFileSync(file, 'for thread in prog.threads(): print(thread.tid)\n');
    return { value: processSeconds(7, 'drgn', this.words(core, file)), unit: 's' };
  }

  private run(core: string, statements: string): number {
    const file = join(this.folder, 'script.py');
    const result = join(this.folder, 'drgn.seconds');
    writeFileSync(
      file,
      `import time
from drgn import Object
begin = time.perf_counter()
${statements}
with open(${JSON.stringify(result)}, 'w') as out: out.write(str(time.perf_counter() - begin))
`,
    );
    processSeconds(1, 'drgn', this.words(core, file));
    return Number(readFileSync(result, 'utf8'));
  }

  private words(core: string, script: string): string[] {
    return ['-q', '--no-default-symbols', '-c', core, '-s', this.program, script];
  }
}
