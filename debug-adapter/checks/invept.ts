/** Was the trap an INVEPT that failed, and why? */
import { hex } from '../facts/akaros/evidence.ts';
import type { Target } from '../target/target.ts';
import type { Check, Finding } from './check.ts';

/** `invept (%rax),%rcx`; `ja .+4`; `ud2`. Source: Intel SDM 2 (opcodes); akaros, kern/arch/x86/vmm/intel/vmx.h, __invept. */
const inveptOpcode = [0x66, 0x0f, 0x38, 0x80];
const invept = [...inveptOpcode, 0x08];
const skip = [0x77, 0x02];
const undefinedInstruction = [0x0f, 0x0b];

const invalidOpcode = 6n;
const carryFlag = 1n;
const zeroFlag = 0x40n;

export const inveptCheck: Check = {
  name: 'invept',
  summary: 'decodes an invalid-opcode trap that a failed INVEPT raised',
  source: 'Intel SDM 3, INVEPT; akaros e11b3eb75680',
  applies: (target) =>
    target.hasGlobal('panic_trapframe') && target.findType('struct hw_trapframe') !== undefined,
  *run(target) {
    const frame = target.global('panic_trapframe');
    if (frame.member('tf_trapno').unsigned() !== invalidOpcode) return;
    const rip = frame.member('tf_rip').unsigned();
    const code = target.memory.readAvailable(rip - 7n, 11);
    if (matches(code, 0, [...invept, ...skip, ...undefinedInstruction])) {
      yield failed(
        target,
        rip,
        frame.member('tf_rax').unsigned(),
        frame.member('tf_rcx').unsigned(),
        frame.member('tf_rflags').unsigned(),
      );
    } else if (matches(code, 7, inveptOpcode)) {
      yield {
        check: 'invept',
        severity: 'ERROR',
        verdict: 'INVEPT executed outside VMX operation',
        evidence: [],
      };
    }
  },
};

function matches(code: Uint8Array, offset: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => code[offset + index] === byte);
}

function failed(
  target: Target,
  rip: bigint,
  operand: bigint,
  type: bigint,
  flags: bigint,
): Finding {
  const eptp = target.memory.readU64(operand);
  const address = target.memory.readU64(operand + 8n);
  const isCarry = (flags & carryFlag) !== 0n;
  const isZero = (flags & zeroFlag) !== 0n;
  const outcome = isCarry ? 'VMfailInvalid (no current VMCS)' : 'VMfailValid, error 28';
  const walk = (eptp >> 3n) & 7n;
  const illegal =
    walk === 3n
      ? ''
      : `; eptp 0x${hex(eptp)} is not a legal EPTP (page-walk length field is ${walk}, must be 3)`;
  const kind = type === 1n ? 'single-context' : type === 2n ? 'global' : 'unknown type';
  return {
    check: 'invept',
    severity: 'ERROR',
    verdict:
      `INVEPT(type=${type} ${kind}, eptp=0x${hex(eptp)}, gpa=0x${hex(address)}) failed: CF=${isCarry ? 1 : 0} ZF=${isZero ? 1 : 0} ` +
      `-> ${outcome}; ud2 at ${target.formatAddress(rip)} raised #UD${illegal}`,
    evidence: [
      {
        spans: [{ kind: 'text', text: 'the instructions before the trap' }],
        line: `${hex(rip - 7n)},3/ai`,
        address: rip,
      },
      {
        spans: [{ kind: 'text', text: 'the descriptor' }],
        line: `${hex(operand)},2/J`,
        address: operand,
      },
    ],
  };
}
