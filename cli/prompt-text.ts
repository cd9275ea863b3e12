/** What a prompt says by itself: a line about the dump, and the prompt with its variables filled in. */
import type { Session } from '../debug-adapter/commands/command.ts';
import { safeText } from '../debug-adapter/dap/safe-text.ts';
import type { Target } from '../debug-adapter/target/target.ts';

/** Two lines, with their ends. */
export function bannerText({ dump, kernel, cpus }: Target, isColoured: boolean): string {
  const panic = kernel?.panicMessage?.trimEnd();
  const machine = `${dump.machine}, ${cpus.length} CPU${cpus.length === 1 ? '' : 's'}`;
  const first = `${kernel?.operatingSystem ?? dump.name} (${machine})${panic === undefined ? '' : `: ${panic}`}`;
  const hint = 'Begin with ::status, ::check or ::help. ^C stops a command, ^D leaves.';
  const shown = isColoured ? `\x1b[2m${hint}\x1b[0m` : hint;
  return `${safeText(first)}\n${shown}\n`;
}

/** `%<_name>` in a prompt is the value of a variable, in decimal (mdb). */
export function promptText({ settings, variables }: Session): string {
  const text = settings.prompt.replace(/%<_([^>]*)>/g, (_, name: string) =>
    (variables.get(name) ?? 0n).toString(),
  );
  return safeText(text);
}
