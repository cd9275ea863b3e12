/** FPU instructions: state saving, control words, and the moves that change or show the contents of registers. No arithmetic. */
import { cr0, cr4 } from '../control.ts';
import type { Cpu, Handler, Op } from '../cpu.ts';
import type { Instruction, Operand } from '../decode.ts';
import { protectionFault, raise, vectors } from '../fault.ts';
import { probe, read64, write64 } from '../access.ts';
import { fxrstor, fxsave, initializeX87, setMxcsr, xrstor, xsave } from '../fpu-state.ts';
import { CR0, CR4, FCW, FSW, MXCSR, RAX, XCR0, YMM } from '../layout.ts';
import { access } from '../paging.ts';
import {
  operandAddress,
  pairOf,
  plain,
  readOperand,
  registerOrMemory,
  setMemory,
  withMemory,
  writeOperand,
} from './operand.ts';
import type { Fields, Form, FormBuilder } from './text.ts';

export const fpuForms: Readonly<Record<string, FormBuilder>> = {
  fninit: plain(x87(initializeX87)),
  fnclex: plain(x87((cpu) => cpu.set(FSW, cpu.word(FSW) & 0x7f00))),
  wait: plain(wait),
  fnstcw: withMemory(x87((cpu, op) => writeOperand(cpu, op, 2, BigInt(cpu.word(FCW))))),
  fldcw: withMemory(x87((cpu, op) => cpu.set(FCW, Number(readOperand(cpu, op, 2))))),
  fnstsw: (from) =>
    registerOrMemory(
      from,
      0,
      x87((cpu) => void (cpu.w[RAX * 2] = cpu.word(FSW))),
      x87((cpu, op) => writeOperand(cpu, op, 2, BigInt(cpu.word(FSW)))),
    ),
  stmxcsr: withMemory(sse((cpu, op) => writeOperand(cpu, op, 4, BigInt(cpu.word(MXCSR))))),
  ldmxcsr: withMemory(sse((cpu, op) => setMxcsr(cpu, Number(readOperand(cpu, op, 4))))),
  fxsave64: withMemory(x87((cpu, op) => fxsave(cpu, operandAddress(cpu, op)))),
  fxsave: withMemory(x87((cpu, op) => fxsave(cpu, operandAddress(cpu, op)))),
  fxrstor64: withMemory(x87((cpu, op) => fxrstor(cpu, operandAddress(cpu, op)))),
  fxrstor: withMemory(x87((cpu, op) => fxrstor(cpu, operandAddress(cpu, op)))),
  ...Object.fromEntries(
    ['xsave', 'xsaveopt', 'xsavec'].flatMap((name) => [
      [
        name,
        withMemory(
          extended((cpu, op, wanted) =>
            xsave(cpu, operandAddress(cpu, op), wanted, name === 'xsavec'),
          ),
        ),
      ],
      [
        `${name}64`,
        withMemory(
          extended((cpu, op, wanted) =>
            xsave(cpu, operandAddress(cpu, op), wanted, name === 'xsavec'),
          ),
        ),
      ],
    ]),
  ),
  xrstor: withMemory(extended(restoreExtended)),
  xrstor64: withMemory(extended(restoreExtended)),
  ...Object.fromEntries(
    ['movdqu', 'movups', 'movupd', 'vmovdqu', 'vmovups', 'vmovupd'].map((name) => [
      name,
      (from: Instruction) => moveVector(from, false),
    ]),
  ),
  ...Object.fromEntries(
    ['movdqa', 'movaps', 'movapd', 'vmovdqa', 'vmovaps', 'vmovapd'].map((name) => [
      name,
      (from: Instruction) => moveVector(from, true),
    ]),
  ),
  movq: (from) => moveScalar(from, 8),
  movd: (from) => moveScalar(from, 4),
  ...Object.fromEntries(
    ['pxor', 'xorps', 'xorpd', 'vpxor', 'vxorps', 'vxorpd'].map((name) => [
      name,
      (from: Instruction) => exclusiveOr(from),
    ]),
  ),
  vzeroupper: plain(avx((cpu) => clearUpperHalves(cpu))),
};

/** Raises #NM while CR0.TS or CR0.EM is set. */
function x87(run: Handler): Handler {
  return (cpu, op) => {
    if ((cpu.word(CR0) & (cr0.taskSwitched | cr0.emulation)) !== 0)
      raise(vectors.deviceNotAvailable);
    run(cpu, op);
  };
}

function sse(run: Handler): Handler {
  return (cpu, op) => {
    const isOff = (cpu.word(CR0) & cr0.emulation) !== 0 || (cpu.word(CR4) & cr4.osFxsr) === 0;
    if (isOff) raise(vectors.invalidOpcode);
    if ((cpu.word(CR0) & cr0.taskSwitched) !== 0) raise(vectors.deviceNotAvailable);
    run(cpu, op);
  };
}

function avx(run: Handler): Handler {
  return (cpu, op) => {
    const isOff = (cpu.word(CR4) & cr4.osXsave) === 0 || (cpu.word(XCR0) & 6) !== 6;
    if (isOff) raise(vectors.invalidOpcode);
    if ((cpu.word(CR0) & cr0.taskSwitched) !== 0) raise(vectors.deviceNotAvailable);
    run(cpu, op);
  };
}

/** XSAVE and kin: `wanted` is edx:eax as far as XCR0 enables it. */
function extended(run: (cpu: Cpu, op: Op, wanted: number) => void): Handler {
  return (cpu, op) => {
    if ((cpu.word(CR4) & cr4.osXsave) === 0) raise(vectors.invalidOpcode);
    if ((cpu.word(CR0) & cr0.taskSwitched) !== 0) raise(vectors.deviceNotAvailable);
    run(cpu, op, Number(pairOf(cpu) & cpu.get64(XCR0)));
  };
}

function restoreExtended(cpu: Cpu, op: Op, wanted: number): void {
  xrstor(cpu, operandAddress(cpu, op), wanted, cpu.word(XCR0));
}

/** WAIT looks at CR0.TS only together with CR0.MP. */
function wait(cpu: Cpu): void {
  const both = cr0.taskSwitched | cr0.monitorCoprocessor;
  if ((cpu.word(CR0) & both) === both) raise(vectors.deviceNotAvailable);
}

/** Moves of 16 or 32 bytes between a vector register and another or memory. `x` is the shift, `s` or `d` the register's first word. */
function moveVector(from: Instruction, isAligned: boolean): Form | undefined {
  const isVex = from.mnemonic.startsWith('v');
  const guard = isVex ? avx : sse;
  const [to, what] = from.operands;
  const size = vectorSize(to) || vectorSize(what);
  const fields: Fields = {};
  if (vectorSize(to) > 0 && vectorSize(what) > 0) {
    fields.d = vectorWord(to);
    fields.s = vectorWord(what);
    const run = guard((cpu, op) => setVector(cpu, op.d, readVector(cpu, op.s, size), isVex));
    return { run, fields };
  }
  const memory = vectorSize(to) > 0 ? what : to;
  if (!setMemory(memory, fields)) return undefined;
  fields.d = vectorWord(vectorSize(to) > 0 ? to : what);
  const place = (cpu: Cpu, op: Op): bigint => {
    const address = operandAddress(cpu, op);
    if (isAligned && (address & BigInt(size - 1)) !== 0n) protectionFault();
    return address;
  };
  const load: Handler = (cpu, op) =>
    setVector(cpu, op.d, loadVector(cpu, place(cpu, op), size), isVex);
  const store: Handler = (cpu, op) => storeVector(cpu, place(cpu, op), readVector(cpu, op.d, size));
  return { run: guard(vectorSize(to) > 0 ? load : store), fields };
}

/** `movq` and `movd`: between a vector register and a general one, memory, or (movq) another vector register. */
function moveScalar(from: Instruction, size: number): Form | undefined {
  const [to, what] = from.operands;
  const mask = size === 8 ? 0xffffffffffffffffn : 0xffffffffn;
  const fields: Fields = {};
  if (vectorSize(to) > 0 && vectorSize(what) > 0) {
    fields.d = vectorWord(to);
    fields.s = vectorWord(what);
    return { run: sse((cpu, op) => setVector(cpu, op.d, [cpu.get64(op.s), 0n], false)), fields };
  }
  if (vectorSize(to) > 0) {
    fields.s = vectorWord(to);
    const set = (cpu: Cpu, op: Op, value: bigint): void =>
      setVector(cpu, op.s, [value & mask, 0n], false);
    return registerOrMemory(
      from,
      1,
      sse((cpu, op) => set(cpu, op, cpu.gpr(op.d))),
      sse((cpu, op) => set(cpu, op, readOperand(cpu, op, size))),
      fields,
    );
  }
  fields.s = vectorWord(what);
  return registerOrMemory(
    from,
    0,
    sse((cpu, op) => cpu.setGpr(op.d, cpu.get64(op.s) & mask)),
    sse((cpu, op) => writeOperand(cpu, op, size, cpu.get64(op.s) & mask)),
    fields,
  );
}

/** Two operands, or three with VEX. The last may be memory, aligned unless VEX. */
function exclusiveOr(from: Instruction): Form | undefined {
  const isVex = from.mnemonic.startsWith('v');
  const size = vectorSize(from.operands[0]);
  const last = from.operands[from.operands.length - 1];
  const fields: Fields = {
    d: vectorWord(from.operands[0]),
    s: vectorWord(from.operands[isVex ? 1 : 0]),
  };
  const combine = (cpu: Cpu, op: Op, other: readonly bigint[]): void => {
    const value = readVector(cpu, op.s, size).map((each, i) => each ^ (other[i] ?? 0n));
    setVector(cpu, op.d, value, isVex);
  };
  const guard = isVex ? avx : sse;
  if (vectorSize(last) > 0) {
    fields.immLow = vectorWord(last);
    return { run: guard((cpu, op) => combine(cpu, op, readVector(cpu, op.immLow, size))), fields };
  }
  if (!setMemory(last, fields)) return undefined;
  const run = guard((cpu, op) => {
    const address = operandAddress(cpu, op);
    if (!isVex && (address & 15n) !== 0n) protectionFault();
    combine(cpu, op, loadVector(cpu, address, size));
  });
  return { run, fields };
}

function clearUpperHalves(cpu: Cpu): void {
  for (let i = 0; i < 16; i++) cpu.r.fill(0, YMM + 8 * i + 4, YMM + 8 * i + 8);
}

function vectorSize(operand: Operand | undefined): number {
  const isVector =
    operand?.kind === 'register' && (operand.file === 'xmm' || operand.file === 'ymm');
  return isVector ? operand.size : 0;
}

function vectorWord(operand: Operand | undefined): number {
  return operand?.kind === 'register' ? YMM + 8 * operand.number : YMM;
}

function readVector(cpu: Cpu, word: number, size: number): bigint[] {
  return Array.from({ length: size / 8 }, (_, i) => cpu.get64(word + 2 * i));
}

/** With VEX the rest of the register is cleared. */
function setVector(cpu: Cpu, word: number, value: readonly bigint[], isVex: boolean): void {
  value.forEach((each, i) => cpu.set64(word + 2 * i, each));
  if (isVex) cpu.r.fill(0, word + 2 * value.length, word + 8);
}

function loadVector(cpu: Cpu, address: bigint, size: number): bigint[] {
  return Array.from({ length: size / 8 }, (_, i) => read64(cpu, address + BigInt(8 * i)));
}

function storeVector(cpu: Cpu, address: bigint, value: readonly bigint[]): void {
  probe(cpu, address, value.length * 8, access.write);
  value.forEach((each, i) => write64(cpu, address + BigInt(8 * i), each));
}
