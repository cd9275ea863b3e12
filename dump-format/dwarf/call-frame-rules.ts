/** Call frame instructions, run up to a code address: how to recover the caller's registers there (DWARF 5, section 6.4.2). */
import type { CommonFrame, FunctionFrame } from './call-frame.ts';
import { DW_CFA } from './constants.ts';
import { DwarfCursor } from './cursor.ts';

/** Where the caller's value of a register is. */
export type RegisterRule =
  | { readonly kind: 'undefined' }
  | { readonly kind: 'same-value' }
  /** Saved at the canonical frame address plus an offset. */
  | { readonly kind: 'offset'; readonly offset: bigint }
  /** It is the canonical frame address plus an offset. */
  | { readonly kind: 'value-offset'; readonly offset: bigint }
  | { readonly kind: 'register'; readonly register: number }
  /** Saved at the address that an expression gives. */
  | { readonly kind: 'expression'; readonly expression: Uint8Array }
  | { readonly kind: 'value-expression'; readonly expression: Uint8Array };

/** How the canonical frame address is computed. */
export type CfaRule =
  | { readonly kind: 'register'; readonly register: number; readonly offset: bigint }
  | { readonly kind: 'expression'; readonly expression: Uint8Array };

/** The rules at one code address. A register without a rule is as the calling convention has it. */
export interface FrameRules {
  readonly cfa: CfaRule;
  readonly registers: ReadonlyMap<number, RegisterRule>;
}

/** Highest register number of a rule; x86-64 ends at 125. */
export const frameRegisterLimit = 255;

/** `DW_CFA_remember_state` inside one another. */
export const rememberedStateLimit = 256;

/**
 * The rules at an address.
 *
 * @throws FormatError if the instructions are damaged, or do not say what the canonical frame address is
 */
export function frameRulesAt(frame: FunctionFrame, address: bigint): FrameRules {
  const { common } = frame;
  const machine = new FrameMachine(common, frame.low);
  machine.run(new DwarfCursor(common.section, common.start, common.end), undefined);
  machine.keepInitial();
  const cursor = new DwarfCursor(common.section, frame.start, frame.end);
  machine.run(cursor, address);
  const { cfa, registers } = machine;
  if (!cfa) throw cursor.damage('frame instructions that do not define the frame address');
  return { cfa, registers };
}

class FrameMachine {
  cfa: CfaRule | undefined;
  registers = new Map<number, RegisterRule>();
  private readonly common: CommonFrame;
  private readonly remembered: {
    cfa: CfaRule | undefined;
    registers: Map<number, RegisterRule>;
  }[] = [];
  private initial: ReadonlyMap<number, RegisterRule> = new Map();
  private location: bigint;

  constructor(common: CommonFrame, location: bigint) {
    this.common = common;
    this.location = location;
  }

  keepInitial(): void {
    this.initial = new Map(this.registers);
  }

  /** @param address where to stop: the first row behind it does not count; undefined runs all */
  run(cursor: DwarfCursor, address: bigint | undefined): void {
    while (!cursor.isAtEnd) {
      const opcode = cursor.u8();
      const location = this.advance(opcode, cursor);
      if (location !== undefined) {
        this.location = location;
        if (address !== undefined && location > address) return;
      } else if (!this.defineCfa(opcode, cursor) && !this.defineSlot(opcode, cursor)) {
        this.defineRegister(opcode, cursor);
      }
    }
  }

  /** Where the next row starts; undefined for an instruction that belongs to this row. */
  private advance(opcode: number, cursor: DwarfCursor): bigint | undefined {
    const isShort = (opcode & 0xc0) === DW_CFA.advance_loc;
    if (isShort) return this.location + this.scaled(opcode & 0x3f);
    switch (opcode) {
      case DW_CFA.advance_loc1:
        return this.location + this.scaled(cursor.u8());
      case DW_CFA.advance_loc2:
        return this.location + this.scaled(cursor.u16());
      case DW_CFA.advance_loc4:
        return this.location + this.scaled(cursor.u32());
      case DW_CFA.set_loc:
        return this.common.readAddress(cursor) ?? this.location;
      default:
        return undefined;
    }
  }

  private scaled(count: number): bigint {
    return BigInt(count) * BigInt(this.common.codeAlignment);
  }

  private defineCfa(opcode: number, cursor: DwarfCursor): boolean {
    switch (opcode) {
      case DW_CFA.def_cfa:
        this.cfa = { kind: 'register', register: cursor.uleb(), offset: cursor.ulebBig() };
        return true;
      case DW_CFA.def_cfa_sf:
        this.cfa = { kind: 'register', register: cursor.uleb(), offset: this.factored(cursor) };
        return true;
      case DW_CFA.def_cfa_register:
        this.cfa = { ...this.registerCfa(cursor), register: cursor.uleb() };
        return true;
      case DW_CFA.def_cfa_offset:
        this.cfa = { ...this.registerCfa(cursor), offset: cursor.ulebBig() };
        return true;
      case DW_CFA.def_cfa_offset_sf:
        this.cfa = { ...this.registerCfa(cursor), offset: this.factored(cursor) };
        return true;
      case DW_CFA.def_cfa_expression:
        this.cfa = { kind: 'expression', expression: cursor.bytes(cursor.uleb()) };
        return true;
      default:
        return false;
    }
  }

  /** Rules that are made of the canonical frame address. */
  private defineSlot(opcode: number, cursor: DwarfCursor): boolean {
    if ((opcode & 0xc0) === DW_CFA.offset) {
      const offset = cursor.ulebBig() * BigInt(this.common.dataAlignment);
      this.set(opcode & 0x3f, offsetRule(offset), cursor);
      return true;
    }
    const ruleOf = slotRules.get(opcode);
    if (!ruleOf) return false;
    const register = cursor.uleb();
    this.set(register, ruleOf(cursor, BigInt(this.common.dataAlignment)), cursor);
    return true;
  }

  private defineRegister(opcode: number, cursor: DwarfCursor): void {
    if ((opcode & 0xc0) === DW_CFA.restore) return this.restore(opcode & 0x3f);
    switch (opcode) {
      case DW_CFA.nop:
        return;
      case DW_CFA.GNU_args_size:
        cursor.uleb();
        return;
      case DW_CFA.remember_state:
        return this.remember(cursor);
      case DW_CFA.restore_state:
        return this.recall(cursor);
      case DW_CFA.restore_extended:
        return this.restore(cursor.uleb());
      case DW_CFA.undefined:
        return this.set(cursor.uleb(), { kind: 'undefined' }, cursor);
      case DW_CFA.same_value:
        return this.set(cursor.uleb(), { kind: 'same-value' }, cursor);
      case DW_CFA.register:
        return this.set(cursor.uleb(), { kind: 'register', register: cursor.uleb() }, cursor);
      default:
        throw cursor.damage(`frame instruction 0x${opcode.toString(16)} is not known`);
    }
  }

  private set(register: number, rule: RegisterRule, cursor: DwarfCursor): void {
    if (register > frameRegisterLimit) throw cursor.damage(`a rule for register ${register}`);
    this.registers.set(register, rule);
  }

  private restore(register: number): void {
    const rule = this.initial.get(register);
    if (rule) this.registers.set(register, rule);
    else this.registers.delete(register);
  }

  private remember(cursor: DwarfCursor): void {
    if (this.remembered.length === rememberedStateLimit)
      throw cursor.damage('too many remembered states');
    this.remembered.push({ cfa: this.cfa, registers: new Map(this.registers) });
  }

  private recall(cursor: DwarfCursor): void {
    const state = this.remembered.pop();
    if (!state) throw cursor.damage('a state that was not remembered');
    this.cfa = state.cfa;
    this.registers = state.registers;
  }

  private registerCfa(cursor: DwarfCursor): Extract<CfaRule, { kind: 'register' }> {
    if (this.cfa?.kind === 'register') return this.cfa;
    throw cursor.damage('a change of a frame address that is no register and offset');
  }

  private factored(cursor: DwarfCursor): bigint {
    return cursor.slebBig() * BigInt(this.common.dataAlignment);
  }
}

type SlotRule = (cursor: DwarfCursor, dataAlignment: bigint) => RegisterRule;

const slotRules: ReadonlyMap<number, SlotRule> = new Map<number, SlotRule>([
  [DW_CFA.offset_extended, (cursor, scale) => offsetRule(cursor.ulebBig() * scale)],
  [DW_CFA.offset_extended_sf, (cursor, scale) => offsetRule(cursor.slebBig() * scale)],
  [DW_CFA.GNU_negative_offset_extended, (cursor, scale) => offsetRule(-cursor.ulebBig() * scale)],
  [DW_CFA.val_offset, (cursor, scale) => valueRule(cursor.ulebBig() * scale)],
  [DW_CFA.val_offset_sf, (cursor, scale) => valueRule(cursor.slebBig() * scale)],
  [
    DW_CFA.expression,
    (cursor) => ({ kind: 'expression', expression: cursor.bytes(cursor.uleb()) }),
  ],
  [
    DW_CFA.val_expression,
    (cursor) => ({ kind: 'value-expression', expression: cursor.bytes(cursor.uleb()) }),
  ],
]);

function offsetRule(offset: bigint): RegisterRule {
  return { kind: 'offset', offset };
}

function valueRule(offset: bigint): RegisterRule {
  return { kind: 'value-offset', offset };
}
