/** Did a page change while it was being written to swap? */
import { mappingsOf } from '../facts/dragonfly/pages.ts';
import { mappingOf, spaces } from '../facts/dragonfly/spaces.ts';
import {
  blockContents,
  blockOf,
  busyBuffers,
  crc32c,
  pagesOfBuffer,
} from '../facts/dragonfly/swap.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Finding } from './check.ts';

const check = 'swapcrc';

/** Source: DragonFly, sys/buf.h, BUF_CMD_WRITE. */
const write = 2n;
const pageSize = 4096;
const swapped = 0x4000n;
const writeable = 0x10n;
const pteModified = 0x40n;

export const swapcrc: Check = {
  name: check,
  summary:
    'the pages of each swap write are what they were when it began, and clean pages are what swap has',
  source: 'DragonFly 95270b7e: bio_crc, for finding pages that change during I/O',
  applies: (target) => target.findType('struct swblock') !== undefined && target.hasGlobal('swbuf'),
  *run(target) {
    yield* requests(target);
    yield* cleanPages(target);
  },
};

function* requests(target: Target): Generator<Finding> {
  for (const buffer of busyBuffers(target)) {
    if (buffer.member('b_cmd').unsigned() !== write) continue;
    if (!buffer.member('b_bio1').hasMember('bio_crc')) {
      yield { check, severity: 'SKIPPED', verdict: 'struct bio has no bio_crc', evidence: [] };
      return;
    }
    const found = judge(target, buffer);
    if (found) yield found;
  }
}

/** Pages that nobody will write out again, for they count as clean, and whose copy in swap is another. */
function* cleanPages(target: Target): Generator<Finding> {
  if (!target.hasGlobal('swdevt')) return;
  const pages = target.global('vm_page_array');
  const count = target.global('vm_page_array_size').unsigned();
  for (let index = 0n; index < count; index++) {
    const page = pages.index(index);
    const flags = page.member('flags').unsigned();
    if ((flags & swapped) === 0n || page.member('dirty').unsigned() !== 0n) continue;
    if ((flags & writeable) !== 0n && isModified(target, page)) continue;
    const block = blockOf(
      target,
      page.member('object').unsigned(),
      page.member('pindex').unsigned(),
    );
    const copy = block === undefined ? undefined : blockContents(target, block);
    if (block === undefined || copy === undefined) continue;
    const bytes = target.physical.read(page.member('phys_addr').unsigned(), pageSize);
    if (Buffer.compare(bytes, copy) === 0) continue;
    const at = (page.address ?? 0n).toString(16);
    yield {
      check,
      severity: 'BUG',
      verdict: `page ${at} is clean but differs from swap block ${block.toString(16)}`,
      evidence: [{ spans: [{ kind: 'text', text: `page ${at}` }], line: `${at}::page` }],
    };
  }
}

/** A mapping says that the page was written, and the kernel would look. */
function isModified(target: Target, page: Value): boolean {
  const roots = new Map(spaces(target).map(({ pmap, root }) => [pmap, root]));
  for (const { pmap, address } of mappingsOf(target, page)) {
    const root = roots.get(pmap);
    if (root !== undefined && (mappingOf(target, root, address).entry & pteModified) !== 0n)
      return true;
  }
  return false;
}

function judge(target: Target, buffer: Value): Finding | undefined {
  const bio = buffer.member('b_bio1');
  const recorded = bio.member('bio_crc').unsigned();
  const pages = [...pagesOfBuffer(target, buffer)];
  const [first] = pages;
  if (recorded === 0n || !first) return undefined;
  const bytes = pages.map((page) =>
    target.physical.read(page.member('phys_addr').unsigned(), pageSize),
  );
  const now = crc32c(Buffer.concat(bytes));
  if (BigInt(now) === recorded) return undefined;
  const at = bio.address ?? 0n;
  const page = (first.address ?? 0n).toString(16);
  const hex = (value: bigint): string => value.toString(16).padStart(8, '0');
  const changed = pages.length === 1 ? `page ${page}` : `one of ${pages.length} pages`;
  return {
    check,
    severity: 'BUG',
    verdict: `swap write bio ${at.toString(16)}: crc was ${hex(recorded)}, pages now ${hex(BigInt(now))}; ${changed} changed during the I/O`,
    evidence: [
      {
        spans: [
          { kind: 'text', text: 'the request ' },
          { kind: 'address', text: at.toString(16), address: at },
        ],
        line: `${at.toString(16)}::print struct bio bio_crc`,
        address: at,
      },
      { spans: [{ kind: 'text', text: `page ${page}` }], line: `${page}::page` },
    ],
  };
}
