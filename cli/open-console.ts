/** What a console is about: a dump, and the lines that run before the user's. */
import { openInspector } from '../debug-adapter/dap/open-inspector.ts';
import type { Inspector } from '../debug-adapter/inspector.ts';

/** What a console opens. */
export interface ConsoleData {
  readonly file: string;
  readonly program: string | undefined;
  readonly columns: number;
  /** Path of the lines to run first; undefined when there are none. */
  readonly startFile: string | undefined;
}

/** Opens what a console shows. */
export function openConsole(
  { file, program, columns }: ConsoleData,
  shell: { readonly isInteractive: boolean; readonly isCancelled?: () => boolean },
): Promise<Inspector> {
  return openInspector(file, {
    ...shell,
    allows: 'shell',
    settings: { columns },
    ...(program !== undefined && { program }),
  });
}

/** The lines to run before those of the user. */
export function startLines({ startFile }: ConsoleData): readonly string[] {
  return startFile === undefined ? [] : [`$<${startFile}`];
}
