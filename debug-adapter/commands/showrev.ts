/** `::showrev`: the kernel's release and machine. */
import { escapeControls } from '../print/escape.ts';
import { textRow, type Dcmd } from './command.ts';

export const showrev: Dcmd = {
  name: 'showrev',
  address: 'none',
  summary: 'print version information',
  options: [
    { letter: 'p', argument: 'none', help: 'patches: a dump of ours knows none' },
    { letter: 'v', argument: 'none', help: 'with the text note of the dump, line by line' },
  ],
  description: 'From the kernel in the dump, and from the text note that the dump carries.',
  examples: [{ line: '::showrev -v', explains: 'all that the dump says of itself' }],
  origin: 'mdb',
  *run({ target, options }) {
    const { dump, kernel } = target;
    const machine = dump.machine;
    const release = dump.info.get('OSRELEASE') ?? kernel?.operatingSystem;
    const lines: readonly (readonly [string, string | undefined])[] = [
      ['Hostname', dump.info.get('NODENAME') ?? dump.info.get('HOSTNAME')],
      ['Release', release],
      ['Kernel architecture', machine],
      ['Application architecture', machine],
      ['Kernel version', kernel && `${kernel.name} ${kernel.operatingSystem}`],
      ['Platform', dump.info.get('PLATFORM')],
      ['Build id', dump.buildId],
    ];
    for (const [label, value] of lines) {
      if (value !== undefined)
        yield textRow(`${label}: ${escapeControls(value)}`, { data: { label, value } });
    }
    if (!options.has('v')) return;
    for (const [key, value] of dump.info)
      yield textRow(`${escapeControls(key)}=${escapeControls(value)}`, { data: { key, value } });
  },
};
