/** Where a variable is in a stopped frame: its location expression, run, and what comes out of it. */
import type { CType } from '../ctype.ts';
import type { FrameRegisters, Location, LocationPiece } from '../debug-info.ts';
import { FaultError, FormatError } from '../errors.ts';
import { readLocationList } from './address-lists.ts';
import { DW_AT, DW_OP, DW_TAG } from './constants.ts';
import { dieAt } from './die.ts';
import type { Die } from './die.ts';
import { newAllowance } from './expression-machine.ts';
import type {
  Allowance,
  ExpressionContext,
  ExpressionResult,
  PiecePlace,
  Place,
} from './expression-machine.ts';
import { Unavailable, addressOf, bytesOf, numberOf, valueType } from './expression-values.ts';
import type { StackValue } from './expression-values.ts';
import { runExpression, runForAddress, runForValue } from './expression.ts';
import { baseType } from './members.ts';
import type { Program } from './program.ts';
import { registerName } from './registers.ts';

/** Bits of all pieces of one variable. */
export const pieceBitsLimit = 1 << 27;

/**
 * Locates a variable.
 *
 * @param holder the function's entry, for the frame base; undefined for a variable of no function
 * @param type of the variable: how long a value is
 */
export function locate(
  program: Program,
  variable: Die,
  holder: Die | undefined,
  type: () => CType,
  frame: FrameRegisters,
): Location {
  try {
    const constant = variable.holderOf(DW_AT.const_value);
    const located = variable.holderOf(DW_AT.location);
    if (located) {
      const expression = expressionAt(located, DW_AT.location, frame.lookupAddress);
      if (!expression || expression.length === 0) return { kind: 'optimized-out' };
      const scene = { program, holder, frame, allowance: newAllowance() };
      const context = contextOf(scene, located);
      const result = runExpression(expression, context, scene.allowance);
      return new LocationMaker(frame, context.byteOrder, type).locationOf(result);
    }
    if (constant) return constantLocation(constant, type(), program.file.sections.byteOrder);
    return { kind: 'optimized-out' };
  } catch (error) {
    if (isExpected(error)) return { kind: 'unavailable', reason: error.message };
    throw error;
  }
}

/** What may go wrong with a location; anything else is our own bug. */
function isExpected(error: unknown): error is Error {
  return (
    error instanceof Unavailable || error instanceof FaultError || error instanceof FormatError
  );
}

/** The expression of an attribute that holds at a code address; undefined where none does. */
function expressionAt(die: Die, attribute: number, address: bigint): Uint8Array | undefined {
  const expression = die.expression(attribute);
  if (expression) return expression;
  let fallback: Uint8Array | undefined;
  for (const entry of readLocationList(die, attribute)) {
    if (entry.isDefault) fallback = entry.expression;
    else if (entry.low <= address && address < entry.high) return entry.expression;
  }
  return fallback;
}

/** One query: a frame of a function, and the steps that are left. */
interface Scene {
  readonly program: Program;
  readonly holder: Die | undefined;
  readonly frame: FrameRegisters;
  readonly allowance: Allowance;
}

/** @param die the entry that has the expression: its unit says what offsets and indexes mean */
function contextOf(scene: Scene, die: Die): ExpressionContext {
  const { program, frame } = scene;
  const { unit } = die;
  const { units, file } = program;
  const entry = (unitOffset: number): Die => dieAt(units, unit.base + unit.offset + unitOffset);
  return {
    byteOrder: file.sections.byteOrder,
    addressSize: unit.addressSize,
    offsetSize: unit.offsetSize,
    fileName: file.sections.name,
    memory: frame.memory,
    register: (number) => frame.register(number),
    cfa: () => known(frame.cfa(), 'no unwind rule covers this code'),
    frameBase: () => frameBase(scene),
    indexedAddress: (index) => units.indexedAddress(unit, index),
    baseType: (unitOffset) => {
      const type = entry(unitOffset);
      if (type.tag === DW_TAG.base_type) return valueType(baseType(type));
      throw new Unavailable('arithmetic on a type that is not a base type');
    },
    called: (offset, isUnitOffset) =>
      (isUnitOffset ? entry(offset) : dieAt(units, offset)).expression(DW_AT.location),
    entryValue: (expression) =>
      argumentValue(scene, (parameter) =>
        isSamePlace(parameter.expression(DW_AT.location), expression),
      ),
    parameterValue: (unitOffset) => {
      const wanted = entry(unitOffset).key;
      return argumentValue(scene, (parameter) => {
        const named =
          parameter.reference(DW_AT.call_parameter) ?? parameter.reference(DW_AT.abstract_origin);
        return named?.key === wanted;
      });
    },
  };
}

function frameBase(scene: Scene): bigint {
  const { holder, frame, allowance } = scene;
  const based = holder?.holderOf(DW_AT.frame_base);
  const expression = based && expressionAt(based, DW_AT.frame_base, frame.lookupAddress);
  if (!based || !expression) throw new Unavailable('the frame base of this function is not known');
  return runForAddress(expression, contextOf(scene, based), allowance);
}

/** The value that the caller passed, computed in the caller's frame. */
function argumentValue(scene: Scene, isWanted: (parameter: Die) => boolean): StackValue {
  const { program, holder, frame, allowance } = scene;
  if (!holder) throw new Unavailable('an entry value outside of any function');
  const evaluate = (
    expression: Uint8Array,
    caller: Die,
    callerFrame: FrameRegisters,
  ): StackValue => {
    const callerScene = { program, holder: caller, frame: callerFrame, allowance };
    return runForValue(expression, contextOf(callerScene, caller), allowance);
  };
  const argument = program.callSites.argument(holder, frame, isWanted, evaluate);
  return evaluate(argument.expression, argument.caller, argument.frame);
}

/** Whether two expressions mean one register, or are the same. An entry value may read its register as a type. */
function isSamePlace(a: Uint8Array | undefined, b: Uint8Array): boolean {
  if (!a) return false;
  const register = registerOf(a);
  if (register !== undefined && register === registerOf(b)) return true;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** The register that an expression of one operator names. */
function registerOf(expression: Uint8Array): number | undefined {
  const [opcode = 0, register = 0x80] = expression;
  if (opcode >= DW_OP.reg0 && opcode < DW_OP.breg0 && expression.length === 1)
    return opcode - DW_OP.reg0;
  const isLong =
    opcode === DW_OP.regx || opcode === DW_OP.regval_type || opcode === DW_OP.GNU_regval_type;
  // The register is a LEB128 number; one below 128 has a single byte.
  return isLong && register < 0x80 ? register : undefined;
}

function known(value: bigint | undefined, reason: string): bigint {
  if (value === undefined) throw new Unavailable(reason);
  return value;
}

/** `DW_AT_const_value`: a number of the type's size, or the bytes themselves. */
function constantLocation(die: Die, type: CType, byteOrder: 'little' | 'big'): Location {
  const value = die.value(DW_AT.const_value);
  switch (value?.kind) {
    case 'constant':
      return { kind: 'value', bytes: bytesOf(value.value, Math.min(type.size, 16), byteOrder) };
    case 'block':
      return { kind: 'value', bytes: value.bytes };
    case 'address':
      return { kind: 'value', bytes: bytesOf(value.value, die.unit.addressSize, byteOrder) };
    case 'text':
      return { kind: 'value', bytes: new TextEncoder().encode(die.text(DW_AT.const_value) ?? '') };
    default:
      return { kind: 'unavailable', reason: 'a constant of a form that is not known' };
  }
}

/** Turns what an expression gives into what a debugger shows. */
class LocationMaker {
  private readonly frame: FrameRegisters;
  private readonly byteOrder: 'little' | 'big';
  private readonly type: () => CType;

  constructor(frame: FrameRegisters, byteOrder: 'little' | 'big', type: () => CType) {
    this.frame = frame;
    this.byteOrder = byteOrder;
    this.type = type;
  }

  locationOf(result: ExpressionResult): Location {
    if (result.kind !== 'pieces') return this.whole(result);
    const total = result.pieces.reduce((sum, piece) => sum + piece.sizeBits, 0);
    if (total > pieceBitsLimit) throw new Unavailable('a value in pieces that are too large');
    const pieces = result.pieces.map((piece) => this.piece(piece));
    const isAnywhere = pieces.some((piece) => piece.location.kind !== 'optimized-out');
    return isAnywhere ? { kind: 'pieces', pieces } : { kind: 'optimized-out' };
  }

  private whole(place: Place): Location {
    switch (place.kind) {
      case 'memory':
        return { kind: 'memory', address: addressOf(place.address) };
      case 'register':
        return this.register(place.register);
      case 'stack': {
        const { type, bits } = place.value;
        const length = Math.min(type.size, this.type().size || type.size);
        return { kind: 'value', bytes: bytesOf(bits, length, this.byteOrder) };
      }
      case 'implicit':
        return { kind: 'value', bytes: place.bytes };
      case 'implicit-pointer':
        return { kind: 'synthetic-pointer' };
      case 'nowhere':
        return { kind: 'optimized-out' };
    }
  }

  private register(register: number): Location {
    const value = this.frame.register(register);
    if (value !== undefined) return { kind: 'register', register, value };
    return { kind: 'unavailable', reason: `${registerName(register)} was not saved in this frame` };
  }

  private piece({ sizeBits, offsetBits, place }: PiecePlace): LocationPiece {
    const isWhole = offsetBits === 0;
    if (place.kind === 'stack' || place.kind === 'implicit') {
      const bits =
        place.kind === 'stack' ? place.value.bits : numberOf(place.bytes, this.byteOrder);
      return { sizeBits, location: this.bits(bits, offsetBits, sizeBits) };
    }
    const location = this.whole(place);
    if (isWhole) return { sizeBits, location };
    if (location.kind === 'register')
      return { sizeBits, location: this.bits(location.value, offsetBits, sizeBits) };
    if (location.kind === 'memory')
      return { sizeBits, location: this.memoryBits(location.address, offsetBits, sizeBits) };
    return { sizeBits, location };
  }

  /** A piece of memory that does not start on a byte is read; one that does stays where it is. */
  private memoryBits(address: bigint, offsetBits: number, sizeBits: number): Location {
    const start = BigInt.asUintN(64, address + BigInt(Math.floor(offsetBits / 8)));
    const rest = offsetBits % 8;
    if (rest === 0) return { kind: 'memory', address: start };
    const bytes = this.frame.memory.read(start, Math.ceil((rest + sizeBits) / 8));
    return this.bits(numberOf(bytes, this.byteOrder), rest, sizeBits);
  }

  private bits(number: bigint, offsetBits: number, sizeBits: number): Location {
    const bits = BigInt.asUintN(sizeBits, number >> BigInt(offsetBits));
    return { kind: 'value', bytes: bytesOf(bits, Math.ceil(sizeBits / 8), this.byteOrder) };
  }
}
