/** Did a page change while it was being written to swap? */
import { busyBuffers, crc32c, pagesOfBuffer } from '../facts/dragonfly/swap.ts';
import type { Target } from '../target/target.ts';
import type { Value } from '../target/value.ts';
import type { Check, Finding } from './check.ts';

const check = 'swapcrc';

/** Source: DragonFly, sys/buf.h, BUF_CMD_WRITE. */
const write = 2n;
const pageSize = 4096;

export const swapcrc: Check = {
  name: check,
  summary: 'the pages of each swap write are what they were when it began',
  source: 'DragonFly 95270b7e: bio_crc, for finding pages that change during I/O',
  applies: (target) => target.findType('struct swblock') !== undefined && target.hasGlobal('swbuf'),
  *run(target) {
    for (const buffer of busyBuffers(target)) {
      if (buffer.member('b_cmd').unsigned() !== write) continue;
      if (!buffer.member('b_bio1').hasMember('bio_crc')) {
        yield { check, severity: 'SKIPPED', verdict: 'struct bio has no bio_crc', evidence: [] };
        return;
      }
      const found = judge(target, buffer);
      if (found) yield found;
    }
  },
};

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
