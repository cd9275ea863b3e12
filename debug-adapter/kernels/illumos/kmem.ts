/** illumos's kernel memory caches: `::kmem_cache` and `::kmem_slabs` in mdb's columns, and walkers over buffers. */
import { UsageError } from '../../../dump-format/errors.ts';
import type { Dcmd, Invocation, Row, Walker } from '../../commands/command.ts';
import { heading, text } from '../../facts/cells.ts';
import {
  kmemAllocations,
  kmemCache,
  kmemCaches,
  type KmemCache,
} from '../../facts/illumos/kmem.ts';

export const kmemCacheWalker: Walker = {
  name: 'kmem_cache',
  summary: 'walk list of kmem caches',
  address: 'none',
  elementType: 'kmem_cache_t',
  origin: 'mdb',
  *walk(target) {
    for (const { address } of kmemCaches(target)) yield address;
  },
};

export const kmemWalker: Walker = {
  name: 'kmem',
  summary: 'given a kmem cache, walk its allocated buffers',
  description: 'A walker of the name of each cache gives the same: ::walk kmem_alloc_96.',
  address: 'required',
  origin: 'mdb',
  *walk(target, start) {
    for (const { address, cacheAddress } of kmemAllocations(target))
      if (cacheAddress === start) yield address;
  },
};

export const freememWalker: Walker = {
  name: 'freemem',
  summary: 'given a kmem cache, walk its free buffers',
  address: 'required',
  origin: 'mdb',
  walk: (target, start = 0n) => kmemCache(target, start).free,
};

export const kmemSlabWalker: Walker = {
  name: 'kmem_slab',
  summary: 'given a kmem cache, walk its slabs',
  address: 'required',
  elementType: 'kmem_slab_t',
  origin: 'mdb',
  *walk(target, start = 0n) {
    for (const { address } of kmemCache(target, start).slabs) yield address;
  },
};

export const kmemCacheDcmd: Dcmd = {
  name: 'kmem_cache',
  address: 'optional',
  summary: 'print kernel memory caches',
  options: [
    { letter: 'n', argument: 'text', argumentName: 'name', help: 'caches with this in their name' },
  ],
  origin: 'mdb',
  examples: [{ line: '::kmem_cache -n alloc', explains: 'the caches behind kmem_alloc' }],
  *run(invocation) {
    const { isFirst, isPipeOut, target } = invocation;
    const title = 'ADDR             NAME                      FLAG  CFLAG  BUFSIZE  BUFTOTL';
    if (isFirst && !isPipeOut) yield { spans: [heading(title)] };
    for (const cache of chosen(invocation)) {
      const { address, name, bufferSize, bufferTotal } = cache;
      const cells = [
        address.toString(16).padStart(16, '0'),
        name.padEnd(25),
        '0000',
        '000000',
        bufferSize.toString().padStart(8),
        bufferTotal.toString().padStart(8),
      ];
      yield {
        spans: [
          { kind: 'address', text: cells[0] ?? '', address },
          ...(isPipeOut ? [] : [text(` ${cells.slice(1).join(' ')}`)]),
        ],
        value: address,
        object: { address, type: target.type('kmem_cache_t') },
        data: { address, name, bufferSize, bufferTotal },
      };
    }
  },
};

export const kmemSlabs: Dcmd = {
  name: 'kmem_slabs',
  address: 'optional',
  summary: 'display slab usage per kmem cache',
  description:
    'A slab is partial when some of its buffers are free and some are not. Waste is the part of the buffers that is free.',
  options: [
    { letter: 'n', argument: 'text', argumentName: 'name', help: 'caches with this in their name' },
    { letter: 'N', argument: 'text', argumentName: 'name', help: 'the cache of this name' },
  ],
  origin: 'mdb',
  examples: [{ line: '::kmem_slabs -n alloc', explains: 'how full the caches of kmem_alloc are' }],
  *run(invocation) {
    const { isFirst, isPipeOut } = invocation;
    if (isFirst && !isPipeOut) yield* slabHeadings();
    for (const cache of chosen(invocation)) yield slabRow(cache);
  },
};

const slabWidths = [25, 8, 8, 9, 9, 6] as const;

function* slabHeadings(): Generator<Row> {
  const titles = [
    ['', '', 'Partial', '', 'Unused', ''],
    ['Cache Name', 'Slabs', 'Slabs', 'Buffers', 'Buffers', 'Waste'],
    slabWidths.map((width) => '-'.repeat(width)),
  ];
  for (const title of titles) yield { spans: [heading(slabLine(title).trimEnd())] };
}

function slabLine(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const width = slabWidths[index] ?? 0;
      return index === 0 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join(' ');
}

function slabRow({ address, name, slabs, free }: KmemCache): Row {
  const buffers = slabs.reduce((sum, slab) => sum + slab.buffers, 0n);
  const partial = slabs.filter(({ inUse, buffers: all }) => inUse > 0n && inUse < all).length;
  const perMille = buffers === 0n ? 0n : (BigInt(free.length) * 1000n) / buffers;
  const cells = [
    name,
    slabs.length.toString(),
    partial.toString(),
    buffers.toString(),
    free.length.toString(),
    `${perMille / 10n}.${perMille % 10n}%`,
  ];
  const data = { address, name, slabs: slabs.length, partial, buffers, unused: free.length };
  return { spans: [text(slabLine(cells))], value: address, data };
}

/** The cache at the address, or all whose names the options let through. */
function* chosen(invocation: Invocation): Generator<KmemCache> {
  const { target, hasAddress, address, options, arguments: list, session } = invocation;
  if (list.length > 0) throw new UsageError('');
  if (hasAddress) return yield kmemCache(target, address);
  for (const cache of kmemCaches(target)) {
    session.checkpoint();
    const exact = options.text('N');
    if (exact !== undefined && cache.name !== exact) continue;
    if (cache.name.includes(options.text('n') ?? '')) yield cache;
  }
}
