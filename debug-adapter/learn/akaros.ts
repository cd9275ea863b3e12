/** Akaros: a VMCS that outlived its process. */
import type { Investigation } from './investigation.ts';

export const akaros: Investigation = {
  name: 'akaros',
  title: 'The VM that took its core with it',
  scenario: 'akaros/vmcs-ctrl-c',
  variant: 'buggy',
  introduction:
    'Somebody pressed ctrl-c on a busy virtual machine, and the kernel trapped on an invalid instruction in its own code. It looked like a ' +
    'reference count that somebody had got wrong. It was not.',
  steps: [
    {
      title: 'What did it die of?',
      task: 'Print the status of the dump. What kind of trap was it, and on which core?',
      hint: '::status',
      answer: '::status',
      sees: [/Invalid Opcode/],
      meaning:
        'Trap 6 in the kernel. Either the code was overwritten, or somebody meant it: ud2 is how a compiler or a macro says “never here”.',
    },
    {
      title: 'Where was it?',
      task: 'Print the stack of the panic.',
      hint: '$C',
      answer: '$C',
      sees: [/vmx_clear_vmcs/, /__abandon_core/],
      meaning:
        'The core was leaving an address space (abandon_core), found a guest core’s VMCS to be cleared, and flushed its translations first, by INVEPT. ' +
        'The ud2 stands behind that instruction, for the case that it fails.',
    },
    {
      title: 'Who owns the core?',
      task:
        'Each core has a process that it belongs to (owning_proc) and a process whose address space is loaded (cur_proc). They are often the same, ' +
        'and need not be. Look at all cores.',
      hint: '::pcpui',
      answer: '::pcpui',
      sees: [/OWNING_PROC/, /GPC_TO_CLEAR_TO/],
      meaning:
        'Core 3 belongs to nobody and has the address space of bash. It still remembers a guest core to clear, of a VM that is neither. ' +
        'Whose VM is it, and does it still exist?',
    },
    {
      title: 'Is the guest core alive?',
      task: 'List the guest cores with their VMCS, and what state their memory is in.',
      hint: '::gpc',
      answer: '::gpc',
      sees: [/FREED/],
      meaning:
        'The guest core has been freed, and so has its VMCS page. Core 3 was about to work on memory of a process that is gone: the EPTP that it gave to INVEPT was 0.',
    },
    {
      title: 'What happened on that core?',
      task: 'Messages between cores are traced. Which handlers ran on core 3, and in which order?',
      hint: '0t3::trace',
      answer: '0t3::trace',
      sees: [/__death/, /__launch_kthread/],
      meaning:
        '__death took the ownership away and dropped its reference. Then __launch_kthread ran, for the parent that was waiting: switching to its address ' +
        'space dropped the last reference to the VM, which freed it, before the core had abandoned it.',
    },
    {
      title: 'Was a count wrong?',
      task: 'Let the checkers account for every reference.',
      hint: '::check',
      answer: '::check',
      sees: [/not a refcount bug/, /vmcs_owner/],
      meaning:
        'All references are accounted for. What was missing is a rule: the core’s hold on the VMCS is no reference at all, and nobody took it back in time.',
    },
  ],
  ending:
    'The VMCS was flushed where a core abandons an address space. But a process need not be loaded there any more, and the core stops belonging to it earlier. ' +
    'The change flushes the VMCS when owning_proc changes: while the process that owns the core certainly exists. The count was right all the time; the place was wrong.',
  source: 'Akaros commit e11b3eb75680, “x86: vmm: Flush the VMCS when changing owning_proc”',
};
