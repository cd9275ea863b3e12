/** Do the books of swap agree: the tree of each object, its counters, the blocks that are taken, and the items that are free? */
import { cpuFrames } from '../facts/dragonfly/frames.ts';
import { objectPages } from '../facts/dragonfly/pages.ts';
import {
  freeSwblocks,
  objects,
  slotsOf,
  swblocks,
  takenBlocks,
  zonePoison,
} from '../facts/dragonfly/swap.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Evidence, Finding } from './check.ts';

const check = 'swmeta';

const swapped = 0x4000n;

/** While a CPU is in one of these, a block may be taken and in no slot. */
const atWork: ReadonlySet<string> = new Set([
  'assign_blocks',
  'swap_pager_putpages',
  'swp_pager_getswapspace',
  'swp_pager_meta_build',
  'swp_pager_meta_ctl',
]);

export const swmeta: Check = {
  name: check,
  summary: 'each taken swap block is in one slot, counters count, and what is free is not written',
  source: 'DragonFly 95270b7e: hold the object around swp_pager_meta_ctl',
  applies: (target) =>
    target.hasGlobal('swap_zone') &&
    target.hasGlobal('swapblist') &&
    target.hasGlobal('vm_object_hash'),
  *run(target) {
    const free = new Map([...freeSwblocks(target)].map((each) => [each.address ?? 0n, each]));
    const used = new Set<bigint>();
    for (const object of objects(target)) yield* judgeObject(target, object, free, used);
    for (const swblock of free.values()) {
      const found = judgeFree(swblock);
      if (found) yield found;
    }
    yield* judgeBlocks(target, used);
  },
};

function* judgeObject(
  target: Target,
  object: bigint,
  free: ReadonlyMap<bigint, Value>,
  used: Set<bigint>,
): Generator<Finding> {
  const at = object.toString(16);
  let count = 0n;
  for (const swblock of swblocks(target, object)) {
    count++;
    const address = swblock.address ?? 0n;
    const slots = [...slotsOf(swblock)];
    for (const { block } of slots) used.add(block);
    const said = swblock.member('swb_count').signed();
    if (free.has(address))
      yield finding(target, `object ${at}: swblock ${address.toString(16)} is free`, [
        pointed('swblock', address, 'struct swblock'),
      ]);
    else if (said !== BigInt(slots.length))
      yield finding(
        target,
        `swblock ${address.toString(16)} has ${slots.length} block(s), counter says ${said}`,
        [pointed('swblock', address, 'struct swblock')],
      );
  }
  const said = target.value('struct vm_object', object).member('swblock_count').signed();
  if (said !== count)
    yield finding(target, `object ${at}: ${count} swblock(s) in the tree, counter says ${said}`, [
      pointed('object', object, 'struct vm_object'),
    ]);
}

/** Something other than the poison in a freed item: a slot, or any other word but the link. */
function judgeFree(swblock: Value): Finding | undefined {
  const at = swblock.address ?? 0n;
  const pages = swblock.member('swb_pages');
  let where: string | undefined;
  for (let slot = 0n; slot < 16n && where === undefined; slot++) {
    const word = pages.index(slot).unsigned();
    if (word !== zonePoison) where = `slot ${slot} = ${word.toString(16)}`;
  }
  for (const name of ['swb_index', 'swb_count']) {
    const word = swblock.member(name);
    const poison = BigInt.asUintN(8 * (word.type.size ?? 8), zonePoison);
    if (where === undefined && word.unsigned() !== poison)
      where = `${name} = ${word.unsigned().toString(16)}`;
  }
  if (where === undefined) return undefined;
  const verdict = `freed swblock ${at.toString(16)} was written after free (${where})`;
  return { check, severity: 'BUG', verdict, evidence: [pointed('swblock', at, 'struct swblock')] };
}

function* judgeBlocks(target: Target, used: ReadonlySet<bigint>): Generator<Finding> {
  const lost = [...takenBlocks(target)].filter((block) => !used.has(block));
  const pages = [...swappedPagesWithoutSlot(target)];
  for (const block of lost)
    yield finding(
      target,
      `swap block ${block.toString(16)} leaked`,
      pages.map((page) => pointed('a page that may have been there', page, 'struct vm_page')),
    );
  if (lost.length > 0) return;
  for (const page of pages)
    yield finding(target, `page ${page.toString(16)} is PG_SWAPPED and has no swap block`, [
      pointed('page', page, 'struct vm_page'),
    ]);
}

/** Pages that say that they are in swap, of objects that don't know where. */
function* swappedPagesWithoutSlot(target: Target): Generator<bigint> {
  for (const object of objects(target)) {
    const known = new Set(
      [...swblocks(target, object)].flatMap((each) => [...slotsOf(each)].map((at) => at.pindex)),
    );
    for (const page of objectPages(target, object))
      if (
        (page.member('flags').unsigned() & swapped) !== 0n &&
        !known.has(page.member('pindex').unsigned())
      )
        yield page.address ?? 0n;
  }
}

function finding(target: Target, verdict: string, evidence: readonly Evidence[]): Finding {
  const worker = [...cpuFrames(target)].find((each) => atWork.has(each.function));
  if (!worker) return { check, severity: 'BUG', verdict, evidence };
  const doubt = `the books are being written (cpu ${worker.cpu} is in ${worker.function}), or`;
  return { check, severity: 'PENDING', verdict: `${doubt} ${verdict}`, evidence };
}

function pointed(what: string, address: bigint, type: string): Evidence {
  const at = address.toString(16);
  return {
    spans: [
      { kind: 'text', text: `${what} ` },
      { kind: 'address', text: at, address },
    ],
    line: `${at}::print ${type}`,
    address,
  };
}
