/** The operators of location expressions (DWARF 5, section 2.5.1 and 2.6.1), and the loop that runs them. */
import { DW_OP } from './constants.ts';
import { DwarfCursor } from './cursor.ts';
import type { SectionBytes } from './cursor.ts';
import { registerValue } from './expression-machine.ts';
import type { ExpressionContext, ExpressionMachine } from './expression-machine.ts';
import {
  Unavailable,
  addressOf,
  applyBinary,
  applyUnary,
  convert,
  integerOf,
  makeValue,
  numberOf,
  reinterpret,
} from './expression-values.ts';
import type { ValueType } from './expression-values.ts';

/**
 * Runs an expression on a machine.
 *
 * @throws Unavailable, FaultError or FormatError when it can't be computed
 */
export function run(machine: ExpressionMachine, expression: Uint8Array): void {
  const { allowance, context } = machine;
  if (allowance.depth === 0) throw new Unavailable('expressions are nested too deeply');
  allowance.depth -= 1;
  const cursor = new DwarfCursor(sectionOf(expression, context), 0);
  while (!cursor.isAtEnd) {
    if (allowance.steps === 0) throw new Unavailable('an expression takes too many steps');
    allowance.steps -= 1;
    execute(machine, cursor.u8(), cursor);
  }
  allowance.depth += 1;
}

function execute(machine: ExpressionMachine, opcode: number, cursor: DwarfCursor): void {
  if (opcode >= DW_OP.lit0 && opcode < DW_OP.reg0) machine.pushNumber(BigInt(opcode - DW_OP.lit0));
  else if (opcode >= DW_OP.reg0 && opcode < DW_OP.breg0)
    machine.place = { kind: 'register', register: opcode - DW_OP.reg0 };
  else if (opcode >= DW_OP.breg0 && opcode < DW_OP.regx) {
    const base = registerValue(machine.context, opcode - DW_OP.breg0);
    machine.pushNumber(base + cursor.slebBig());
  } else {
    const operator = operators.get(opcode);
    if (!operator) throw new Unavailable(`operator 0x${opcode.toString(16)} is not known`);
    operator(machine, cursor, opcode);
  }
}

function sectionOf(bytes: Uint8Array, context: ExpressionContext): SectionBytes {
  return {
    name: `${context.fileName}: a location expression`,
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    isLittleEndian: context.byteOrder === 'little',
  };
}

type Operator = (machine: ExpressionMachine, cursor: DwarfCursor, opcode: number) => void;

/** A constant in the expression. */
function constant(read: (cursor: DwarfCursor, context: ExpressionContext) => bigint): Operator {
  return (machine, cursor) => machine.pushNumber(read(cursor, machine.context));
}

const unary: Operator = (machine, _, opcode) => machine.push(applyUnary(opcode, machine.pop()));

const binary: Operator = (machine, _, opcode) => {
  const right = machine.pop();
  machine.push(applyBinary(opcode, machine.pop(), right, machine.generic));
};

/** Reads memory at the address on top of the stack. */
function dereference(machine: ExpressionMachine, size: number, type: ValueType): void {
  if (size < 1 || size > 16) throw new Unavailable(`a number of ${size} bytes in memory`);
  const address = addressOf(machine.pop());
  const { memory, byteOrder } = machine.context;
  machine.push(makeValue(type, numberOf(memory.read(address, size), byteOrder)));
}

const dereferenceTyped: Operator = (machine, cursor) => {
  const size = cursor.u8();
  dereference(machine, size, machine.context.baseType(cursor.uleb()));
};

/** The type that an operand names; 0 is the generic one. */
function operandType(machine: ExpressionMachine, cursor: DwarfCursor): ValueType {
  const offset = cursor.uleb();
  return offset === 0 ? machine.generic : machine.context.baseType(offset);
}

function jump(cursor: DwarfCursor, distance: number): void {
  const target = cursor.position + distance;
  if (target < 0 || target > cursor.end) throw new Unavailable('a jump out of an expression');
  cursor.position = target;
}

/** Runs another entry's expression on the same stack; an entry without one leaves it as it is. */
function call(machine: ExpressionMachine, offset: number, isUnitOffset: boolean): void {
  const expression = machine.context.called(offset, isUnitOffset);
  if (expression) run(machine, expression);
}

function unavailable(reason: string): Operator {
  return () => {
    throw new Unavailable(reason);
  };
}

const implicitPointer: Operator = (machine, cursor) => {
  cursor.offset(machine.context.offsetSize);
  cursor.slebBig();
  machine.place = { kind: 'implicit-pointer' };
};

const entryValue: Operator = (machine, cursor) =>
  machine.push(machine.context.entryValue(cursor.bytes(cursor.uleb())));

const constantTyped: Operator = (machine, cursor) => {
  const type = machine.context.baseType(cursor.uleb());
  const bytes = cursor.bytes(cursor.u8());
  machine.push(makeValue(type, numberOf(bytes, machine.context.byteOrder)));
};

const registerTyped: Operator = (machine, cursor) => {
  const register = cursor.uleb();
  const type = machine.context.baseType(cursor.uleb());
  machine.push(makeValue(type, registerValue(machine.context, register)));
};

const convertTop: Operator = (machine, cursor) => {
  const type = operandType(machine, cursor);
  machine.push(convert(machine.pop(), type));
};

const reinterpretTop: Operator = (machine, cursor) => {
  const type = operandType(machine, cursor);
  machine.push(reinterpret(machine.pop(), type));
};

const tlsAddress = unavailable('it is in thread-local storage');

const constants: readonly (readonly [number, Operator])[] = [
  [DW_OP.addr, constant((cursor, context) => cursor.unsigned(context.addressSize))],
  [DW_OP.const1u, constant((cursor) => BigInt(cursor.u8()))],
  [DW_OP.const1s, constant((cursor) => BigInt(cursor.i8()))],
  [DW_OP.const2u, constant((cursor) => BigInt(cursor.u16()))],
  [DW_OP.const2s, constant((cursor) => BigInt(cursor.i16()))],
  [DW_OP.const4u, constant((cursor) => BigInt(cursor.u32()))],
  [DW_OP.const4s, constant((cursor) => BigInt(cursor.i32()))],
  [DW_OP.const8u, constant((cursor) => cursor.u64())],
  [DW_OP.const8s, constant((cursor) => cursor.i64())],
  [DW_OP.constu, constant((cursor) => cursor.ulebBig())],
  [DW_OP.consts, constant((cursor) => cursor.slebBig())],
  [DW_OP.addrx, constant((cursor, context) => context.indexedAddress(cursor.uleb()))],
  [DW_OP.constx, constant((cursor, context) => context.indexedAddress(cursor.uleb()))],
  [DW_OP.GNU_addr_index, constant((cursor, context) => context.indexedAddress(cursor.uleb()))],
  [DW_OP.GNU_const_index, constant((cursor, context) => context.indexedAddress(cursor.uleb()))],
  [DW_OP.fbreg, constant((cursor, context) => context.frameBase() + cursor.slebBig())],
  [DW_OP.bregx, constant((cursor, context) => registerPlus(context, cursor))],
  [DW_OP.call_frame_cfa, constant((_, context) => context.cfa())],
];

function registerPlus(context: ExpressionContext, cursor: DwarfCursor): bigint {
  const base = registerValue(context, cursor.uleb());
  return base + cursor.slebBig();
}

const stackOperators: readonly (readonly [number, Operator])[] = [
  [DW_OP.dup, (machine) => machine.push(machine.peek(0))],
  [DW_OP.drop, (machine) => void machine.pop()],
  [DW_OP.over, (machine) => machine.push(machine.peek(1))],
  [DW_OP.pick, (machine, cursor) => machine.push(machine.peek(cursor.u8()))],
  [
    DW_OP.swap,
    (machine) => {
      const [top, second] = [machine.pop(), machine.pop()];
      machine.push(top);
      machine.push(second);
    },
  ],
  [
    DW_OP.rot,
    (machine) => {
      const [top, second, third] = [machine.pop(), machine.pop(), machine.pop()];
      machine.push(top);
      machine.push(third);
      machine.push(second);
    },
  ],
  [
    DW_OP.plus_uconst,
    (machine, cursor) => {
      const value = machine.pop();
      machine.push(makeValue(value.type, integerOf(value) + cursor.ulebBig()));
    },
  ],
  [DW_OP.deref, (machine) => dereference(machine, machine.context.addressSize, machine.generic)],
  [DW_OP.deref_size, (machine, cursor) => dereference(machine, cursor.u8(), machine.generic)],
  [DW_OP.skip, (_, cursor) => jump(cursor, cursor.i16())],
  [
    DW_OP.bra,
    (machine, cursor) => {
      const distance = cursor.i16();
      if (integerOf(machine.pop()) !== 0n) jump(cursor, distance);
    },
  ],
  [DW_OP.nop, () => {}],
  [DW_OP.call2, (machine, cursor) => call(machine, cursor.u16(), true)],
  [DW_OP.call4, (machine, cursor) => call(machine, cursor.u32(), true)],
  [
    DW_OP.call_ref,
    (machine, cursor) => call(machine, cursor.offset(machine.context.offsetSize), false),
  ],
];

const places: readonly (readonly [number, Operator])[] = [
  [
    DW_OP.regx,
    (machine, cursor) => {
      machine.place = { kind: 'register', register: cursor.uleb() };
    },
  ],
  [
    DW_OP.stack_value,
    (machine) => {
      machine.place = { kind: 'stack', value: machine.pop() };
    },
  ],
  [
    DW_OP.implicit_value,
    (machine, cursor) => {
      machine.place = { kind: 'implicit', bytes: cursor.bytes(cursor.uleb()) };
    },
  ],
  [DW_OP.implicit_pointer, implicitPointer],
  [DW_OP.GNU_implicit_pointer, implicitPointer],
  [DW_OP.piece, (machine, cursor) => machine.endPiece(cursor.uleb() * 8, 0)],
  [
    DW_OP.bit_piece,
    (machine, cursor) => {
      const sizeBits = cursor.uleb();
      machine.endPiece(sizeBits, cursor.uleb());
    },
  ],
  // gcc says so of structs that it has only seen set in part; the place is right all the same.
  [DW_OP.GNU_uninit, () => {}],
];

const typed: readonly (readonly [number, Operator])[] = [
  [DW_OP.entry_value, entryValue],
  [DW_OP.GNU_entry_value, entryValue],
  [
    DW_OP.GNU_parameter_ref,
    (machine, cursor) => machine.push(machine.context.parameterValue(cursor.u32())),
  ],
  [DW_OP.const_type, constantTyped],
  [DW_OP.GNU_const_type, constantTyped],
  [DW_OP.regval_type, registerTyped],
  [DW_OP.GNU_regval_type, registerTyped],
  [DW_OP.deref_type, dereferenceTyped],
  [DW_OP.GNU_deref_type, dereferenceTyped],
  [DW_OP.convert, convertTop],
  [DW_OP.GNU_convert, convertTop],
  [DW_OP.reinterpret, reinterpretTop],
  [DW_OP.GNU_reinterpret, reinterpretTop],
  [DW_OP.form_tls_address, tlsAddress],
  [DW_OP.GNU_push_tls_address, tlsAddress],
  [DW_OP.push_object_address, unavailable('it depends on the object that holds it')],
  [DW_OP.xderef, unavailable('it is in another address space')],
  [DW_OP.xderef_size, unavailable('it is in another address space')],
  [DW_OP.xderef_type, unavailable('it is in another address space')],
  [DW_OP.GNU_variable_value, unavailable('it depends on the value of another variable')],
];

const unaryOperators = [DW_OP.abs, DW_OP.neg, DW_OP.not];
const binaryOperators = [
  DW_OP.and,
  DW_OP.div,
  DW_OP.minus,
  DW_OP.mod,
  DW_OP.mul,
  DW_OP.or,
  DW_OP.plus,
  DW_OP.shl,
  DW_OP.shr,
  DW_OP.shra,
  DW_OP.xor,
  DW_OP.eq,
  DW_OP.ge,
  DW_OP.gt,
  DW_OP.le,
  DW_OP.lt,
  DW_OP.ne,
];

const operators: ReadonlyMap<number, Operator> = new Map<number, Operator>([
  ...constants,
  ...stackOperators,
  ...places,
  ...typed,
  ...unaryOperators.map((opcode) => [opcode, unary] as const),
  ...binaryOperators.map((opcode) => [opcode, binary] as const),
]);
