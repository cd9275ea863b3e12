/** How much memory a process has had at most. */
import { readFileSync } from 'node:fs';

/**
 * Bytes of the largest resident set of a process so far; undefined where the system does not tell.
 *
 * Not `getrusage`: its figure begins with the size of the process that started this one.
 */
export function peakMemory(process: number | 'self' = 'self'): number | undefined {
  try {
    const found = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'));
    return found ? Number(found[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}
