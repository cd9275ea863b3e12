/** Makes a machine of an image and a configuration. */
import { UsageError } from '../../dump-format/errors.ts';
import { fireTimer, isTimerArmed, requestInterrupt, requestNmi } from './apic.ts';
import { loadImage, resetCpu, writeBootTables } from './boot.ts';
import { CodeCache, peekMarks } from './code.ts';
import { complete } from './configuration.ts';
import { Cpu } from './cpu.ts';
import { restoreCpu, saveCpu } from './cpu-snapshot.ts';
import type { CpuSnapshot } from './cpu-snapshot.ts';
import type { Chipset, CodePage } from './cpu.ts';
import { machineHalt } from './fault.ts';
import { hardwareOf, readRegister, writeRegister } from './hardware.ts';
import {
  ATTENTION,
  IS_HELD,
  LATCH,
  RIP,
  SPURIOUS_VECTOR,
  STORE_COUNT,
  TSC_DEADLINE,
  attention,
} from './layout.ts';
import { nameAddress, physicalAddress, readPages, setKnobs, writePages } from './look.ts';
import { stopAt } from './machine.ts';
import type {
  CpuHardware,
  ExecuteResult,
  KernelImage,
  Machine,
  MachineConfiguration,
  MachineSnapshot,
  MachineStop,
  MemoryModel,
  StopReason,
} from './machine.ts';
import { peekTranslation } from './paging.ts';
import { PhysicalMemory, pageSize } from './physical-memory.ts';
import type { MemorySnapshot } from './physical-memory.ts';
import { hotAfter } from './region.ts';
import { runSlice } from './run.ts';
import { hashState } from './state-hash.ts';
import {
  drainAll,
  drainOne,
  drainableStores,
  noteEarlyLoad,
  oldestStoreStep,
} from './store-buffer.ts';
import { highWord, lowWord } from './words.ts';

/** Slices are counted in 32 bits. */
const longestSlice = 0x40000000;
/** Bytes of console output that a machine keeps. */
export const consoleLimit = 1 << 20;

/**
 * @param arrivals at an instruction after which its surroundings are compiled; changes nothing but speed
 * @throws UsageError for a configuration that can't be, or a knob that the image does not have
 */
export function createMachine(
  image: KernelImage,
  configuration: MachineConfiguration,
  arrivals = hotAfter,
): Machine {
  return new SimulatedMachine(image, configuration, arrivals);
}

interface Snapshot extends MachineSnapshot {
  readonly memory: MemorySnapshot;
  readonly cpus: readonly CpuSnapshot[];
  readonly ticks: bigint;
  readonly stop: MachineStop | undefined;
  readonly consoleLength: number;
}

class SimulatedMachine implements Machine, Chipset {
  readonly image: KernelImage;
  readonly configuration: Required<MachineConfiguration>;
  readonly memory: PhysicalMemory;
  readonly memoryModel: MemoryModel;
  readonly tscFrequency: bigint;
  readonly cpus: readonly Cpu[];
  readonly budget = new Int32Array(1);
  readonly hotAfter: number;
  stop: MachineStop | undefined;

  private readonly code = new CodeCache();
  private stepsDone = 0;
  private slice = 0;
  /** No timer fires and no store drains by age before so many steps were made. */
  private nextEvent = 0;
  /** Ticks beyond those of the steps: the start, charges, idle time. */
  private ticks: bigint;
  private output: number[] = [];
  private readonly snapshots = new WeakMap<MachineSnapshot, Snapshot>();

  constructor(image: KernelImage, configuration: MachineConfiguration, arrivals: number) {
    this.image = image;
    this.hotAfter = arrivals;
    this.configuration = complete(configuration);
    const { cpus, memoryBytes, memoryModel, tscStart, tscFrequency } = this.configuration;
    this.memoryModel = memoryModel;
    this.tscFrequency = tscFrequency;
    this.ticks = tscStart;
    this.memory = new PhysicalMemory(memoryBytes);
    this.cpus = Array.from({ length: cpus }, (_, index) => new Cpu(index, this));
    this.memory.onGrow = (views) => this.cpus.forEach((cpu) => cpu.follow(views));
    this.memory.onCodeChange = (slot) => this.forgetCode(slot);
    writeBootTables(this.memory);
    loadImage(this.memory, image);
    for (const cpu of this.cpus) {
      cpu.follow(this.memory.views);
      resetCpu(cpu, image.entry, memoryBytes);
    }
    for (const addresses of image.schedulePoints.values())
      this.code.addMark(stopAt.schedulePoint, addresses);
    setKnobs(this.cpu(0), image, this.configuration.knobs);
  }

  get cpuCount(): number {
    return this.cpus.length;
  }

  get steps(): number {
    return this.stepsDone + this.slice - (this.budget[0] ?? 0);
  }

  get hasTimer(): boolean {
    return this.cpus.some(isTimerArmed);
  }

  get console(): Uint8Array {
    return Uint8Array.from(this.output);
  }

  execute(index: number, steps: number, stops = 0): ExecuteResult {
    const cpu = this.cpu(index);
    let left = steps;
    let mayStop = false;
    while (left > 0) {
      if (this.stop) return 'stopped';
      const until = this.nextEvent - this.stepsDone;
      if (until <= 0) {
        this.fireEvents();
        continue;
      }
      const before = this.stepsDone;
      const result = this.runFor(cpu, Math.min(left, until, longestSlice), stops, mayStop);
      left -= this.stepsDone - before;
      mayStop ||= this.stepsDone > before;
      if (result !== 'budget') return result;
    }
    return this.stop ? 'stopped' : 'budget';
  }

  canExecute(index: number): boolean {
    if (this.stop) return false;
    if (this.nextEvent <= this.stepsDone) this.fireEvents();
    const cpu = this.cpu(index);
    const isWoken = (cpu.word(ATTENTION) & (attention.interrupt | attention.nmi)) !== 0;
    return !cpu.isHalted() || isWoken;
  }

  isBetweenInstructions(index: number): boolean {
    return this.cpu(index).word(LATCH) === 0;
  }

  quiesce(): void {
    for (const cpu of this.cpus) if (cpu.word(IS_HELD) === 0) drainAll(cpu);
  }

  skipIdleTime(): boolean {
    this.quiesce();
    const armed = this.cpus.filter(isTimerArmed).map((cpu) => cpu.get64(TSC_DEADLINE));
    if (armed.length === 0) return false;
    const first = armed.reduce((a, b) => (a < b ? a : b));
    const now = this.tsc();
    if (first > now) this.ticks += first - now;
    this.fireEvents();
    return true;
  }

  setBreakpoints(addresses: Iterable<bigint>): void {
    this.code.clearMark(stopAt.breakpoint);
    this.code.addMark(stopAt.breakpoint, addresses);
  }

  nextMarks(index: number): number {
    return peekMarks(this.cpu(index), this.code);
  }

  drain(index: number, sequence?: number): boolean {
    return drainOne(this.cpu(index), sequence);
  }

  drainable(index: number): readonly number[] {
    return drainableStores(this.cpu(index));
  }

  bufferedStores(index: number): number {
    return this.cpu(index).word(STORE_COUNT);
  }

  hold(index: number, isHeld: boolean): void {
    this.cpu(index).r[IS_HELD] = isHeld ? 1 : 0;
    this.nextEvent = 0;
  }

  prefetch(index: number, virtualAddress: bigint, size: number): void {
    if (this.memoryModel !== 'weak') throw new UsageError('prefetch needs the memory model weak');
    const cpu = this.cpu(index);
    const physical = physicalAddress(cpu, virtualAddress);
    const [low, high] = [lowWord(virtualAddress), highWord(virtualAddress)];
    noteEarlyLoad(cpu, low, high, physical, size);
  }

  interrupt(index: number, vector: number): void {
    const cpu = this.cpu(index);
    if (vector === 2) {
      requestNmi(cpu);
      return;
    }
    if (vector < 16 || vector > 255) throw new UsageError(`no interrupt has vector ${vector}`);
    if ((cpu.word(SPURIOUS_VECTOR) & 0x100) === 0)
      throw new UsageError(`cpu${index} has not enabled its APIC: it can't take an interrupt`);
    requestInterrupt(cpu, vector);
  }

  writePhysical(address: bigint, bytes: Uint8Array): void {
    const end = address + BigInt(bytes.length);
    if (end > BigInt(this.memory.size)) {
      throw new UsageError(`physical address ${end.toString(16)} is beyond memory`);
    }
    this.memory.write(Number(address), bytes);
  }

  readPhysical(address: bigint, length: number): Uint8Array {
    return readPages(this.memory, address, length, (at) => at);
  }

  translate(index: number, virtualAddress: bigint): bigint | undefined {
    const [low, high] = [lowWord(virtualAddress), highWord(virtualAddress)];
    const physical = peekTranslation(this.cpu(index), low, high);
    return physical === undefined ? undefined : BigInt(physical);
  }

  readVirtual(index: number, address: bigint, length: number): Uint8Array {
    return readPages(this.memory, address, length, (at) => this.translate(index, at));
  }

  writeVirtual(index: number, address: bigint, bytes: Uint8Array): void {
    writePages(this.cpu(index), address, bytes);
  }

  presentPages(): readonly bigint[] {
    return this.memory.presentFrames().map((frame) => BigInt(frame) * BigInt(pageSize));
  }

  register(index: number, name: string): bigint {
    return readRegister(this.cpu(index), name);
  }

  setRegister(index: number, name: string, value: bigint): void {
    writeRegister(this.cpu(index), name, value);
  }

  hardware(index: number): CpuHardware {
    return hardwareOf(this.cpu(index));
  }

  snapshot(): MachineSnapshot {
    for (const cpu of this.cpus) cpu.flushWrites();
    const taken: Snapshot = {
      steps: this.stepsDone,
      memory: this.memory.snapshot(),
      cpus: this.cpus.map(saveCpu),
      ticks: this.ticks,
      stop: this.stop,
      consoleLength: this.output.length,
    };
    this.snapshots.set(taken, taken);
    return taken;
  }

  restore(snapshot: MachineSnapshot): void {
    const from = this.snapshots.get(snapshot);
    if (!from) throw new UsageError('the snapshot is of another machine');
    this.memory.restore(from.memory);
    from.cpus.forEach((state, i) => restoreCpu(this.cpu(i), state));
    this.stepsDone = from.steps;
    this.nextEvent = 0;
    this.ticks = from.ticks;
    this.stop = from.stop;
    this.output.length = from.consoleLength;
  }

  stateHash(): bigint {
    return this.cpus.reduce((sum, cpu) => sum ^ hashState(cpu), this.memory.hash());
  }

  tsc(): bigint {
    return BigInt.asUintN(64, this.ticks + BigInt(this.steps) * this.configuration.ticksPerStep);
  }

  chargeTicks(ticks: bigint): void {
    this.ticks = BigInt.asUintN(64, this.ticks + ticks);
    this.endSlice();
  }

  endSlice(): void {
    this.slice -= this.budget[0] ?? 0;
    this.budget[0] = 0;
    this.nextEvent = 0;
  }

  halt(cpu: Cpu, reason: StopReason, detail: string): never {
    const op = cpu.op;
    if (op && reason.startsWith('unsupported')) {
      cpu.r[RIP] = op.low;
      cpu.r[RIP + 1] = op.high;
    }
    this.stop = {
      reason,
      cpu: cpu.index,
      detail: `${detail} at ${nameAddress(this.image, cpu.get64(RIP))}`,
    };
    for (const each of this.cpus) each.attend(attention.stopped);
    throw machineHalt;
  }

  writeConsole(byte: number): void {
    if (this.output.length < consoleLimit) this.output.push(byte);
  }

  codePage(low: number, high: number, slot: number): CodePage {
    if (!this.memory.isCode(slot)) {
      this.memory.markCode(slot);
      for (const cpu of this.cpus) cpu.flushWrites();
    }
    return this.code.page(low, high, slot);
  }

  private runFor(cpu: Cpu, steps: number, stops: number, mayStop: boolean): ExecuteResult {
    this.slice = steps;
    this.budget[0] = steps;
    try {
      return runSlice(cpu, this.code, stops, mayStop);
    } finally {
      const made = this.slice - (this.budget[0] ?? 0);
      this.stepsDone += made;
      this.slice = 0;
      this.budget[0] = 0;
      cpu.countSteps(made);
    }
  }

  /** Fires timers whose time has come, drains stores that are old enough, and computes when to look again. */
  private fireEvents(): void {
    const oldest = this.stepsDone - this.configuration.drainAgeSteps;
    this.nextEvent = Infinity;
    for (const cpu of this.cpus) {
      if (isTimerArmed(cpu)) this.watchTimer(cpu);
      if (cpu.word(IS_HELD) !== 0) continue;
      while ((oldestStoreStep(cpu) ?? Infinity) <= oldest) drainOne(cpu, undefined);
      const stored = oldestStoreStep(cpu);
      if (stored !== undefined)
        this.nextEvent = Math.min(this.nextEvent, stored + this.configuration.drainAgeSteps);
    }
  }

  private watchTimer(cpu: Cpu): void {
    fireTimer(cpu, this.tsc());
    const rate = this.configuration.ticksPerStep;
    if (!isTimerArmed(cpu) || rate === 0n) return;
    const ticks = cpu.get64(TSC_DEADLINE) - this.tsc();
    this.nextEvent = Math.min(this.nextEvent, this.stepsDone + Number((ticks + rate - 1n) / rate));
  }

  private forgetCode(slot: number): void {
    this.code.forget(slot);
    for (const cpu of this.cpus) {
      cpu.flushFetches();
      // What was half done may be another instruction by now: it starts again.
      if (cpu.word(LATCH) === 1) cpu.r[LATCH] = 0;
    }
  }

  private cpu(index: number): Cpu {
    const cpu = this.cpus[index];
    if (!cpu) throw new UsageError(`there is no cpu${index}: the machine has ${this.cpus.length}`);
    return cpu;
  }
}
