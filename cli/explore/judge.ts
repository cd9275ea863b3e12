/** The checkers as judge of a search: they see a dump that nobody writes to disk. */
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { checks } from '../../debug-adapter/checks/index.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Failure, Judge } from '../../simulator/explore/judgement.ts';

/** What checkers call a BUG or an ERROR in the dump of an end: one failure for each checker that speaks. */
export const checkersJudge: Judge = (simulation): readonly Failure[] => {
  const bytes = new Uint8Array(Buffer.concat([...simulation.core()]));
  const target = openTarget(openDump(bytesSource(bytes, 'a dump of the search')));
  const failures = new Map<string, Failure>();
  for (const check of checks) {
    if (!check.applies(target)) continue;
    for (const { severity, verdict } of check.run(target)) {
      const isWrong = severity === 'BUG' || severity === 'ERROR';
      if (!isWrong || failures.has(check.name)) continue;
      const text = `${severity} ${check.name}: ${verdict}`;
      failures.set(check.name, { kind: `${severity} ${check.name}`, text });
    }
  }
  return [...failures.values()];
};
