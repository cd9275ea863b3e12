/** Which registers of an x86 vCPU hold the result of an old operation instead of what a reset wrote. */
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';
import { readGuest } from './guest-memory.ts';
import type { Overwritten } from './operation.ts';
import { emulatedRead, portData, portInstructionSize } from './operations-x86.ts';
import { kvmPc, kvmRegister, qemuPc, qemuRegister } from './registers.ts';
import { exit, type Vcpu } from './vcpus.ts';

/**
 * A guest whose code segment is still that of the reset has not come past the jump that the reset vector begins with.
 *
 * @param qemu holds what the reset wrote
 */
export function overwrittenX86(target: Target, vcpu: Vcpu, qemu: Value): readonly Overwritten[] {
  const base = vcpu.value.path('arch.cs_base').unsigned();
  if (base !== qemu.member('env_cs_base').unsigned()) return [];
  const found = [
    ...(mayBe(vcpu, exit.io) ? portLosses(target, vcpu, qemu) : []),
    ...(mayBe(vcpu, exit.mmio) ? emulatedLoss(vcpu, qemu) : []),
  ];
  return found;
}

/** An exit by a signal or a shutdown leaves the union as the exit before it did. */
function mayBe({ exitReason }: Vcpu, reason: bigint): boolean {
  return exitReason === reason || exitReason === exit.intr || exitReason === exit.shutdown;
}

function* portLosses(target: Target, vcpu: Vcpu, qemu: Value): Generator<Overwritten> {
  const io = vcpu.run.member('io');
  if (io.member('count').unsigned() !== 1n || io.member('data_offset').unsigned() !== 4096n) return;
  const payload = 'io';
  if (vcpu.value.path('arch.pio.in').unsigned() !== 0n) {
    const wanted = qemuRegister(vcpu, qemu, 'rax');
    const { value, source } = portData(target, vcpu, wanted);
    if (value !== wanted && kvmRegister(vcpu, 'rax') === value) {
      const text = `reset state overwritten by the pending port read: rax is ${hex(value)} (${source}), reset wanted ${hex(wanted)}`;
      yield { text, payload };
    }
  }
  const [is, wanted] = [kvmPc(vcpu), qemuPc(qemu)];
  if (is !== wanted + portInstructionSize || isPortInstruction(target, vcpu, qemu)) return;
  const text = `RIP is ${hex(is)} = reset ${hex(wanted)} + ${portInstructionSize} (skipped instruction of a KVM_EXIT_IO completion)`;
  yield { text, payload };
}

/** The guest may have executed it itself: nobody can tell the two apart then, nor can KVM's guard. */
function isPortInstruction(target: Target, vcpu: Vcpu, qemu: Value): boolean {
  const address = qemu.member('env_cs_base').unsigned() + qemuPc(qemu);
  const [opcode = 0] = readGuest(target, vcpu, address, 1) ?? [];
  return opcode >= 0xec && opcode <= 0xef;
}

function* emulatedLoss(vcpu: Vcpu, qemu: Value): Generator<Overwritten> {
  if (vcpu.run.path('mmio.len').unsigned() !== 4n) return;
  const { name, payload, writes } = emulatedRead(vcpu);
  const [data, next] = writes;
  if (!data || !next || kvmRegister(vcpu, data.register) !== data.value) return;
  const wanted = qemuRegister(vcpu, qemu, data.register);
  if (wanted === data.value || kvmPc(vcpu) !== next.value) return;
  const text =
    `reset state overwritten by the pending ${name}: ${data.register} is ${hex(data.value)} (${data.source}), ` +
    `reset wanted ${hex(wanted)}; also rip = ${next.source}`;
  yield { text, payload };
}

function hex(value: bigint): string {
  return value.toString(16);
}
