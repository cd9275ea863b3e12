/** Says which of the two `struct ctxop` layouts the dump has, by its types. */
import type { Check } from './check.ts';
import { ctxOpLayout } from '../facts/illumos/ctxop.ts';

export const ctxopLayout: Check = {
  name: 'ctxop_layout',
  summary: 'which list shape struct ctxop has',
  source: 'illumos 12477, struct ctxop gains prev and becomes circular',
  applies: (target) => ctxOpLayout(target) !== undefined,
  *run(target) {
    const isCircular = ctxOpLayout(target) === 'circular';
    yield {
      check: 'ctxop_layout',
      severity: 'OK',
      verdict: isCircular
        ? 'ctxop layout: circular, doubly linked (illumos 12477 or later)'
        : 'ctxop layout: singly linked, NULL-terminated (before 12477)',
      evidence: [
        {
          spans: [
            { kind: 'type', text: 'struct ctxop' },
            { kind: 'text', text: isCircular ? ' has a member prev' : ' has no member prev' },
          ],
          line: '::print -a "struct ctxop"',
        },
      ],
    };
  },
};
