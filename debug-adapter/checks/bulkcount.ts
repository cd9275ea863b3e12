/** Has the statistic of bulk invalidations lost an addition? */
import { cpuFrames } from '../facts/dragonfly/frames.ts';
import { trace } from '../facts/dragonfly/ktr.ts';
import type { Check } from './check.ts';

const check = 'bulkcount';

const flush = 'pmap_inval_bulk_flush';

export const bulkCount: Check = {
  name: check,
  summary: 'pmap_inval_bulk_count has counted every recorded bulk invalidation',
  source: 'DragonFly 95270b7e: remove the global pmap_inval_bulk_count counter',
  applies: (target) => target.hasGlobal('pmap_inval_bulk_count') && target.hasGlobal('ktr_buf'),
  *run(target) {
    const counts = [...trace(target)].filter(({ what }) => what === flush);
    const [first] = trace(target);
    const isWhole = first === undefined || first.seq === 0n;
    const isFlushing = [...cpuFrames(target)].some((each) => each.function === flush);
    if (!isWhole || isFlushing) return;
    // A flush of n pages saves n - 1 commands, and that is what it counts.
    const expected = counts.reduce((sum, { data }) => sum + (data[2] ?? 1n) - 1n, 0n);
    const field = target.global('pmap_inval_bulk_count').signed();
    if (field >= expected) return;
    yield {
      check,
      severity: 'NOTE',
      verdict: `pmap_inval_bulk_count is ${field}, expected ${expected} (lost update; nothing depends on it)`,
      evidence: [
        {
          spans: [{ kind: 'symbol', text: 'pmap_inval_bulk_count' }],
          line: 'pmap_inval_bulk_count/E',
        },
        { spans: [{ kind: 'text', text: 'the flushes' }], line: '::ktr' },
      ],
    };
  },
};
