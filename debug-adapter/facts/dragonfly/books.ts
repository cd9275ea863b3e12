/** All maps and all pages: where a question about "anybody" looks. */
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { isFree } from './pages.ts';
import { offsetOfPmap, spaces } from './spaces.ts';

/** Every `struct vm_map`: the kernel's and those of processes. */
export function* allMaps(target: Target): Generator<Value> {
  if (target.hasGlobal('kernel_vm_map')) yield target.global('kernel_vm_map');
  const offset = BigInt(offsetOfPmap(target));
  for (const space of spaces(target))
    if (space.process !== undefined) yield target.value('struct vm_map', space.pmap - offset);
}

/** The `struct vm_page`s that are not free, by physical address. */
export function* usedPages(target: Target): Generator<Value> {
  const pages = target.global('vm_page_array');
  const count = target.global('vm_page_array_size').unsigned();
  for (let index = 0n; index < count; index++) {
    const page = pages.index(index);
    if (!isFree(page)) yield page;
  }
}
