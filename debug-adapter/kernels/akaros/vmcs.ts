/** `::vmcs`: what the processors hold of each VMCS that the machine knows. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd } from '../../commands/command.ts';
import { isPageFree } from '../../facts/akaros/slab.ts';
import { heading, text } from '../../facts/cells.ts';

/** Most VMCSs that are shown. */
const vmcsLimit = 1024;

export const vmcs: Dcmd = {
  name: 'vmcs',
  address: 'none',
  summary: 'VMCSs by hardware: launch state, the CPU where each is active, its EPT and guest',
  description:
    'Needs the hardware table of the dump; a VMCS whose page the kernel has freed is marked.',
  origin: 'corewalk',
  examples: [{ line: '::vmcs', explains: 'every VMCS' }],
  *run({ target }) {
    if (!target.hardware || !target.hasGlobal('sim_vmcs'))
      throw new LookupError('no hardware VMCS state in this dump');
    const count = target.global('sim_vmcs_n').unsigned();
    yield {
      spans: [
        heading(
          'PA               CPU LAUNCHED EPTP             GUEST RIP        GUEST CR3        PAGE',
        ),
      ],
    };
    for (let index = 0n; index < count && index < vmcsLimit; index++) {
      const entry = target.global('sim_vmcs').index(index);
      const hex = (member: string): string =>
        entry.member(member).unsigned().toString(16).padStart(16);
      const cpu = entry.member('active_cpu').signed();
      const isLaunched = (entry.member('flags').unsigned() & 1n) !== 0n;
      const page = isPageFree(target, entry.member('pa').unsigned());
      yield {
        spans: [
          text(
            `${hex('pa')} ${(cpu < 0n ? '-' : cpu.toString()).padStart(3)} ${(isLaunched ? 'yes' : 'no').padEnd(8)} ` +
              `${hex('eptp')} ${hex('guest_rip')} ${hex('guest_cr3')} ${page === undefined ? '?' : page ? 'FREE' : 'in use'}`,
          ),
        ],
        data: { pa: entry.member('pa').unsigned(), cpu, isLaunched },
      };
    }
  },
};
