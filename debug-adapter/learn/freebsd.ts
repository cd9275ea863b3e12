/** FreeBSD D26923: the reference that nobody counts. */
import type { Investigation } from './investigation.ts';

export const freebsd: Investigation = {
  name: 'freebsd',
  title: 'The reference that nobody counts',
  scenario: 'freebsd/fb01-curpmap-uaf',
  variant: 'buggy',
  introduction:
    'Two processes shared an address space and both exited. Later somebody forked, and the allocator said that memory had been modified after it was freed. ' +
    'By one bit.',
  steps: [
    {
      title: 'What did it die of?',
      task: 'Print the status of the dump. Note the address that was modified, and the value.',
      hint: '::status',
      answer: '::status',
      sees: [/Memory modified after free/],
      meaning:
        'Freed memory is filled with 0xdeadc0de. The allocator found another value when it was to give the item out again: one bit is missing.',
    },
    {
      title: 'Whose memory is it?',
      task: 'The message gives the item’s address. Which zone of the allocator does it come from?',
      hint: 'ADDR::whatis, with the first address of the panic message.',
      answer: (seen) => `${freedItem(seen)}::whatis`,
      sees: [/vmspace_zone/],
      meaning:
        'It was a struct vmspace, an address space. Its pmap, with the set of CPUs that use it, lies inside.',
    },
    {
      title: 'Which member changed?',
      task: 'Print the item as the struct vmspace that it was, and look for what is not 0xdeadc0de.',
      hint: 'ADDR::print struct vmspace vm_refcnt vm_pmap.pm_active',
      answer: (seen) => `${freedItem(seen)}::print struct vmspace vm_refcnt vm_pmap.pm_active`,
      sees: [/pm_active/, /deadc0dc/],
      meaning:
        'Bit 1 of pm_active was cleared after the item had been freed. CPUs clear their own bit when they leave a pmap: CPU 1 was still in it.',
    },
    {
      title: 'Where are the CPUs now?',
      task: 'Look at what each CPU runs, and which pmap it has loaded.',
      hint: '::cpuinfo',
      answer: '::cpuinfo',
      sees: [/CURPMAP/],
      meaning:
        'CPU 1 is in the kernel’s own address space now. It went there after the other CPU had counted down to zero and freed the vmspace. Its curpmap was a use ' +
        'of the address space that the reference count knew nothing of.',
    },
    {
      title: 'What do the checkers say?',
      task: 'Run the checkers with evidence.',
      hint: '::check -e',
      answer: '::check -e',
      sees: [/BUG/, /cpu 1 left this pmap after it was freed/],
      meaning: 'The poison and the member’s type together say what happened, and by whom.',
    },
  ],
  ending:
    'A vmspace is referred to by its processes, which are counted, and by the CPUs that have its pmap loaded, which are not. The exiting process has to leave the pmap before it ' +
    'drops its reference, unless it is the last one, which takes the mappings down while it is still in it. The review asked whether fences were needed there as well. ' +
    'Scenario FB-03 shows when: on a memory order weaker than that of x86.',
  source:
    'FreeBSD review D26923, “vm_map: Add fences around pmap rundown”, and the change that came of it',
};

/** The item's address, as the panic message has it. */
function freedItem(seen: string): string {
  return /modified after free ([0-9a-f]+)/.exec(seen)?.[1] ?? '.';
}
