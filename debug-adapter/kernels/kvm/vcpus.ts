/** `::vcpus`, `::vcpu`, `::qemucpu` and walkers: virtual CPUs on both sides of the interface. */
import { LookupError } from '../../../dump-format/errors.ts';
import type { Dcmd, Invocation, Row, Walker } from '../../commands/command.ts';
import { pendingOperation } from '../../facts/kvm/operations.ts';
import {
  kvmPc,
  kvmRegister,
  qemuPc,
  qemuRegister,
  registerNames,
} from '../../facts/kvm/registers.ts';
import {
  exitName,
  machines,
  qemuCpus,
  vcpuAddresses,
  vcpuAt,
  vcpus as allVcpus,
  vcpuState,
  type Vcpu,
} from '../../facts/kvm/vcpus.ts';
import { headingRow, tableRow, type Column } from '../../print/table.ts';
import type { Target } from '../../target/target.ts';
import type { Value } from '../../target/value.ts';

export const kvmWalker: Walker = {
  name: 'kvm',
  summary: 'walk struct kvm: virtual machines',
  address: 'none',
  elementType: 'struct kvm',
  origin: 'corewalk',
  walk: (target) => machines(target),
};

export const vcpuWalker: Walker = {
  name: 'vcpu',
  summary: 'walk struct kvm_vcpu, of all machines or of one struct kvm',
  address: 'optional',
  elementType: 'struct kvm_vcpu',
  origin: 'corewalk',
  walk: (target, start) => vcpuAddresses(target, start),
};

export const qemuCpuWalker: Walker = {
  name: 'qemucpu',
  summary: "walk struct qemu_cpu: QEMU's CPUs",
  address: 'none',
  elementType: 'struct qemu_cpu',
  origin: 'corewalk',
  *walk(target) {
    for (const each of qemuCpus(target)) yield each.address ?? 0n;
  },
};

function columns(pcName: string): readonly Column[] {
  return [
    { heading: 'VCPU', width: 4, align: 'right' },
    { heading: 'HOST-TID', width: 8, align: 'left' },
    { heading: 'STATE', width: 7, align: 'left' },
    { heading: 'LAST-EXIT', width: 19, align: 'left' },
    { heading: 'PENDING', width: 7, align: 'left' },
    { heading: pcName, width: 0, align: 'left' },
  ];
}

export const vcpus: Dcmd = {
  name: 'vcpus',
  address: 'optional',
  summary: 'list virtual CPUs: state, last exit, operation that waits for its completion',
  description:
    'STATE is in-run inside an ioctl, stopped or halted as QEMU has it, else user. PENDING is what the next KVM_RUN will complete, whatever the registers are by then.',
  options: [],
  examples: [
    { line: '::vcpus', explains: 'every virtual CPU' },
    { line: '::walk kvm | ::walk vcpu | ::vcpus', explains: 'the same through the walkers' },
  ],
  origin: 'corewalk',
  *run({ target, isFirst, isPipeOut, hasAddress, address }) {
    const all = hasAddress ? [vcpuOf(target, address)] : allVcpus(target);
    const layout = columns(all[0]?.architecture === 'x86' ? 'RIP' : 'PC');
    if (isFirst && !isPipeOut) yield headingRow(layout);
    for (const vcpu of all) yield vcpuRow(target, vcpu, layout);
  },
};

function vcpuRow(target: Target, vcpu: Vcpu, layout: readonly Column[]): Row {
  const tid = vcpu.qemu?.path('thread').dereference().member('pid').unsigned();
  const state = vcpuState(vcpu);
  const pending = pendingOperation(target, vcpu)?.short ?? 'none';
  const pc = kvmPc(vcpu);
  const cells = [
    { kind: 'address' as const, text: vcpu.id.toString(), address: vcpu.address },
    { text: tid === undefined ? '-' : tid.toString() },
    { text: state },
    { text: exitName(vcpu.exitReason) },
    { text: pending },
    { text: pc.toString(16).padStart(16, '0') },
  ];
  return tableRow(layout, cells, {
    value: vcpu.address,
    object: { address: vcpu.address, type: target.type('struct kvm_vcpu') },
    data: {
      vcpu: vcpu.id,
      address: vcpu.address,
      tid,
      state,
      lastExit: exitName(vcpu.exitReason),
      pending,
      pc,
    },
  });
}

/** @throws LookupError when the address is neither the number of a vCPU nor a vCPU */
function vcpuOf(target: Target, address: bigint): Vcpu {
  for (const each of vcpuAddresses(target)) {
    const vcpu = vcpuAt(target, each);
    if (each === address || BigInt(vcpu.id) === address) return vcpu;
  }
  throw new LookupError(`${address.toString(16)} is neither a vcpu number nor a struct kvm_vcpu`);
}

const registerColumns: readonly Column[] = [
  { heading: 'REGISTER', width: 8, align: 'left' },
  { heading: 'KVM', width: 16, align: 'right' },
  { heading: 'QEMU', width: 16, align: 'right' },
  { heading: '', width: 0, align: 'left' },
];

export const vcpu: Dcmd = {
  name: 'vcpu',
  address: 'required',
  summary: 'one virtual CPU: its registers in KVM beside those in QEMU',
  description:
    "The address is a vcpu number or a struct kvm_vcpu; a pipe takes the latter on. Registers that are zero on both sides are left out. Where the sides differ, KVM's is what the guest has; QEMU's is newer only when vcpu_dirty is set.",
  options: [],
  examples: [
    { line: '0::vcpu', explains: 'registers of the first virtual CPU' },
    {
      line: '0::vcpu | ::print struct kvm_vcpu run->exit_reason',
      explains: 'why it left the guest',
    },
  ],
  origin: 'corewalk',
  *run(invocation) {
    const found = vcpuOf(invocation.target, invocation.address);
    const type = invocation.target.type('struct kvm_vcpu');
    const object = { value: found.address, object: { address: found.address, type } };
    const text = found.address.toString(16);
    if (invocation.isPipeOut) {
      yield { spans: [{ kind: 'address', text, address: found.address }], ...object };
      return;
    }
    yield {
      spans: [
        { kind: 'text', text: `vcpu ${found.id} ` },
        { kind: 'address', text, address: found.address },
        { kind: 'text', text: ` ${vcpuState(found)}, last exit ${exitName(found.exitReason)}` },
      ],
      data: { vcpu: found.id, address: found.address, state: vcpuState(found) },
    };
    yield headingRow(registerColumns);
    yield* registerRows(found);
  },
};

function* registerRows(vcpu: Vcpu): Generator<Row> {
  const { qemu } = vcpu;
  const pcName = vcpu.architecture === 'ppc' ? 'pc' : 'rip';
  yield registerRow(pcName, kvmPc(vcpu), qemu && qemuPc(qemu));
  for (const name of registerNames(vcpu)) {
    const inKvm = kvmRegister(vcpu, name);
    const inQemu = qemu && qemuRegister(vcpu, qemu, name);
    if (inKvm !== 0n || (inQemu ?? 0n) !== 0n) yield registerRow(name, inKvm, inQemu);
  }
}

function registerRow(name: string, inKvm: bigint, inQemu: bigint | undefined): Row {
  const differs = inQemu !== undefined && inKvm !== inQemu;
  const cells = [
    { text: name },
    { kind: 'number' as const, text: inKvm.toString(16) },
    { kind: 'number' as const, text: inQemu?.toString(16) ?? '-' },
    { text: differs ? 'differs' : '' },
  ];
  const row = tableRow(registerColumns, cells, { data: { name, kvm: inKvm, qemu: inQemu } });
  return differs ? row : { ...row, spans: row.spans.slice(0, -2) };
}

export const qemucpu: Dcmd = {
  name: 'qemucpu',
  address: 'optional',
  summary:
    "QEMU's CPUs: what is asked of their threads, and whether their registers are newer than KVM's",
  description: 'The address is a CPU number or a struct qemu_cpu.',
  options: [],
  examples: [
    { line: '::qemucpu', explains: 'every CPU' },
    { line: '0::qemucpu | ::print struct qemu_cpu env_nip vcpu_dirty', explains: 'members of one' },
  ],
  origin: 'corewalk',
  *run(invocation) {
    const { target, isFirst, isPipeOut } = invocation;
    if (isFirst && !isPipeOut) yield headingRow(qemuColumns);
    for (const cpu of chosenQemuCpus(invocation)) yield qemuRow(target, cpu);
  },
};

function chosenQemuCpus({ target, hasAddress, address }: Invocation): readonly Value[] {
  if (!hasAddress) return qemuCpus(target);
  const found = qemuCpus(target).find(
    (each) => each.address === address || each.member('cpu_index').unsigned() === address,
  );
  if (!found)
    throw new LookupError(`${address.toString(16)} is neither a cpu number nor a struct qemu_cpu`);
  return [found];
}

const flags = ['stop', 'stopped', 'halted', 'exit_request', 'vcpu_dirty'];

const qemuColumns: readonly Column[] = [
  { heading: 'CPU', width: 3, align: 'right' },
  { heading: 'ADDR', width: 16, align: 'left' },
  { heading: 'FD', width: 3, align: 'right' },
  { heading: 'NIP', width: 16, align: 'left' },
  { heading: 'FLAGS', width: 0, align: 'left' },
];

function qemuRow(target: Target, cpu: Value): Row {
  const address = cpu.address ?? 0n;
  const index = cpu.member('cpu_index').unsigned();
  const set = flags.filter((name) => cpu.member(name).unsigned() !== 0n);
  const cells = [
    { text: index.toString() },
    { kind: 'address' as const, text: address.toString(16).padStart(16, '0'), address },
    { text: cpu.member('kvm_fd').unsigned().toString() },
    { text: qemuPc(cpu).toString(16).padStart(16, '0') },
    { text: set.join(' ') || '-' },
  ];
  return tableRow(qemuColumns, cells, {
    value: address,
    object: { address, type: target.type('struct qemu_cpu') },
    data: { cpu: index, address, flags: set },
  });
}
