/** Which registers of a PowerPC vCPU hold the result of an old operation instead of what a reset wrote. */
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { mayHaveWritten } from './guest-memory.ts';
import type { Operation, Overwritten, RegisterWrite } from './operation.ts';
import { finishedPpc } from './operations-ppc.ts';
import { kvmPc, kvmRegister, qemuPc, qemuRegister } from './registers.ts';
import type { Vcpu } from './vcpus.ts';

/** A guest that is further from where the reset put it has run on, and its registers are its own. */
const nearBytes = 64n;

/** @param qemu holds what the reset wrote */
export function overwrittenPpc(target: Target, vcpu: Vcpu, qemu: Value): readonly Overwritten[] {
  const distance = kvmPc(vcpu) - qemuPc(qemu);
  if (distance < 0n || distance >= nearBytes) return [];
  for (const operation of finishedPpc(vcpu)) {
    const found = judge(target, vcpu, qemu, operation);
    if (found) return [found];
  }
  return [];
}

/**
 * All that the completion writes is there, and some of it is not what QEMU wrote. The result in the shared page alone proves nothing: it stays there
 * when the completion came before the reset.
 */
function judge(
  target: Target,
  vcpu: Vcpu,
  qemu: Value,
  operation: Operation,
): Overwritten | undefined {
  const writes = operation.writes.filter((write) => !isOwnDoing(target, vcpu, qemu, write));
  if (writes.some(({ register, value }) => kvmRegister(vcpu, register) !== value)) return undefined;
  const lost = writes.filter(({ register, value }) => qemuRegister(vcpu, qemu, register) !== value);
  const told = lost.find(({ register }) => register === writes[0]?.register) ?? lost[0];
  if (!told) return undefined;
  const wanted = qemuRegister(vcpu, qemu, told.register).toString(16);
  const { rest, name, payload } = operation;
  const also = rest ? `; also ${rest.registers} = ${rest.source}` : '';
  const text =
    `reset state overwritten by the pending ${name}: ` +
    `${told.register} is ${told.value.toString(16)} (${told.source}), reset wanted ${wanted}${also}`;
  return { text, payload };
}

/** The guest has come past an instruction that can have written the register. */
function isOwnDoing(target: Target, vcpu: Vcpu, qemu: Value, { register }: RegisterWrite): boolean {
  const number = Number(register.replace('gpr', ''));
  return mayHaveWritten(target, vcpu, number, qemuPc(qemu), kvmPc(vcpu));
}
