/** The table of commands. A command's file is loaded when it is called: start-up time is part of the product. */
import type { Command } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  /** One line for `corewalk --help`. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** What `corewalk DUMP` is. */
export const consoleEntry: CommandEntry = {
  name: 'console',
  summary: 'work on a dump: mdb in the terminal (also: corewalk DUMP)',
  load: () => import('./console.ts'),
};

export const commandEntries: readonly CommandEntry[] = [
  consoleEntry,
  {
    name: 'check',
    summary: 'run every checker on a dump and print what is wrong',
    load: () => import('./check.ts'),
  },
  {
    name: 'diff',
    summary: 'compare two dumps of one kernel by type and member',
    load: () => import('./diff.ts'),
  },
  {
    name: 'report',
    summary: 'write what is known of a dump as one Markdown or HTML file, redacted',
    load: () => import('./report.ts'),
  },
  {
    name: 'notebook',
    summary: 'run an investigation on a dump, or make a document of it',
    load: () => import('./notebook.ts'),
  },
  {
    name: 'scenarios',
    summary: 'list the bugs that the simulated machine can reproduce',
    load: () => import('./scenarios.ts'),
  },
  {
    name: 'simulate',
    summary: 'run a scenario into a crash dump',
    load: () => import('./simulate.ts'),
  },
  {
    name: 'explore',
    summary: 'search for schedules in which a scenario fails',
    load: () => import('./explore.ts'),
  },
  {
    name: 'new-scenario',
    summary: 'make a folder for a kernel and a scenario of your own',
    load: () => import('./new-scenario.ts'),
  },
  {
    name: 'build',
    summary: 'compile the kernel of such a folder',
    load: () => import('./build.ts'),
  },
  {
    name: 'extract-kernel',
    summary: 'write the kernel image out of a dump, for gdb',
    load: () => import('./extract-kernel.ts'),
  },
  {
    name: 'dap',
    summary: 'serve an editor: the Debug Adapter Protocol on standard input and output',
    load: () => import('./dap.ts'),
  },
  {
    name: 'learn',
    summary: 'a guided investigation: from a panic to its cause, step by step',
    load: () => import('./learn.ts'),
  },
  {
    name: 'mcp',
    summary: 'serve a language model: the Model Context Protocol on standard input and output',
    load: () => import('./mcp.ts'),
  },
];
