/** What the checker of INVEPT says of traps that look alike: on the `ud2` behind it, on INVEPT itself, and elsewhere. */
import assert from 'node:assert/strict';
import { inveptCheck } from '../../debug-adapter/checks/invept.ts';
import { patchedTarget } from '../support/patched-target.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

describe('the checker of INVEPT', () => {
  let bytes: Uint8Array;

  before(() => {
    bytes = coreBytes(simulateAt('akaros/vmcs-ctrl-c', 'buggy'));
  });

  /** Its verdicts when the trap frame says so, and memory at an address holds these bytes. */
  function verdicts(
    frame: Readonly<Record<string, (value: bigint) => bigint>>,
    code: readonly [offset: bigint, bytes: readonly number[]] = [0n, []],
  ): string[] {
    const changed = patchedTarget(bytes, (target) => {
      const trap = target.global('panic_trapframe');
      const members = Object.entries(frame).map(([name, change]) => {
        const member = trap.member(name);
        return [member, change(member.unsigned())] as const;
      });
      return [...members, [trap.member('tf_rip').unsigned() + code[0], code[1]]];
    });
    return [...inveptCheck.run(changed)].map(({ verdict }) => verdict);
  }

  it('decodes VMfailInvalid, and why', () => {
    assert.match(
      verdicts({}).join(),
      /^INVEPT\(type=1 single-context, eptp=0x0, gpa=0x0\) failed: CF=1 ZF=0 -> VMfailInvalid \(no current VMCS\); ud2 at vmx_clear_vmcs\+0x[0-9a-f]+ raised #UD; eptp 0x0 is not a legal EPTP \(page-walk length field is 0, must be 3\)$/,
    );
  });

  it('decodes VMfailValid', () => {
    const flags = (value: bigint): bigint => (value & ~1n) | 0x40n;
    assert.match(
      verdicts({ tf_rflags: flags }).join(),
      /failed: CF=0 ZF=1 -> VMfailValid, error 28; ud2 at /,
    );
  });

  it('knows INVEPT outside VMX operation by the whole instruction', () => {
    const onIt = { tf_rip: (rip: bigint) => rip - 7n };
    assert.deepEqual(verdicts(onIt), ['INVEPT executed outside VMX operation']);
    // movdqa (%rax),%xmm0, with CR4.OSFXSR clear
    assert.deepEqual(verdicts(onIt, [-7n, [0x66, 0x0f, 0x6f, 0x00]]), []);
  });

  it('says nothing of another invalid opcode, or of another trap', () => {
    assert.deepEqual(verdicts({ tf_rip: (rip) => rip + 2n }), []);
    assert.deepEqual(verdicts({}, [-7n, [0x90, 0x90, 0x90]]), []);
    assert.deepEqual(verdicts({ tf_trapno: (word) => word + 7n }), []);
  });
});
