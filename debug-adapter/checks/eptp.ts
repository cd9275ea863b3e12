/** Does every live process have the EPT that belongs to its page tables? */
import { hex, structure } from '../facts/akaros/evidence.ts';
import { guestCores, pid, processes } from '../facts/akaros/processes.ts';
import type { Check } from './check.ts';

const check = 'eptp';

export const eptp: Check = {
  name: check,
  summary: 'the EPT root is the page after the page-table root',
  source: 'akaros, kern/arch/x86/pmap64.c, arch_pgdir_setup',
  applies: (target) =>
    target.findType('struct guest_pcore') !== undefined && target.hasGlobal('pid_hash'),
  *run(target) {
    const all = new Set(processes(target));
    for (const guest of guestCores(target))
      all.add(target.value('struct guest_pcore', guest).member('proc').unsigned());
    for (const process of all) {
      const value = target.value('struct proc', process);
      const pointer = value.path('env_pgdir.eptp').unsigned();
      const root = value.member('env_cr3').unsigned();
      const count = value.path('p_kref.refcount').signed();
      const evidence = [
        structure(
          `pid ${pid(target, process)}`,
          'struct proc',
          process,
          'env_pgdir env_cr3 p_kref',
        ),
      ];
      if (pointer === 0n) {
        yield count > 0n
          ? {
              check,
              severity: 'ERROR',
              verdict: `pid ${pid(target, process)}: eptp is 0 with refcount ${count}`,
              evidence,
            }
          : {
              check,
              severity: 'OK',
              verdict: 'pid slot freed: eptp cleared by __proc_free (only place)',
              evidence,
            };
      } else if ((pointer & ~0xfffn) !== root + 0x1000n) {
        yield {
          check,
          severity: 'ERROR',
          verdict: `pid ${pid(target, process)}: eptp 0x${hex(pointer)} does not belong to env_cr3 0x${hex(root)}`,
          evidence,
        };
      }
    }
  },
};
