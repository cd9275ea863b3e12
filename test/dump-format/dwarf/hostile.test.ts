/** Damaged DWARF: every truncation of every section and seeded mutations end in answers, warnings or one of the four errors. */
import assert from 'node:assert/strict';
import type { CType } from '../../../dump-format/ctype.ts';
import type { VariableInfo } from '../../../dump-format/debug-info.ts';
import { openDwarf } from '../../../dump-format/dwarf/dwarf.ts';
import type { DwarfInfo } from '../../../dump-format/dwarf/dwarf.ts';
import { warningLimit } from '../../../dump-format/dwarf/file.ts';
import type { DwarfSections } from '../../../dump-format/dwarf/sections.ts';
import { FaultError, FormatError, LookupError, UsageError } from '../../../dump-format/errors.ts';
import { elfSections } from './elf-sections.ts';
import { StoppedFrame, rangesMemory } from './stopped-frame.ts';
import { build, hasTools } from './toolchain.ts';

const sectionNames = [
  '.debug_info',
  '.debug_abbrev',
  '.debug_line',
  '.debug_str',
  '.debug_line_str',
  '.debug_loclists',
  '.debug_rnglists',
  '.debug_loc',
  '.debug_ranges',
  '.eh_frame',
  '.debug_frame',
];

/** Calls what may refuse with one of the four errors. */
function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    const isExpected =
      error instanceof FormatError ||
      error instanceof FaultError ||
      error instanceof LookupError ||
      error instanceof UsageError;
    if (!isExpected) throw error;
  }
}

/** Looks at a type to some depth, which hostile bytes can make endless. */
function exploreType(type: CType, depth: number): void {
  assert.ok(type.size >= 0);
  if (depth === 0) return;
  switch (type.kind) {
    case 'struct':
    case 'union':
      for (const member of type.members.slice(0, 20)) exploreType(member.type, depth - 1);
      return;
    case 'function':
      exploreType(type.returns, depth - 1);
      for (const parameter of type.parameters.slice(0, 20)) exploreType(parameter, depth - 1);
      return;
    case 'enum':
      assert.ok(type.enumerators.length >= 0 && typeof type.isSigned === 'boolean');
      return;
    case 'array':
      return exploreType(type.element, depth - 1);
    case 'base':
    case 'void':
      return;
    default:
      return exploreType(type.target, depth - 1);
  }
}

/** Asks everything that a debugger asks. */
function explore(info: DwarfInfo, start: bigint, length: number, step = 37): void {
  const stack = { address: 0x7000n, bytes: new Uint8Array(4096).fill(0x11) };
  const memory = rangesMemory([stack]);
  const register = (number: number): bigint => 0x7100n + BigInt(number) * 8n;
  const locate = (variable: VariableInfo, frame: StoppedFrame): void => {
    attempt(() => void variable.locate(frame));
    attempt(() => exploreType(variable.type, 2));
    assert.equal(typeof variable.declaredAt?.line, variable.declaredAt ? 'number' : 'undefined');
  };
  for (const { name, kind } of info.names()) {
    const isPlain = kind === 'typedef' || kind === 'base';
    const type = info.lookup(isPlain ? name : `${kind} ${name}`);
    if (type) attempt(() => exploreType(type, 4));
  }
  for (let offset = 0; offset < length; offset += step) {
    const pc = start + BigInt(offset);
    const frame = new StoppedFrame(info.unwind, memory, pc, true, register);
    info.lineAt(pc);
    for (const scope of info.scopesAt(pc)) {
      attempt(() => exploreType(scope.function.type, 2));
      for (const variable of scope.variables) locate(variable, frame);
      attempt(() => scope.function.parameters.forEach((each) => locate(each, frame)));
    }
    frame.cfa();
    frame.caller()?.caller();
  }
  const frame = new StoppedFrame(info.unwind, memory, start, true, register);
  for (const name of ['mode', 'sink']) {
    const variable = info.variable(name);
    if (variable) locate(variable, frame);
  }
  for (const name of ['work', 'main', 'add']) info.functionNamed(name);
  for (const file of info.sourceFiles()) info.addressesOf(file, 14);
  assert.ok(info.warnings.length <= warningLimit + 1);
}

/** Replaces one section. */
function withSection(sections: DwarfSections, name: string, bytes: Uint8Array): DwarfSections {
  return { ...sections, section: (each) => (each === name ? bytes : sections.section(each)) };
}

/** A generator of numbers, the same on every machine (xorshift). */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Changes a few bytes: single ones, runs of ones that LEB128 dislikes, copies of other places. */
function mutate(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (let count = 1 + random(4); count > 0; count--) {
    const at = random(changed.length);
    switch (random(5)) {
      case 0:
        changed[at] = random(256);
        break;
      case 1:
        changed[at] = (changed[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        changed.fill(random(2) * 0xff, at, at + 1 + random(8));
        break;
      case 3:
        changed[at] = [0, 1, 0x7f, 0x80, 0xff][random(5)] ?? 0;
        break;
      default: {
        const from = random(changed.length);
        changed.copyWithin(at, from, from + 1 + random(16));
      }
    }
  }
  return changed;
}

/** Mutations of each program. More, when the readers have changed: `SEEDS=20000 npx mocha test/dump-format/dwarf/hostile.test.ts`. */
const seeds = Number(process.env['SEEDS'] ?? 300);

const programs = [
  '-O2 -gdwarf-5',
  '-O2 -gdwarf-4 -fno-asynchronous-unwind-tables -fno-unwind-tables -fdebug-types-section',
];

describe('dwarf: damaged bytes', function () {
  this.timeout(120_000);

  before(function () {
    if (!hasTools('gcc')) this.skip();
  });

  for (const flags of programs) {
    /** Sections of a small program, those of the C library's start files left out. */
    const open = (): { sections: DwarfSections; start: bigint; length: number } => {
      const program = build(`-g ${flags} -no-pie -nostartfiles -Wl,-emain`, 'tiny.c');
      const sections = elfSections(program);
      const text = sections.section('.text');
      return { sections, start: sections.address('.text') ?? 0n, length: text?.length ?? 0 };
    };

    it(`answers without a warning while nothing is damaged, built with ${flags}`, () => {
      const { sections, start, length } = open();
      const info = openDwarf(sections);
      explore(info, start, length, 1);
      assert.deepEqual(info.warnings, []);
      assert.equal(info.functionNamed('work')?.parameters.length, 2);
    });

    it(`survives every truncation of every section, built with ${flags}`, () => {
      const { sections, start, length } = open();
      let count = 0;
      for (const name of sectionNames) {
        const bytes = sections.section(name) ?? new Uint8Array(0);
        for (let size = 0; size < bytes.length; size++) {
          const cut = withSection(sections, name, bytes.subarray(0, size));
          explore(openDwarf(cut), start, length);
          count += 1;
        }
      }
      assert.ok(count > 1000);
    });

    it(`survives mutations, built with ${flags}`, () => {
      const { sections, start, length } = open();
      const names = sectionNames.filter((name) => (sections.section(name)?.length ?? 0) > 0);
      for (let seed = 1; seed <= seeds; seed++) {
        const random = randomNumbers(seed * 2654435761);
        const name = names[random(names.length)] ?? '';
        const bytes = mutate(sections.section(name) ?? new Uint8Array(1), random);
        try {
          explore(openDwarf(withSection(sections, name, bytes)), start, length);
        } catch (error) {
          throw new Error(`mutation ${seed} of ${name}`, { cause: error });
        }
      }
    });
  }
});
