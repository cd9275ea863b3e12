/** FreeBSD's zones as `::findleaks` needs them: what is handed out, and which memory keeps nothing alive. */
import type { Allocation, Allocator, MemoryRange } from '../../kernels/kernel.ts';
import type { Target } from '../../target/target.ts';
import { allThreads, perCpus } from './processes.ts';
import { items, zones } from './uma.ts';

const pageSize = 4096n;

export function allocator(target: Target): Allocator {
  return {
    *allocations(): Generator<Allocation> {
      for (const zone of zones(target))
        for (const { address, isFree } of items(zone))
          if (!isFree)
            yield {
              address,
              size: zone.size,
              cacheAddress: zone.value.address ?? 0n,
              cache: zone.name,
            };
    },
    silent: () => silent(target),
  };
}

/** Slabs, where free items lie; buckets, which keep the addresses of what they have handed out; what is below the stack pointer of each thread. */
function* silent(target: Target): Generator<MemoryRange> {
  for (const { value, slab, stride } of zones(target)) {
    const bucket = value.member('uz_bucket');
    const start = bucket.address ?? 0n;
    yield { start: slab, end: slab + stride * value.path('uz_keg.uk_items').unsigned() };
    yield { start, end: start + BigInt(bucket.type.size) };
  }
  const running = new Map(perCpus(target).map(({ id, currentThread }) => [currentThread, id]));
  for (const thread of allThreads(target)) {
    const value = target.value('struct thread', thread);
    const start = value.member('td_kstack').unsigned();
    const end = start + value.member('td_kstack_pages').unsigned() * pageSize;
    const cpu = target.cpus.find(({ index }) => index === running.get(thread));
    const pointer = cpu
      ? (cpu.registers.get('rsp') ?? start)
      : value.member('td_pcb').dereference().member('pcb_rsp').unsigned();
    // A CPU in user mode is on no kernel stack.
    yield { start, end: pointer >= start && pointer < end ? pointer : cpu ? end : start };
  }
}
