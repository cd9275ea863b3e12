/** What a console is about: a dump, and the lines that run before the user's. */
import { openInspector } from '../debug-adapter/dap/open-inspector.ts';
import type { Inspector } from '../debug-adapter/inspector.ts';
import { quoteWord } from '../debug-adapter/language/quoting.ts';

/** What a console opens. */
export interface ConsoleData {
  readonly file: string;
  readonly program: string | undefined;
  readonly columns: number;
  /** Path of the lines to run first; undefined when there are none. */
  readonly startFile: string | undefined;
  /** Directories for macro files and headers. */
  readonly path: readonly string[];
  /** C headers whose types are added. */
  readonly headers: readonly string[];
}

/** Opens what a console shows. */
export function openConsole(
  { file, program, columns, path }: ConsoleData,
  shell: {
    readonly isInteractive: boolean;
    readonly isCancelled?: () => boolean;
    readonly lines?: readonly string[];
  },
): Promise<Inspector> {
  return openInspector(file, {
    ...shell,
    allows: 'shell',
    settings: { columns, path },
    ...(program !== undefined && { program }),
  });
}

/** The lines to run before those of the user. */
export function startLines({ startFile, headers }: ConsoleData): readonly string[] {
  const includes = headers.map((header) => `::include ${quoteWord(header)}`);
  return startFile === undefined ? includes : [...includes, `$<${quoteWord(startFile)}`];
}
