/** The registers of an x86-64 CPU as mdb shows them. */
import { controlRegister } from '../target/control-registers.ts';
import { symbolize } from '../target/symbolize.ts';
import type { Cpu, Target } from '../target/target.ts';
import type { Row, Span } from '../commands/command.ts';

/** Pairs of `$r`, left and right column. */
const pairs = [
  ['rax', 'r9'],
  ['rbx', 'r10'],
  ['rcx', 'r11'],
  ['rdx', 'r12'],
  ['rsi', 'r13'],
  ['rdi', 'r14'],
  ['r8', 'r15'],
] as const;

/** Width of the symbol behind the left value. */
const symbolWidth = 15;

/** `rflags`, by mdb's two lines. Source: Intel SDM, volume 1, 3.4.3. */
const flagLine = [
  ['id', 21],
  ['vip', 20],
  ['vif', 19],
  ['ac', 18],
  ['vm', 17],
  ['rf', 16],
  ['nt', 14],
] as const;
const statusBits = [
  ['of', 11],
  ['df', 10],
  ['if', 9],
  ['tf', 8],
  ['sf', 7],
  ['zf', 6],
  ['af', 4],
  ['pf', 2],
  ['cf', 0],
] as const;

/** Segments and control registers: a line each, the fields with tabs between, what the dump lacks left out. */
const tailLines = [
  ['cs', 'ds', 'es', 'fs'],
  ['gs', 'gsbase', 'kgsbase'],
  ['trapno', 'err', 'cr2', 'cr3'],
  ['cr0', 'cr4'],
] as const;

/** Other names for what the tail shows: of the notes, then of `struct sim_cpu`. */
const sources: Readonly<Record<string, readonly string[]>> = {
  gsbase: ['gs_base'],
  kgsbase: ['kernel_gs_base'],
};

/** All lines of `$r` for one CPU; a register that the dump lacks is `?`, never zero. */
export function* registerRows(target: Target, cpu: Cpu): Generator<Row> {
  for (const [left, right] of pairs) {
    const spans = registerSpans(target, cpu, left, left.padEnd(3));
    const symbol = symbolOf(target, cpu, left);
    spans.push({ kind: 'symbol', text: ` ${symbol.padStart(symbolWidth)} ` });
    spans.push(...registerSpans(target, cpu, right, right.padEnd(3)));
    const rightSymbol = symbolOf(target, cpu, right);
    if (rightSymbol !== '') spans.push({ kind: 'symbol', text: ` ${rightSymbol}` });
    yield { spans, data: dataOf(cpu, [left, right]) };
  }
  yield { spans: [] };
  for (const name of ['rip', 'rbp', 'rsp'] as const) {
    const symbol = name === 'rip' ? symbolOf(target, cpu, name) : '';
    const spans = registerSpans(target, cpu, name, name);
    if (symbol !== '') spans.push({ kind: 'symbol', text: ` ${symbol}` });
    yield { spans, data: dataOf(cpu, [name]) };
  }
  yield* flagRows(cpu);
  yield { spans: [] };
  for (const names of tailLines) {
    const row = tailRow(target, cpu, names);
    if (row) yield row;
  }
}

function registerSpans(target: Target, cpu: Cpu, name: string, label: string): Span[] {
  const value = cpu.registers.get(name);
  const text = value === undefined ? '?'.padEnd(18) : `0x${value.toString(16).padStart(16, '0')}`;
  const isAddress = value !== undefined && symbolize(target.symbols, value) !== undefined;
  return [
    { kind: 'member', text: `%${label}` },
    { kind: 'text', text: ' = ' },
    {
      kind: isAddress ? 'address' : 'number',
      text,
      ...(value !== undefined && value > 0xffffn && { address: value }),
    },
  ];
}

function symbolOf(target: Target, cpu: Cpu, name: string): string {
  const value = cpu.registers.get(name);
  return value === undefined ? '' : (symbolize(target.symbols, value) ?? '');
}

function* flagRows(cpu: Cpu): Generator<Row> {
  const flags = cpu.registers.get('rflags');
  if (flags === undefined) return;
  const bit = (index: number): bigint => (flags >> BigInt(index)) & 1n;
  yield line(`%rflags = 0x${flags.toString(16).padStart(8, '0')}`, dataOf(cpu, ['rflags']));
  const named = flagLine.map(([name, index]) => `${name}=${bit(index)}`).join(' ');
  yield line(`  ${named} iopl=0x${((flags >> 12n) & 3n).toString(16)}`);
  const status = statusBits.map(([name, index]) => (bit(index) ? name.toUpperCase() : name));
  yield line(`  status=<${status.join(',')}>`);
}

function tailRow(target: Target, cpu: Cpu, names: readonly string[]): Row | undefined {
  const data: Record<string, bigint> = {};
  const fields: string[] = [];
  for (const name of names) {
    const value = tailValue(target, cpu, name);
    if (value === undefined) continue;
    const isSegment = name.length === 2;
    fields.push(`%${name} = 0x${value.toString(16).padStart(isSegment ? 4 : 1, '0')}`);
    data[name] = value;
  }
  return fields.length === 0 ? undefined : line(fields.join('\t'), data);
}

function tailValue(target: Target, cpu: Cpu, name: string): bigint | undefined {
  for (const each of [name, ...(sources[name] ?? [])]) {
    const value = controlRegister(target, cpu, each);
    if (value !== undefined) return value;
  }
  return undefined;
}

function dataOf(cpu: Cpu, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, cpu.registers.get(name)]));
}

function line(text: string, data?: Readonly<Record<string, unknown>>): Row {
  return { spans: [{ kind: 'text', text }], ...(data && { data }) };
}
