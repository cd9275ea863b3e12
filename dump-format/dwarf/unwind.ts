/** Unwinding by call frame information: the canonical frame address and the caller's registers. */
import type { FrameRegisters, UnwindTable, UnwoundFrame } from '../debug-info.ts';
import { FaultError } from '../errors.ts';
import { FrameSection } from './call-frame.ts';
import type { FunctionFrame } from './call-frame.ts';
import { frameRulesAt } from './call-frame-rules.ts';
import type { CfaRule, FrameRules, RegisterRule } from './call-frame-rules.ts';
import { newAllowance } from './expression-machine.ts';
import type { ExpressionContext } from './expression-machine.ts';
import { Unavailable } from './expression-values.ts';
import { runForAddress } from './expression.ts';
import type { DwarfFile } from './file.ts';
import { lazy } from './lazy.ts';
import { calleeSavedRegisters, stackPointerRegister } from './registers.ts';

/** What unwinding needs of a frame. */
type Registers = Pick<FrameRegisters, 'lookupAddress' | 'register' | 'memory'>;

/** How to unwind at one code address. */
interface FoundRules {
  readonly rules: FrameRules;
  readonly entry: FunctionFrame;
}

/** Code addresses whose rules are kept: the threads of a dump wait in few places. */
const keptRules = 16384;

/** The unwind table of a file: `.eh_frame`, then `.debug_frame`. */
export class DwarfUnwindTable implements UnwindTable {
  private readonly file: DwarfFile;
  private readonly sections: () => readonly FrameSection[];
  private readonly known = new Map<bigint, FoundRules | undefined>();

  constructor(file: DwarfFile) {
    this.file = file;
    this.sections = lazy(() => {
      const ehFrame = file.section('.eh_frame');
      const debugFrame = file.section('.debug_frame');
      return [
        ...(ehFrame ? [new FrameSection(file, ehFrame, true)] : []),
        ...(debugFrame ? [new FrameSection(file, debugFrame, false)] : []),
      ];
    });
  }

  cfa(frame: Registers): bigint | undefined {
    const found = this.rulesFor(frame);
    return found && this.cfaOf(found.rules.cfa, frame);
  }

  step(frame: Registers): UnwoundFrame | undefined {
    const found = this.rulesFor(frame);
    if (!found) return undefined;
    const { rules, entry } = found;
    const cfa = this.cfaOf(rules.cfa, frame);
    if (cfa === undefined) return undefined;
    const { returnRegister, isSignalFrame } = entry.common;
    const registers = new Map<number, bigint | undefined>();
    const register = (number: number): bigint | undefined => {
      if (!registers.has(number)) registers.set(number, this.recover(rules, number, cfa, frame));
      return registers.get(number);
    };
    // Without a rule the return address is not "the same": the caller would be this frame again, for ever.
    const pc = rules.registers.has(returnRegister) ? register(returnRegister) : undefined;
    return pc === undefined || pc === 0n ? undefined : { pc, cfa, isSignalFrame, register };
  }

  private rulesFor({ lookupAddress }: Registers): FoundRules | undefined {
    const known = this.known.get(lookupAddress);
    if (known || this.known.has(lookupAddress)) return known;
    const found = this.findRules(lookupAddress);
    if (this.known.size >= keptRules) this.known.clear();
    this.known.set(lookupAddress, found);
    return found;
  }

  private findRules(address: bigint): FoundRules | undefined {
    for (const section of this.sections()) {
      const found = this.file.orWarn(undefined, () => {
        const entry = section.at(address);
        return entry && { entry, rules: frameRulesAt(entry, address) };
      });
      if (found) return found;
    }
    return undefined;
  }

  private cfaOf(rule: CfaRule, frame: Registers): bigint | undefined {
    if (rule.kind === 'expression') return this.number(rule.expression, frame, []);
    const base = frame.register(rule.register);
    return base === undefined ? undefined : BigInt.asUintN(64, base + rule.offset);
  }

  /** The caller's value of a register; undefined when it was not saved, or where it was saved is not in the dump. */
  private recover(
    rules: FrameRules,
    register: number,
    cfa: bigint,
    frame: Registers,
  ): bigint | undefined {
    const rule = rules.registers.get(register) ?? conventionalRule(register);
    switch (rule.kind) {
      case 'undefined':
        return undefined;
      case 'same-value':
        return frame.register(register);
      case 'register':
        return frame.register(rule.register);
      case 'offset':
        return this.load(frame, cfa + rule.offset);
      case 'value-offset':
        return BigInt.asUintN(64, cfa + rule.offset);
      case 'expression': {
        const address = this.number(rule.expression, frame, [cfa]);
        return address === undefined ? undefined : this.load(frame, address);
      }
      case 'value-expression':
        return this.number(rule.expression, frame, [cfa]);
    }
  }

  private load(frame: Registers, address: bigint): bigint | undefined {
    const { addressSize } = this.file.sections;
    const place = BigInt.asUintN(64, address);
    return orUnknown(() =>
      addressSize === 8 ? frame.memory.readU64(place) : BigInt(frame.memory.readU32(place)),
    );
  }

  private number(
    expression: Uint8Array,
    frame: Registers,
    initial: readonly bigint[],
  ): bigint | undefined {
    const context = frameContext(this.file, frame);
    return this.file.orWarn(undefined, () =>
      orUnknown(() => runForAddress(expression, context, newAllowance(), initial)),
    );
  }
}

/** What holds for a register without a rule (x86-64 psABI, section 3.2.1). */
function conventionalRule(register: number): RegisterRule {
  if (register === stackPointerRegister) return { kind: 'value-offset', offset: 0n };
  return { kind: calleeSavedRegisters.has(register) ? 'same-value' : 'undefined' };
}

/** Memory that is not in the dump, and what depends on it, is unknown. */
function orUnknown(compute: () => bigint): bigint | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof FaultError || error instanceof Unavailable) return undefined;
    throw error;
  }
}

/** Expressions of unwind rules see registers and memory, and nothing of any unit (DWARF 5, section 6.4.2). */
function frameContext(file: DwarfFile, frame: Registers): ExpressionContext {
  const noUnit = (): never => {
    throw new Unavailable('an unwind rule that asks for more than registers and memory');
  };
  return {
    byteOrder: file.sections.byteOrder,
    addressSize: file.sections.addressSize,
    offsetSize: 4,
    fileName: file.sections.name,
    memory: frame.memory,
    register: (number) => frame.register(number),
    cfa: noUnit,
    frameBase: noUnit,
    indexedAddress: noUnit,
    baseType: noUnit,
    called: noUnit,
    entryValue: noUnit,
    parameterValue: noUnit,
  };
}
