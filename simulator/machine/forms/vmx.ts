/** VMX instructions with their success and failure conventions. Source: Intel SDM volume 3, chapter 31. */
import { read64 } from '../access.ts';
import { cr4 } from '../control.ts';
import type { Cpu, Handler, Op } from '../cpu.ts';
import type { Instruction } from '../decode.ts';
import { invalidateEpt } from '../ept.ts';
import { protectionFault, raise, vectors } from '../fault.ts';
import { writeArithmeticFlags } from '../flags.ts';
import {
  CR0,
  CR4,
  CURRENT_VMCS,
  ENTRY_ASID,
  ENTRY_EPT_POINTER,
  FEATURE_CONTROL,
  IS_VMX_ON,
  PRIVILEGE,
  VMXON_POINTER,
  VMX_LAST,
  VMX_PREVIOUS,
  rflags,
} from '../layout.ts';
import { physicalBits } from '../paging.ts';
import { drainAll } from '../store-buffer.ts';
import { coversPage, flushVpid, removeEntries } from '../tlb.ts';
import { cr0Fixed0, vmcsRevision } from '../vmx-capabilities.ts';
import { enterGuest, entryError, isEptPointerValid } from '../vm-entry.ts';
import { interceptAlways, exitReasons } from '../vm-intercept.ts';
import {
  currentVmcs,
  fields,
  isField,
  isReadOnly,
  loadVmcs,
  readField,
  storeCleared,
  storeVmcs,
  writeField,
} from '../vmcs.ts';
import { highWord, lowWord } from '../words.ts';
import {
  operandAddress,
  plain,
  readOperand,
  registerOrMemory,
  setMemory,
  withMemory,
  writeOperand,
} from './operand.ts';
import type { Fields, Form, FormBuilder } from './text.ts';

/** Numbers of `VmxOperation.op`. */
const operations = {
  vmxon: 1,
  vmclear: 2,
  vmptrld: 3,
  vmlaunch: 4,
  vmresume: 5,
  invept: 6,
  invvpid: 7,
  vmxoff: 8,
  vmptrst: 9,
  vmread: 10,
  vmwrite: 11,
  vmcall: 12,
} as const;

/** Exit reasons of the instructions in a guest. */
const exits = {
  vmclear: 19,
  vmlaunch: 20,
  vmptrld: 21,
  vmptrst: 22,
  vmread: 23,
  vmresume: 24,
  vmwrite: 25,
  vmxoff: 26,
  vmxon: 27,
  invept: 50,
  invvpid: 53,
} as const;

/** VM-instruction error numbers. */
const errors = {
  vmcallInRoot: 1,
  vmclearAddress: 2,
  vmclearVmxon: 3,
  launchNotClear: 4,
  resumeNotLaunched: 5,
  vmptrldAddress: 9,
  vmptrldVmxon: 10,
  vmptrldRevision: 11,
  unsupportedField: 12,
  readOnlyField: 13,
  vmxonInRoot: 15,
  invalidOperand: 28,
} as const;

export const vmxForms: Readonly<Record<string, FormBuilder>> = {
  vmxon: withMemory(turnOn),
  vmxoff: plain(guarded(exits.vmxoff, turnOff)),
  vmclear: withMemory(guarded(exits.vmclear, clear)),
  vmptrld: withMemory(guarded(exits.vmptrld, load)),
  vmptrst: withMemory(guarded(exits.vmptrst, store)),
  vmread: (from) => readForm(from),
  vmwrite: (from) => writeForm(from),
  vmlaunch: plain(guarded(exits.vmlaunch, (cpu) => enter(cpu, true))),
  vmresume: plain(guarded(exits.vmresume, (cpu) => enter(cpu, false))),
  vmcall: plain(call),
  invept: (from) => invalidateForm(from, guarded(exits.invept, invalidateExtended)),
  invvpid: (from) => invalidateForm(from, guarded(exits.invvpid, invalidateVpid)),
};

/** The checks that all but VMXON share: VMX on, guest leaves, privilege 0. */
function guarded(exitReason: number, run: Handler): Handler {
  return (cpu, op) => {
    if (cpu.word(IS_VMX_ON) === 0) raise(vectors.invalidOpcode);
    interceptAlways(cpu, exitReason);
    if (cpu.word(PRIVILEGE) !== 0) protectionFault();
    drainAll(cpu);
    run(cpu, op);
  };
}

function turnOn(cpu: Cpu, op: Op): void {
  if ((cpu.word(CR4) & cr4.vmx) === 0) raise(vectors.invalidOpcode);
  interceptAlways(cpu, exits.vmxon);
  const control = cpu.word(FEATURE_CONTROL);
  const isAllowed = (control & 5) === 5;
  const isCr0Good = (cpu.get64(CR0) & cr0Fixed0) === cr0Fixed0;
  if (cpu.word(PRIVILEGE) !== 0 || !isAllowed || !isCr0Good) protectionFault();
  drainAll(cpu);
  const pointer = readOperand(cpu, op, 8);
  note(cpu, operations.vmxon, pointer, 0n);
  if (cpu.word(IS_VMX_ON) !== 0) return fail(cpu, errors.vmxonInRoot);
  if (!isRegion(cpu, pointer) || revisionAt(cpu, pointer) !== vmcsRevision) return failInvalid(cpu);
  cpu.r[IS_VMX_ON] = 1;
  cpu.set64(VMXON_POINTER, pointer);
  cpu.set64(CURRENT_VMCS, 0xffffffffffffffffn);
  succeed(cpu);
}

/** What was active is written back: the processor may do so at any time, here it does it now. */
function turnOff(cpu: Cpu): void {
  note(cpu, operations.vmxoff, 0n, 0n);
  for (const held of cpu.held.values()) storeVmcs(cpu, held);
  cpu.held.clear();
  cpu.r[IS_VMX_ON] = 0;
  cpu.set64(CURRENT_VMCS, 0xffffffffffffffffn);
  succeed(cpu);
}

/** The data that this CPU holds goes to the page, even if the page is something else by now. */
function clear(cpu: Cpu, op: Op): void {
  const pointer = readOperand(cpu, op, 8);
  note(cpu, operations.vmclear, pointer, 0n);
  if (!isRegion(cpu, pointer)) return fail(cpu, errors.vmclearAddress);
  if (pointer === cpu.get64(VMXON_POINTER)) return fail(cpu, errors.vmclearVmxon);
  const address = Number(pointer);
  const held = cpu.held.get(address);
  if (held) {
    held.isLaunched = false;
    storeVmcs(cpu, held);
    cpu.held.delete(address);
  } else storeCleared(cpu, address);
  if (cpu.get64(CURRENT_VMCS) === pointer) cpu.set64(CURRENT_VMCS, 0xffffffffffffffffn);
  succeed(cpu);
}

function load(cpu: Cpu, op: Op): void {
  const pointer = readOperand(cpu, op, 8);
  note(cpu, operations.vmptrld, pointer, 0n);
  if (!isRegion(cpu, pointer)) return fail(cpu, errors.vmptrldAddress);
  if (pointer === cpu.get64(VMXON_POINTER)) return fail(cpu, errors.vmptrldVmxon);
  if (revisionAt(cpu, pointer) !== vmcsRevision) return fail(cpu, errors.vmptrldRevision);
  const address = Number(pointer);
  if (!cpu.held.has(address)) cpu.held.set(address, loadVmcs(cpu, address));
  cpu.set64(CURRENT_VMCS, pointer);
  succeed(cpu);
}

function store(cpu: Cpu, op: Op): void {
  const pointer = cpu.get64(CURRENT_VMCS);
  writeOperand(cpu, op, 8, pointer);
  note(cpu, operations.vmptrst, pointer, 0n);
  succeed(cpu);
}

/** `vmread r/m64, r64`: the second operand is the encoding. */
function readForm(from: Instruction): Form | undefined {
  const encoding = from.operands[1];
  if (encoding?.kind !== 'register') return undefined;
  const run = (to: (cpu: Cpu, op: Op, value: bigint) => void): Handler =>
    guarded(exits.vmread, (cpu, op) => {
      const number = cpu.gpr(op.s);
      const vmcs = currentVmcs(cpu);
      if (vmcs && isKnown(number)) {
        to(cpu, op, readField(vmcs, Number(number)));
        writeArithmeticFlags(cpu, 0);
        return;
      }
      note(cpu, operations.vmread, number, 0n);
      fail(cpu, errors.unsupportedField);
    });
  return registerOrMemory(
    from,
    0,
    run((cpu, op, value) => cpu.setGpr(op.d, value)),
    run((cpu, op, value) => writeOperand(cpu, op, 8, value)),
    { s: encoding.number },
  );
}

/** `vmwrite r64, r/m64`: the first operand is the encoding. */
function writeForm(from: Instruction): Form | undefined {
  const encoding = from.operands[0];
  if (encoding?.kind !== 'register') return undefined;
  const run = (value: (cpu: Cpu, op: Op) => bigint): Handler =>
    guarded(exits.vmwrite, (cpu, op) => {
      const number = cpu.gpr(op.s);
      const source = value(cpu, op);
      const vmcs = currentVmcs(cpu);
      if (vmcs && isKnown(number) && !isReadOnly(Number(number))) {
        writeField(vmcs, Number(number), source);
        writeArithmeticFlags(cpu, 0);
        return;
      }
      note(cpu, operations.vmwrite, number, source);
      fail(cpu, isKnown(number) ? errors.readOnlyField : errors.unsupportedField);
    });
  return registerOrMemory(
    from,
    1,
    run((cpu, op) => cpu.gpr(op.d)),
    run((cpu, op) => readOperand(cpu, op, 8)),
    { s: encoding.number },
  );
}

function enter(cpu: Cpu, isLaunch: boolean): void {
  const pointer = cpu.get64(CURRENT_VMCS);
  note(cpu, isLaunch ? operations.vmlaunch : operations.vmresume, pointer, 0n);
  const vmcs = currentVmcs(cpu);
  if (!vmcs) return failInvalid(cpu);
  if (isLaunch && vmcs.isLaunched) return fail(cpu, errors.launchNotClear);
  if (!isLaunch && !vmcs.isLaunched) return fail(cpu, errors.resumeNotLaunched);
  const error = entryError(vmcs);
  if (error > 0) return fail(cpu, error);
  if (error < 0) {
    const detail = 'VM entry to a guest that is not in 64-bit mode';
    cpu.machine.halt(cpu, 'unsupported-instruction', detail);
  }
  enterGuest(cpu, vmcs);
}

function call(cpu: Cpu): void {
  interceptAlways(cpu, exitReasons.vmcall);
  if (cpu.word(IS_VMX_ON) === 0) raise(vectors.invalidOpcode);
  if (cpu.word(PRIVILEGE) !== 0) protectionFault();
  note(cpu, operations.vmcall, 0n, 0n);
  fail(cpu, errors.vmcallInRoot);
}

/** `invept r64, m128`: type and descriptor. */
function invalidateForm(from: Instruction, run: Handler): Form | undefined {
  const type = from.operands[0];
  const fields: Fields = {};
  if (type?.kind !== 'register' || !setMemory(from.operands[1], fields)) return undefined;
  fields.d = type.number;
  return { run, fields };
}

function invalidateExtended(cpu: Cpu, op: Op): void {
  const type = cpu.gpr(op.d);
  const at = operandAddress(cpu, op);
  const pointer = read64(cpu, at);
  const rest = read64(cpu, BigInt.asUintN(64, at + 8n));
  note(cpu, operations.invept, type, pointer);
  const isGood = rest === 0n && (type === 2n || (type === 1n && isEptPointerValid(pointer)));
  if (!isGood) return fail(cpu, errors.invalidOperand);
  invalidateEpt(cpu, type === 2n ? undefined : pointer);
  flushGuestEntries(cpu, type === 2n ? undefined : pointer);
  succeed(cpu);
}

/** Combined translations of an EPT pointer go as well. */
function flushGuestEntries(cpu: Cpu, pointer: bigint | undefined): void {
  removeEntries(cpu, (at) => {
    const of = cpu.get64(at + ENTRY_EPT_POINTER);
    return of !== 0n && (pointer === undefined || of >> 12n === pointer >> 12n);
  });
}

/** Types 0 one address, 1 one VPID, 2 all VPIDs, 3 one VPID but global entries. */
function invalidateVpid(cpu: Cpu, op: Op): void {
  const type = cpu.gpr(op.d);
  const at = operandAddress(cpu, op);
  const vpid = read64(cpu, at);
  const address = read64(cpu, BigInt.asUintN(64, at + 8n));
  note(cpu, operations.invvpid, type, vpid);
  const isGood = type <= 3n && vpid >> 16n === 0n && (type === 2n || vpid !== 0n);
  if (!isGood) return fail(cpu, errors.invalidOperand);
  const asid = Number(vpid);
  if (type === 0n)
    removeEntries(
      cpu,
      (entry) =>
        cpu.word(entry + ENTRY_ASID) === asid &&
        coversPage(cpu, entry, lowWord(address), highWord(address)),
    );
  else flushVpid(cpu, type === 2n ? undefined : asid);
  succeed(cpu);
}

function isKnown(encoding: bigint): boolean {
  return encoding < 0x10000n && isField(Number(encoding));
}

/** A 4 KiB aligned physical address that is memory. */
function isRegion(cpu: Cpu, pointer: bigint): boolean {
  const isAligned = (pointer & 0xfffn) === 0n && pointer >> BigInt(physicalBits) === 0n;
  return isAligned && cpu.machine.memory.hasFrame(Number(pointer >> 12n));
}

function revisionAt(cpu: Cpu, pointer: bigint): number {
  return cpu.machine.memory.read32(Number(pointer)) & 0x7fffffff;
}

/** All six arithmetic flags clear. */
function succeed(cpu: Cpu): void {
  writeArithmeticFlags(cpu, 0);
  cpu.r[VMX_LAST + 2] = 0;
}

/** CF: there is no current VMCS to hold an error number. */
function failInvalid(cpu: Cpu): void {
  writeArithmeticFlags(cpu, rflags.carry);
  cpu.r[VMX_LAST + 2] = 1;
}

/** VMfailValid, or VMfailInvalid without a current VMCS. */
function fail(cpu: Cpu, error: number): void {
  const vmcs = currentVmcs(cpu);
  if (!vmcs) return failInvalid(cpu);
  writeField(vmcs, fields.instructionError, BigInt(error));
  writeArithmeticFlags(cpu, rflags.zero);
  cpu.r[VMX_LAST + 2] = 0x100 | error;
}

/** Remembers the operation for the dump, and the one before. VMREAD and VMWRITE are remembered when they fail: too many succeed. */
function note(cpu: Cpu, operation: number, first: bigint, second: bigint): void {
  cpu.r.copyWithin(VMX_PREVIOUS, VMX_LAST, VMX_LAST + 8);
  cpu.r[VMX_LAST] = operation;
  cpu.r[VMX_LAST + 2] = 0;
  cpu.set64(VMX_LAST + 4, first);
  cpu.set64(VMX_LAST + 6, second);
}
