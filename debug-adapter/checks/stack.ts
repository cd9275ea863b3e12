/** Does the stack of the CPU that panicked unwind to its end? If not, what it shows is a part. */
import { unwind } from '../target/unwind.ts';
import type { Check } from './check.ts';

const check = 'stack';

export const stackCheck: Check = {
  name: check,
  summary: 'the stack of the panic unwinds to its end',
  source: 'FreeBSD review D26923: a panic that kgdb could not unwind',
  applies: (target) => target.findType('struct pcpu') !== undefined && target.cpus.length > 0,
  *run(target) {
    const frames = unwind(target, { kind: 'cpu', cpu: target.panicCpu.index });
    let count = 0;
    for (;;) {
      const next = frames.next();
      if (next.done !== true) {
        count++;
        continue;
      }
      const { reason, address } = next.value;
      if (reason === 'outermost') return;
      const at = address === undefined ? '' : `: ${reason} at ${address.toString(16)}`;
      yield {
        check,
        severity: 'NOTE',
        verdict: `unwind stopped after ${count} frame(s); try ::stackscan`,
        evidence: [
          {
            spans: [{ kind: 'text', text: `the chain of frames ends${at}` }],
            line: '::stackscan',
            ...(address !== undefined && { address }),
          },
        ],
      };
      return;
    }
  },
};
