/** DragonFly: a translation that outlives munmap. */
import type { Investigation } from './investigation.ts';

export const dragonfly: Investigation = {
  name: 'dragonfly',
  title: 'A page that somebody else was still writing to',
  scenario: 'dragonfly/df01-stale-tlb',
  variant: 'buggy',
  introduction:
    'The allocator of the kernel found its own header overwritten. The pipe that was being closed had done nothing wrong, and the page tables are in order. ' +
    'Somebody wrote into kernel memory from user mode, and the page tables say that nobody could.',
  steps: [
    {
      title: 'What did it die of?',
      task: 'Print the status of the dump.',
      hint: '::status',
      answer: '::status',
      sees: [/ZALLOC_SLAB_MAGIC/],
      meaning:
        'kfree looked at the header of a slab zone and did not find its magic number. The header lies at the start of a page.',
    },
    {
      title: 'Who found it?',
      task: 'Print the stack.',
      hint: '$C',
      answer: '$C',
      sees: [/kfree/, /pipeclose/],
      meaning:
        'A close of a pipe frees its buffer. The victim is innocent: it was the first to look at the zone afterwards.',
    },
    {
      title: 'What can the CPUs reach?',
      task: 'A CPU translates by its TLB and looks at the page tables only when it has no entry. Compare what the CPUs have cached for user addresses with what the page tables say now.',
      hint: '::tlb -u',
      answer: '::tlb -u',
      sees: [/STALE/],
      meaning:
        'CPU 1 still has a translation, writable and dirty, whose page table entry is gone. Everything that a user thread writes there on CPU 1 lands in the old frame.',
    },
    {
      title: 'Who has the frame now?',
      task: 'Take the physical address of the stale entry and ask what that page is.',
      hint: 'PA::page, with the physical address that ::tlb printed.',
      answer: (seen) => `${stalePage(seen)}::page`,
      sees: [/slab zone/],
      meaning:
        'The frame was freed by munmap, and the kernel’s allocator took it for a slab zone. There is your overwritten header.',
    },
    {
      title: 'Why was CPU 1 not told?',
      task: 'munmap on CPU 0 interrupts the CPUs in pm_active of the pmap, so that they forget the translation. Look at what each CPU runs, and how often it loaded %cr3 and skipped it.',
      hint: '::cpuinfo',
      answer: '::cpuinfo',
      sees: [/CR3SKIP/, /PM_ACTIVE/],
      meaning:
        'CPU 1 switched between two threads of the same process: it took its bit out of pm_active, then put it in again, and did not load %cr3 since the ' +
        'page tables were the same. In between it could not be told, and not loading %cr3 it did not forget by itself.',
    },
    {
      title: 'What do the checkers say?',
      task: 'Run the checkers.',
      hint: '::check',
      answer: '::check',
      sees: [/BUG/, /page table says not present/],
      meaning:
        'A stale entry with no invalidation on its way is proof. A stale entry while one is pending would be none, and the checker tells them apart.',
    },
  ],
  ending:
    'Two optimisations, each right by itself: taking the CPU out of pm_active while it switches, so that nobody interrupts it, and not loading %cr3 when it is the same. ' +
    'Together they leave a window of a few instructions. The change loads %cr3 always. The commit calls this one “the big enchilada”, and carries some two dozen more: ' +
    'the other scenarios of DragonFly.',
  source:
    'DragonFly commit 95270b7ecb6e, “kernel - Many fixes for vkernel support, plus a few main kernel fixes”',
};

/** The physical address of the stale entry, as `::tlb` prints it: CPU, VA, PA, PERM, PTE, STATE. */
function stalePage(seen: string): string {
  return /^ *\d+ [0-9a-f]+ ([0-9a-f]+) .*STALE/m.exec(seen)?.[1] ?? '.';
}
