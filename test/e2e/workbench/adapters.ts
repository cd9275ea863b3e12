/** The adapter processes of one workbench, by the folder that its extensions lie in. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Server } from './server.ts';

export interface AdapterProcess {
  readonly pid: number;
  /** KiB at its largest. */
  readonly peakKib: number;
}

/** Linux alone has /proc; elsewhere none are found. */
export function adapterProcesses({ folder }: Server): AdapterProcess[] {
  return numbersIn('/proc').flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!words.some((word) => word.startsWith(folder) && word.endsWith('adapter.cjs'))) return [];
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return [{ pid, peakKib: Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) }];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}
