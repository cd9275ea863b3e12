/** Walkers by the names of a kernel's caches: `::walk kmem_alloc_96` gives what that cache has given out. */
import type { Walker } from '../commands/command.ts';
import { FaultError, LookupError } from '../../dump-format/errors.ts';
import type { Allocation } from '../kernels/kernel.ts';
import type { Target } from './target.ts';

/** The walker of a cache; undefined when the kernel's allocator has none of that name, or its books can't be read. */
export function cacheWalker(target: Target, name: string): Walker | undefined {
  const hasCache = allocationsOf(target).some((each) => each.cache === name);
  if (!hasCache) return undefined;
  return {
    name,
    summary: `walk the ${name} cache`,
    address: 'none',
    origin: 'mdb',
    *walk() {
      for (const { cache, address } of allocationsOf(target)) if (cache === name) yield address;
    },
  };
}

function allocationsOf({ kernel }: Target): readonly Allocation[] {
  try {
    return [...(kernel?.allocator?.allocations() ?? [])];
  } catch (error) {
    if (error instanceof FaultError || error instanceof LookupError) return [];
    throw error;
  }
}
