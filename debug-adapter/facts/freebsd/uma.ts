/** FreeBSD's zones: which item of which zone lies at an address, whether it is free, and what free memory should hold. */
import { walkChain } from '../../target/lists.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

/** Items of one zone that are looked at. */
const itemLimit = 1_000_000;

export interface UmaZone {
  readonly name: string;
  /** `struct uma_zone`. */
  readonly value: Value;
  readonly slab: bigint;
  readonly size: bigint;
  readonly stride: bigint;
  /** Items that have been handed out at least once; those behind them never were. */
  readonly fresh: bigint;
  /** Addresses of the freed items, the last freed last. */
  readonly free: readonly bigint[];
  /** Free items are filled with `uma_junk`. */
  readonly isPoisoned: boolean;
}

export interface UmaItem {
  readonly zone: UmaZone;
  readonly address: bigint;
  readonly isFree: boolean;
}

/** All zones, newest first. Source: FreeBSD, vm/uma_int.h. */
export function* zones(target: Target): Generator<UmaZone> {
  const first = target.global('uma_zones').member('lh_first').unsigned();
  for (const address of walkChain(target.memory, { first, linkOffset: 0n }, 'uma_zones'))
    yield readZone(target.value('struct uma_zone', address));
}

function readZone(value: Value): UmaZone {
  const keg = value.member('uz_keg');
  const bucket = value.member('uz_bucket');
  const slots = bucket.member('ub_bucket');
  const room = slots.type.kind === 'array' ? (slots.type.count ?? 0) : 0;
  const count = Math.min(Number(bucket.member('ub_cnt').unsigned()), room, itemLimit);
  const free = Array.from({ length: count }, (_, index) => slots.index(BigInt(index)).unsigned());
  return {
    name: value.member('uz_name').text(40) ?? '?',
    value,
    slab: keg.member('uk_slab').unsigned(),
    size: keg.member('uk_size').unsigned(),
    stride: keg.member('uk_rsize').unsigned(),
    fresh: keg.member('uk_fresh').unsigned(),
    free,
    isPoisoned: value.member('uz_trash').unsigned() !== 0n,
  };
}

/** Every item of a zone that was ever in use, by address. */
export function* items(zone: UmaZone): Generator<UmaItem> {
  const free = new Set(zone.free);
  const count = zone.fresh < itemLimit ? zone.fresh : BigInt(itemLimit);
  for (let index = 0n; index < count; index++) {
    const address = zone.slab + index * zone.stride;
    yield { zone, address, isFree: free.has(address) };
  }
}

/** The item that holds an address; undefined when no zone has it. */
export function itemAt(target: Target, address: bigint): UmaItem | undefined {
  for (const zone of zones(target)) {
    if (zone.stride === 0n || address < zone.slab) continue;
    const index = (address - zone.slab) / zone.stride;
    if (index >= zone.fresh || address - zone.slab - index * zone.stride >= zone.size) continue;
    const start = zone.slab + index * zone.stride;
    return { zone, address: start, isFree: zone.free.includes(start) };
  }
  return undefined;
}

/** The 32-bit word that fills free items. */
export function poisonWord(target: Target): number {
  return Number(target.global('uma_junk').unsigned());
}
