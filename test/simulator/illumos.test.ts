/** The illumos kernel: its dumps hold the seed's own numbers, and each scenario leaves the evidence that it is about. */
import assert from 'node:assert/strict';
import type { Target } from '../../debug-adapter/target/target.ts';
import type { Value } from '../../debug-adapter/target/value.ts';
import { simulateAt, simulatedTarget } from '../support/simulated-dumps.ts';

const vcpuThread = 0xfffffe5af5cc8040n;
const validFlag = 2n;
const enabledFlag = 1n;

/** The table in the text of illumos 12477: operators from the newest to the oldest. */
const seedTable: readonly (readonly [string, string, bigint, bigint, bigint, bigint])[] = [
  // save, restore, arg, next, save_ts, restore_ts
  [
    'vmm_savectx',
    'vmm_restorectx',
    0xfffffe008044e700n,
    0xfffffe5afd90e140n,
    0x137e89ac2e8cn,
    0x137e89aca474n,
  ],
  [
    'schedctl_save',
    'schedctl_restore',
    0xfffffe007bd71160n,
    0xfffffe5b2f901a60n,
    0x137e89ac4ae9n,
    0x137e89acc0acn,
  ],
  [
    'xsaveopt_ctxt',
    'xrestore_ctxt',
    0xfffffe5af5c6b840n,
    0xfffffe5b2f7dd050n,
    0x137e89ac4d93n,
    0x137e89acc2dcn,
  ],
  [
    'sep_save',
    'sep_restore',
    0xfffffe008044ef10n,
    0xfffffe5b2f8b2aa8n,
    0x137e89ac51fcn,
    0x137e89acc5d0n,
  ],
  [
    'lwp_segregs_save',
    'lwp_segregs_restore',
    0xfffffe5af5c6b840n,
    0n,
    0x137e89ac54a5n,
    0x137e89acc82fn,
  ],
];

describe('illumos scenarios', () => {
  describe('ctxop-panic-run', () => {
    it('reproduces the seed’s table on the buggy kernel, addresses and all ten stamps', () => {
      const target = simulatedTarget('illumos/ctxop-panic-run', 'buggy');
      assert.deepEqual(
        chain(target, vcpuThread).map((op) => [
          symbol(target, op, 'save_op'),
          symbol(target, op, 'restore_op'),
          read(op, 'arg'),
          read(op, 'next'),
          read(op, 'save_ts'),
          read(op, 'restore_ts'),
        ]),
        seedTable,
      );
      assert.equal(target.global('panic_thread').unsigned(), vcpuThread);
    });

    it('restores in stack order on the fixed kernel, with the same costs', () => {
      const target = simulatedTarget('illumos/ctxop-panic-run', 'fixed');
      const ops = chain(target, vcpuThread);
      assert.deepEqual(
        ops.map((op) => symbol(target, op, 'save_op')),
        seedTable.map(([save]) => save),
      );
      assert.deepEqual(
        ops.map((op) => read(op, 'save_ts')),
        seedTable.map((row) => row[4]),
      );
      assert.deepEqual(
        ops.map((op) => read(op, 'restore_ts')),
        [0x137e89acae4fn, 0x137e89acac1fn, 0x137e89aca92bn, 0x137e89aca6ccn, 0x137e89aca474n],
      );
    });

    it('leaves both FPU contexts without FPU_VALID on the buggy kernel only', () => {
      assert.deepEqual(fpu('ctxop-panic-run', 'buggy'), {
        host: enabledFlag,
        guest: enabledFlag,
        inGuest: 1n,
        status: 3n,
        taskSwitched: false,
        registers: 'HOST',
      });
      assert.deepEqual(fpu('ctxop-panic-run', 'fixed'), {
        host: enabledFlag | validFlag,
        guest: enabledFlag,
        inGuest: 1n,
        status: 3n,
        taskSwitched: true,
        registers: 'GUES',
      });
    });

    it('has the panic’s stack, from user mode to vpanic', () => {
      const target = simulatedTarget('illumos/ctxop-panic-run', 'buggy');
      assert.deepEqual(
        functions(target, 0),
        words(
          'vpanic panic save_guest_fpustate vm_run vmmdev_do_ioctl vmm_ioctl',
          'cdev_ioctl spec_ioctl fop_ioctl ioctl _sys_sysenter_post_swapgs',
        ),
      );
    });

    it('shows the guest’s XCR0 and the host’s state in the hardware table', () => {
      const cpu = simulatedTarget('illumos/ctxop-panic-run', 'buggy').hardware?.cpu(0);
      assert.ok(cpu);
      assert.equal(read(cpu, 'xcr0'), 3n);
      assert.equal(read(cpu, 'curctx'), vcpuThread);
      assert.equal(read(cpu, 'sysenter_esp'), 0xfffffe008044ef10n);
      assert.equal(read(cpu, 'flags') & 2n, 2n, 'in VMX operation');
    });
  });

  it('ctxop-panic-switch: the panic comes out of the second switch', () => {
    const target = simulatedTarget('illumos/ctxop-panic-switch', 'buggy');
    const names = functions(target, 0);
    const from = names.indexOf('save_guest_fpustate');
    assert.deepEqual(
      names.slice(from, from + 8),
      words(
        'save_guest_fpustate vmm_savectx savectx resume swtch',
        'turnstile_block mutex_vector_enter vmx_run',
      ),
    );
    const [vmm, ...others] = chain(target, vcpuThread);
    assert.ok(vmm);
    for (const op of [vmm, ...others]) assert.ok(read(vmm, 'save_ts') > read(op, 'restore_ts'));
    for (const op of others) assert.ok(read(op, 'save_ts') < read(op, 'restore_ts'));
  });

  it('ctxop-silent: the guest computes with the host’s registers, and they are saved as its own', () => {
    for (const [variant, mismatches, image] of [
      ['buggy', 16n, 'HOST'],
      ['fixed', 0n, 'GUES'],
    ] as const) {
      const target = simulatedTarget('illumos/ctxop-silent', variant);
      const report = target.global('vmm_vm').path('guest_report');
      assert.equal(report.path('rounds').unsigned(), 1n);
      assert.equal(report.path('mismatches').unsigned(), mismatches);
      const guest = target.global('vmm_vm').path('vcpu[0].guestfpu->hf_guest_fpu');
      assert.equal(imageOwner(target, guest), image);
    }
  });

  it('ctxop-bash: sleeps with four operators, in the order of its kernel', () => {
    const orders = { buggy: [0, 1, 2, 3], fixed: [3, 2, 1, 0] };
    for (const [variant, order] of Object.entries(orders)) {
      const target = simulatedTarget('illumos/ctxop-bash', variant);
      const ops = chain(target, threadOf(target, 'bash'));
      assert.deepEqual(
        ops.map((op) => symbol(target, op, 'save_op')),
        ['schedctl_save', 'xsaveopt_ctxt', 'sep_save', 'lwp_segregs_save'],
      );
      assert.deepEqual(ranks(ops, 'save_ts'), [0, 1, 2, 3]);
      assert.deepEqual(ranks(ops, 'restore_ts'), order);
    }
  });

  it('ctxop-install-race: one store between two makes a restore without a save, or a save out of order', () => {
    const early = simulatedTarget('illumos/ctxop-install-race', 'nopreempt');
    const [fresh, ...rest] = chain(early, threadOf(early, 'bash'));
    assert.ok(fresh);
    assert.equal(symbol(early, fresh, 'save_op'), 'schedctl_save');
    assert.equal(read(fresh, 'save_ts'), 0n);
    for (const op of rest) {
      assert.notEqual(read(op, 'save_ts'), 0n);
      assert.ok(read(fresh, 'restore_ts') < read(op, 'restore_ts'), 'restored first');
    }

    const late = simulatedTarget('illumos/ctxop-install-race-linked', 'nopreempt');
    const ops = chain(late, threadOf(late, 'bash'));
    assert.deepEqual(ranks(ops, 'save_ts'), [3, 0, 1, 2]);
    assert.deepEqual(ranks(ops, 'restore_ts'), [0, 3, 2, 1]);
  });

  it('ctxop-install-race: with kpreempt_disable both directions see a whole ring', () => {
    for (const name of ['ctxop-install-race', 'ctxop-install-race-linked']) {
      const target = simulatedTarget(`illumos/${name}`, 'fixed');
      const ops = chain(target, threadOf(target, 'bash'));
      assert.deepEqual(ranks(ops, 'save_ts'), [0, 1, 2, 3], name);
      assert.deepEqual(ranks(ops, 'restore_ts'), [3, 2, 1, 0], name);
    }
  });

  it('ctxop-fork-exit: every handler once, newest first, on both kernels', () => {
    for (const variant of ['buggy', 'fixed']) {
      const target = simulatedTarget('illumos/ctxop-fork-exit', variant);
      for (const name of ['ctxtest_first', 'ctxtest_second']) {
        for (const count of ['forks', 'lwp_creates', 'exits', 'frees'])
          assert.equal(target.global(name).path(`ctt_${count}`).unsigned(), 1n, `${name} ${count}`);
      }
      const second = ['ctxtest_second', 'ctxtest_first'];
      assert.deepEqual(traced(target, 'FORK'), [
        ...second.map((name) => `${name}_fork`),
        'schedctl_fork',
        'fp_new_lwp',
      ]);
      assert.deepEqual(traced(target, 'LWP_CREATE'), [
        ...second.map((name) => `${name}_lwp_create`),
        'fp_new_lwp',
      ]);
      assert.deepEqual(
        traced(target, 'EXIT'),
        second.map((name) => `${name}_exit`),
      );
      // The child, the second lwp, and then bash itself.
      assert.deepEqual(
        traced(target, 'FREE'),
        words('fp_free fp_free', 'ctxtest_free ctxtest_free fp_free'),
      );
    }
  });

  it('ctxop-damaged: the damage is what the variant says', () => {
    const second = (variant: string): { ops: readonly Value[]; target: Target } => {
      const target = simulatedTarget('illumos/ctxop-damaged', variant);
      const thread = target.value('kthread_t', threadOf(target, 'bash'));
      const head = thread.member('t_ctx').dereference();
      return { target, ops: [head, head.member('next').dereference()] };
    };
    for (const layout of ['old', 'new']) {
      const unmapped = second(`${layout}-unmapped`);
      const next = unmapped.ops[1]?.member('next').unsigned() ?? 0n;
      assert.equal(unmapped.target.memory.readAvailable(next, 1).length, 0);
      const loop = second(`${layout}-loop`);
      assert.equal(loop.ops[1]?.path('next->next').unsigned(), loop.ops[1]?.address);
      const freed = second(`${layout}-freed`);
      const cache = kmemCache(freed.target, layout === 'old' ? 'kmem_alloc_80' : 'kmem_alloc_96');
      assert.equal(freed.ops[1]?.member('next').unsigned(), read(cache, 'cache_freelist'));
    }
    const prev = second('new-prev');
    assert.notEqual(prev.ops[1]?.member('prev').unsigned(), prev.ops[0]?.address);
  });

  it('ctxop-seeded: of five seeds nearly all kill the buggy kernel, none the fixed one', () => {
    const seeds = Array.from({ length: 5 }, (_, index) => index + 1);
    const panics = (variant: string): number =>
      seeds.filter((seed) => simulateAt('illumos/ctxop-seeded', variant, { seed }).end === 'panic')
        .length;
    assert.equal(panics('fixed'), 0);
    assert.ok(panics('buggy') >= 4);
  });
});

/** The operators of a thread, newest first; ends at NULL or at the head. */
function chain(target: Target, thread: bigint): Value[] {
  const ops: Value[] = [];
  const head = target.value('kthread_t', thread).member('t_ctx').unsigned();
  for (let address = head; address !== 0n && ops.length < 16;) {
    const op = target.value('struct ctxop', address);
    ops.push(op);
    address = read(op, 'next');
    if (address === head) break;
  }
  return ops;
}

function read(value: Value, member: string): bigint {
  return value.member(member).unsigned();
}

function symbol(target: Target, op: Value, member: string): string | undefined {
  return target.symbolize(read(op, member));
}

/** The place of each operator's stamp in time, from 0. */
function ranks(ops: readonly Value[], member: string): number[] {
  const stamps = ops.map((op) => read(op, member));
  const sorted = stamps.toSorted((a, b) => (a < b ? -1 : 1));
  return stamps.map((stamp) => sorted.indexOf(stamp));
}

function threadOf(target: Target, command: string): bigint {
  for (const thread of target.threads()) if (thread.name === command) return thread.address;
  throw new assert.AssertionError({ message: `no thread of ${command}` });
}

function functions(target: Target, cpu: number): string[] {
  return [...target.stack({ kind: 'cpu', cpu })].map((frame) =>
    (target.symbolize(frame.lookupAddress) ?? '?').replace(/\+.*/, ''),
  );
}

function words(...lines: readonly string[]): readonly string[] {
  return lines.join(' ').split(' ');
}

/** Functions of the traced operators of one kind, oldest first. */
function traced(target: Target, kind: string): (string | undefined)[] {
  const buffer = target.global('ctxtrace_buf');
  const type = target.type('ctxtrace_kind_t');
  assert.ok(type.kind === 'typedef' && type.target.kind === 'enum');
  const wanted = type.target.enumerators.find(({ name }) => name === `CTXTRACE_${kind}`)?.value;
  const entries = Array.from({ length: Number(target.global('ctxtrace_next').unsigned()) });
  return entries
    .map((_, index) => buffer.index(BigInt(index)))
    .filter((entry) => read(entry, 'ct_kind') === wanted)
    .map((entry) => symbol(target, entry, 'ct_op'));
}

function kmemCache(target: Target, wanted: string): Value {
  let cache = target.global('kmem_cache_list');
  while (cache.path('cache_name').text() !== wanted) cache = cache.path('cache_next');
  return cache.dereference();
}

/** Whose pattern an FPU image holds: the top word of xmm0. */
function imageOwner(target: Target, context: Value): string {
  const area = context.path('fpu_regs.kfpu_u').unsigned();
  return patternOf(target.memory.read(area + 0xa0n, 16));
}

function patternOf(xmm0: Uint8Array): string {
  return String.fromCharCode(...xmm0.slice(12, 16).toReversed());
}

function fpu(name: string, variant: string): Record<string, bigint | boolean | string> {
  const target = simulatedTarget(`illumos/${name}`, variant);
  const thread = target.value('kthread_t', vcpuThread);
  const guest = target.global('vmm_vm').path('vcpu[0].guestfpu');
  const [vmm] = chain(target, vcpuThread);
  const context = target.value('vm_thread_ctx_t', vmm ? read(vmm, 'arg') : 0n);
  const cpu = target.hardware?.cpu(0);
  assert.ok(cpu);
  return {
    host: thread.path('t_lwp->lwp_pcb.pcb_fpu.fpu_flags').unsigned(),
    guest: guest.path('hf_guest_fpu.fpu_flags').unsigned(),
    inGuest: guest.path('hf_inguest').unsigned(),
    status: read(context, 'vtc_status'),
    taskSwitched: (read(cpu, 'cr0') & 8n) !== 0n,
    registers: patternOf(cpu.member('xmm').bytes()),
  };
}
