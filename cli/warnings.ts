/** What is to be known about a dump before any answer, as programs print it, and whether it makes a run fail. */
import { safeText } from '../debug-adapter/dap/safe-text.ts';
import type { Terminal } from './command.ts';
import { write } from './output.ts';
import type { Inspector } from '../debug-adapter/inspector.ts';
import type { DumpWarning } from '../dump-format/dump.ts';

/** Writes each warning of a dump once: those of its opening, and those that come up while more of it is read. */
export class WarningWriter {
  private readonly inspector: Inspector;
  private readonly errors: Terminal['errors'];
  private readonly told = new Set<string>();

  constructor(inspector: Inspector, { errors }: Pick<Terminal, 'errors'>) {
    this.inspector = inspector;
    this.errors = errors;
  }

  /** Those that were not written before. */
  async write(): Promise<void> {
    for (const warning of this.inspector.target.warnings) {
      if (this.told.has(warning.text)) continue;
      this.told.add(warning.text);
      await write(this.errors, warningLine(warning));
    }
  }
}

/** `corewalk: vmcore: truncated: …`; a warning and a note say that they are. */
export function warningLine({ severity, text }: DumpWarning): string {
  return `corewalk: ${severity === 'error' ? '' : `${severity}: `}${safeText(text)}\n`;
}

/** False when something is damaged or belongs to another kernel: what was shown may be wrong. */
export function isSound(warnings: readonly DumpWarning[]): boolean {
  return warnings.every(({ severity }) => severity !== 'error');
}
