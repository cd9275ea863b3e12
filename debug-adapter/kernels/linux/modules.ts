/** Linux's loaded modules: walker `module` and `::lsmod`. */
import type { Dcmd, Walker } from '../../commands/command.ts';
import { dumpText, heading, pointer, text } from '../../facts/cells.ts';
import { listElements } from '../../facts/linux/lists.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

export const moduleWalker: Walker = {
  name: 'module',
  summary: 'loaded modules',
  address: 'none',
  elementType: 'struct module',
  origin: 'corewalk',
  walk: (target) => modules(target),
};

function* modules(target: Target): Generator<bigint> {
  yield* listElements(target, target.symbolAddress('modules'), 'struct module', 'list');
}

export const lsmod: Dcmd = {
  name: 'lsmod',
  address: 'optional',
  summary: 'list loaded modules',
  origin: 'corewalk',
  examples: [{ line: '::lsmod', explains: 'every module, its code and its size' }],
  *run({ target, isFirst, isPipeOut, hasAddress, address }) {
    if (isFirst && !isPipeOut)
      yield { spans: [heading('MODULE           CODE             SIZE     NAME')] };
    for (const each of hasAddress ? [address] : modules(target)) {
      const value = target.value('struct module', each);
      const { base, size } = codeOf(value);
      const name = value.member('name').text(64) ?? '?';
      yield {
        spans: [
          pointer(each),
          text(' '),
          pointer(base),
          text(` ${size.toString(16).padEnd(8)} `),
          dumpText(name),
        ],
        value: each,
        object: { address: each, type: target.type('struct module') },
        data: { address: each, base, size, name },
      };
    }
  },
};

/** Where a module's code is: one layout up to Linux 6.3, then memory by kind, of which the first is text. */
function codeOf(module: Value): { readonly base: bigint; readonly size: bigint } {
  const place = module.hasMember('core_layout')
    ? module.member('core_layout')
    : module.member('mem').index(0n);
  return { base: place.member('base').unsigned(), size: place.member('size').unsigned() };
}
