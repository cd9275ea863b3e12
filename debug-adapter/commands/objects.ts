/** `::objects`: what was loaded: the kernel image, by its symbols and segments. */
import type { Target } from '../target/target.ts';
import { headingRow, tableRow, type Column } from '../print/table.ts';
import type { Dcmd } from './command.ts';
import { imageRange } from './lib-image.ts';

const columns: readonly Column[] = [
  { heading: 'BASE', width: 16, align: 'right' },
  { heading: 'LIMIT', width: 16, align: 'right' },
  { heading: 'SIZE', width: 16, align: 'right' },
  { heading: 'NAME', width: 0, align: 'left' },
];

export const objects: Dcmd = {
  name: 'objects',
  address: 'none',
  summary: 'print load objects information',
  options: [{ letter: 'v', argument: 'none', help: 'the version of each object' }],
  description: 'A dump of ours has one object: the kernel, from its lowest to its highest symbol.',
  examples: [{ line: '::objects', explains: 'where the kernel image lies' }],
  origin: 'mdb',
  *run({ target, options, isPipeOut }) {
    const { name, release } = kernelImage(target);
    if (options.has('v')) {
      if (!isPipeOut) yield { spans: [{ kind: 'heading', text: `${'NAME'.padEnd(20)} VERSION` }] };
      const spans = [{ kind: 'text' as const, text: `${name.padEnd(20)} ${release}` }];
      yield { spans, data: { name, version: release } };
      return;
    }
    if (!isPipeOut) yield headingRow(columns);
    const range = imageRange(target);
    if (!range) return;
    const { base, limit } = range;
    const cells = [base, limit, limit - base].map((value) => ({ text: value.toString(16) }));
    yield tableRow(columns, [...cells, { text: name }], {
      value: base,
      data: { base, limit, size: limit - base, name },
    });
  },
};

/** Name of the kernel and what it says of its release. */
function kernelImage({ kernel, dump }: Target): { name: string; release: string } {
  const release = dump.info.get('OSRELEASE') ?? kernel?.operatingSystem ?? 'unknown';
  const build = dump.buildId === undefined ? '' : `, build id ${dump.buildId}`;
  return { name: kernel?.name ?? 'kernel', release: release + build };
}
