/** illumos 12477: context operators that were restored in the order of saving. */
import type { Investigation } from './investigation.ts';

export const illumos: Investigation = {
  name: 'illumos',
  title: 'Two owners of one FPU',
  scenario: 'illumos/ctxop-panic-run',
  variant: 'buggy',
  introduction:
    'A host of virtual machines went down while bhyve was running a guest. You have the dump and nothing else. Find out whose ' +
    'floating-point state was in the registers, and why.',
  steps: [
    {
      title: 'What did it die of?',
      task: 'Every investigation begins with what the machine said last. Print the status of the dump.',
      hint: '::status says what the dump is and what the panic message was.',
      answer: '::status',
      sees: [/panic message: fpu emulation not enabled in host!/],
      meaning:
        'The hypervisor looked at CR0 before it gave the FPU to its guest, and found the bit TS clear: the registers were in use. ' +
        'It expects the host to have put its own state away and to have set TS.',
    },
    {
      title: 'Who asked?',
      task: 'Print the stack of the panic. Which function of the hypervisor was at work?',
      hint: '$c prints the stack, $C prints it with frame pointers. `bt` works too.',
      answer: '$C',
      sees: [/save_guest_fpustate/, /vm_run/],
      meaning:
        'vm_run had just left the guest and save_guest_fpustate was to put the guest’s registers away. It panicked because the thread ' +
        'had been off the CPU in between, and somebody had touched the FPU when it came back.',
    },
    {
      title: 'What runs when the thread comes and goes?',
      task:
        'A thread of illumos carries a chain of context operators: functions that save state when it leaves a CPU and restore it when it ' +
        'returns. The chain begins in t_ctx of the kthread_t, and its elements are struct ctxop, linked by next. Print all of them, with their functions.',
      hint: '<thread is the thread that panicked. ADDR::print TYPE MEMBER prints a member, ADDR::list TYPE LINK follows a list, and | hands addresses on.',
      answer:
        '<thread::print kthread_t t_ctx | ::list "struct ctxop" next | ::print "struct ctxop" save_op restore_op',
      sees: [/vmm_savectx/, /xsaveopt_ctxt/, /lwp_segregs_save/],
      meaning:
        'Newest first: bhyve’s operator (vmm_savectx, vmm_restorectx) was installed last; the one of the host’s FPU (xsaveopt_ctxt, xrestore_ctxt) is older.',
    },
    {
      title: 'In which order did they run?',
      task: 'Each operator stamps when it last saved and restored (save_ts, restore_ts). Compare the two orders.',
      hint: 'Print save_ts and restore_ts along the same list. ADDR::ctxop of a thread puts it into a table.',
      answer: '<thread::ctxop',
      sees: [/vmm_restorectx/, /restore order|restore_ts/],
      meaning:
        'Saving ran from the newest to the oldest, and so did restoring. What is put away last has to come back first, as in a stack: ' +
        'here bhyve’s operator restored before the host’s FPU operator, which then overwrote what it had done.',
    },
    {
      title: 'Whose registers are they?',
      task: 'The dump has the FPU registers of each CPU. Compare them with the contexts that could own them.',
      hint: 'ADDR::fpu, of the thread that panicked.',
      answer: '<thread::fpu',
      sees: [/registers match: HOST/],
      meaning:
        'The registers hold the host’s state, TS is clear, and bhyve’s bookkeeping says that the guest’s state is loaded. Two owners, one register file.',
    },
    {
      title: 'What do the checkers say?',
      task: 'What you found is a rule that a program can check. Run the checkers.',
      hint: '::check, with -e for the evidence.',
      answer: '::check',
      sees: [/ctxop_order/, /fpu_owner/],
      meaning:
        'ctxop_order found the order, fpu_owner the two claims to the registers. The same checkers stay silent on the dump of the fixed kernel.',
    },
  ],
  ending:
    'The operators had been independent of one another for years, so that the order of restoring did not matter. bhyve’s operator ' +
    'depends on that of the host’s FPU. The change keeps the chain as a doubly linked list and walks it from the newest to the oldest to save, and ' +
    'from the oldest to the newest to restore. Open the fixed kernel’s dump (New Dump from Scenario…, variant fixed) and look at ::ctxop there.',
  source: 'illumos issue 12477, “ctxops should use stack ordering for save/restore”',
};
