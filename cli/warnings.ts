/** What is to be known about a dump before any answer, as programs print it, and whether it makes a run fail. */
import { safeText } from '../debug-adapter/dap/safe-text.ts';
import type { DumpWarning } from '../dump-format/dump.ts';

/** `corewalk: vmcore: truncated: …`; a warning and a note say that they are. */
export function warningLine({ severity, text }: DumpWarning): string {
  return `corewalk: ${severity === 'error' ? '' : `${severity}: `}${safeText(text)}\n`;
}

/** False when something is damaged or belongs to another kernel: what was shown may be wrong. */
export function isSound(warnings: readonly DumpWarning[]): boolean {
  return warnings.every(({ severity }) => severity !== 'error');
}
