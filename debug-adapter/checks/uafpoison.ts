/** Does free memory still hold its poison? A word that differs was written after the free, and the bit may say by whom. */
import { threadFrames, variable } from '../facts/freebsd/frames.ts';
import { items, poisonWord, zones, type UmaZone } from '../facts/freebsd/uma.ts';
import { vmspaceZone } from '../facts/freebsd/vmspaces.ts';
import { pathAtOffset } from '../target/members.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

const check = 'uafpoison';

/** Words of one item that are told; the rest would say no more. */
const wordLimit = 16;

/** C types of items, by zone. */
const typesByZone = new Map([[vmspaceZone, 'struct vmspace']]);

/**
 * Poison hides what it already has: clearing bit 0 or 5 of deadc0de changes nothing, so a CPU 0 or 5 that leaves a freed pmap can't be seen.
 */
export const uafpoison: Check = {
  name: check,
  summary: 'free items of poisoned zones hold nothing but the poison',
  source: 'FreeBSD, vm/uma_dbg.c: trash_dtor, trash_ctor',
  applies: (target) => target.hasGlobal('uma_zones') && target.hasGlobal('uma_junk'),
  *run(target) {
    for (const zone of zones(target)) {
      if (!zone.isPoisoned) continue;
      for (const item of freeItems(target, zone)) yield* differences(target, zone, item);
    }
  },
};

/** Freed items, and one that is being handed out and is looked at just now. */
function* freeItems(target: Target, zone: UmaZone): Generator<bigint> {
  const beingChecked = threadFrames(target)
    .filter((each) => each.function === 'trash_ctor')
    .map((each) => variable(target, each, 'item'));
  for (const { address, isFree } of items(zone))
    if (isFree || beingChecked.includes(address)) yield address;
}

function* differences(target: Target, zone: UmaZone, item: bigint): Generator<Finding> {
  const poison = poisonWord(target);
  const bytes = target.memory.read(item, Number(zone.size));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let told = 0;
  for (let offset = 0; offset + 4 <= bytes.length && told < wordLimit; offset += 4) {
    const word = view.getUint32(offset, target.dump.byteOrder === 'little');
    if (word === poison) continue;
    told++;
    const at = item + BigInt(offset);
    yield {
      check,
      severity: 'BUG',
      verdict:
        `${zone.name} item ${item.toString(16).padStart(16, '0')}: word +${offset} is ${word.toString(16)}, poison ${poison.toString(16)}` +
        memberText(target, zone, offset, word, poison),
      evidence: [
        {
          spans: [
            { kind: 'text', text: 'the word ' },
            { kind: 'address', text: at.toString(16), address: at },
          ],
          line: `${at.toString(16)}/X`,
          address: at,
        },
      ],
    };
  }
}

/** Which member was written to, and for pm_active which CPU did it. */
function memberText(
  target: Target,
  zone: UmaZone,
  offset: number,
  word: number,
  poison: number,
): string {
  const type = target.findType(typesByZone.get(zone.name) ?? '');
  const path = type && pathAtOffset(type, offset)?.path.replace(/\.__bits.*$/, '');
  if (path === undefined || path === '') return '';
  const bit = clearedBit(word, poison);
  const active = target.value('struct vmspace', 0n).path('vm_pmap.pm_active').address ?? 0n;
  if (bit === undefined || path !== 'vm_pmap.pm_active') return ` (${path})`;
  const cpu = (offset - Number(active)) * 8 + bit;
  return ` (${path}) = bit ${bit} cleared: cpu ${cpu} left this pmap after it was freed`;
}

function clearedBit(word: number, poison: number): number | undefined {
  const changed = (word ^ poison) >>> 0;
  const isOneBit = changed !== 0 && (changed & (changed - 1)) === 0;
  return isOneBit && (poison & changed) !== 0 ? 31 - Math.clz32(changed) : undefined;
}
