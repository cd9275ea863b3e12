/** Lines that were typed before, kept in a file that only the user can read. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Terminal } from './command.ts';

/** Lines kept; mdb keeps 128. */
const lineLimit = 1000;

export interface History {
  /** Newest first, as node:readline wants them. */
  readonly lines: readonly string[];
  readonly limit: number;
  add(line: string): void;
}

/**
 * The file that `COREWALK_HISTORY` names, `corewalk/history` below `XDG_STATE_HOME` otherwise; an empty name keeps nothing.
 * A history that can't be read or written is none: it never keeps anybody from working.
 */
export function openHistory(environment: Terminal['environment']): History {
  const file = historyFile(environment);
  const lines = file === '' ? [] : readHistory(file);
  let newest = lines[0];
  return {
    lines,
    limit: lineLimit,
    add(line) {
      if (file === '' || line.trim() === '' || line === newest) return;
      newest = line;
      ignoringTheFileSystem(() => appendFileSync(file, `${line}\n`, { mode: 0o600 }));
    },
  };
}

function historyFile(environment: Terminal['environment']): string {
  const named = environment['COREWALK_HISTORY'];
  if (named !== undefined) return named;
  const home = environment['HOME'] ?? homedir();
  return join(environment['XDG_STATE_HOME'] ?? join(home, '.local/state'), 'corewalk', 'history');
}

/** The newest lines; the file is cut when it has grown to twice the limit. */
function readHistory(file: string): string[] {
  let kept: string[] = [];
  ignoringTheFileSystem(() => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    kept = lines.slice(-lineLimit);
    if (lines.length > 2 * lineLimit) writeFileSync(file, `${kept.join('\n')}\n`, { mode: 0o600 });
  });
  return kept.reverse();
}

function ignoringTheFileSystem(act: () => void): void {
  try {
    act();
  } catch (error) {
    const isSystem = error instanceof Error && 'code' in error;
    if (!isSystem) throw error;
  }
}
