/** Location expressions: every operator, by its arithmetic in the specification, and every limit. */
import assert from 'node:assert/strict';
import { DW_OP } from '../../../dump-format/dwarf/constants.ts';
import { newAllowance } from '../../../dump-format/dwarf/expression-machine.ts';
import type {
  ExpressionContext,
  ExpressionResult,
} from '../../../dump-format/dwarf/expression-machine.ts';
import { Unavailable, makeValue } from '../../../dump-format/dwarf/expression-values.ts';
import type { ValueType } from '../../../dump-format/dwarf/expression-values.ts';
import { runExpression, runForAddress } from '../../../dump-format/dwarf/expression.ts';
import { ByteBuilder } from './byte-builder.ts';
import { rangesMemory } from './stopped-frame.ts';

const op = DW_OP;
const ones = 2n ** 64n - 1n;

/** Base types by the offsets that the tests give them. */
const types: Readonly<Record<number, ValueType>> = {
  0x10: { size: 4, encoding: 'signed' },
  0x20: { size: 4, encoding: 'unsigned' },
  0x30: { size: 8, encoding: 'float' },
  0x40: { size: 4, encoding: 'float' },
  0x50: { size: 16, encoding: 'unsigned' },
  0x60: { size: 1, encoding: 'signed' },
};

const memory = rangesMemory([
  {
    address: 0x1000n,
    bytes: new ByteBuilder().number(0x1122334455667788n, 8).number(ones, 8).build(),
  },
]);

const context: ExpressionContext = {
  byteOrder: 'little',
  addressSize: 8,
  offsetSize: 4,
  fileName: 'test',
  memory,
  register: (number) => (number < 8 ? 0x100n * BigInt(number) : undefined),
  cfa: () => 0x7000n,
  frameBase: () => 0x7000n,
  indexedAddress: (index) => 0x9000n + BigInt(index),
  baseType: (offset) => types[offset] ?? { size: 8, encoding: 'generic' },
  called: (offset, isUnitOffset) =>
    offset === 1
      ? Uint8Array.of(op.lit0 + 5, op.plus)
      : isUnitOffset
        ? undefined
        : Uint8Array.of(op.lit0 + 7),
  entryValue: (expression) =>
    makeValue({ size: 8, encoding: 'generic' }, BigInt(expression[0] ?? 0)),
  parameterValue: (offset) => makeValue({ size: 8, encoding: 'generic' }, BigInt(offset) * 2n),
};

function evaluate(write: (builder: ByteBuilder) => ByteBuilder): ExpressionResult {
  return runExpression(write(new ByteBuilder()).build(), context, newAllowance());
}

/** The number on top of the stack at the end, without sign. */
function top(write: (builder: ByteBuilder) => ByteBuilder): bigint {
  const result = evaluate((builder) => write(builder).bytes(op.stack_value));
  assert.equal(result.kind, 'stack');
  return result.kind === 'stack' ? result.value.bits : 0n;
}

/** Pushes a signed number. */
const push = (value: bigint | number) => (builder: ByteBuilder) =>
  builder.bytes(op.consts).sleb(value);

function binary(left: bigint | number, right: bigint | number, opcode: number): bigint {
  return top((builder) => push(right)(push(left)(builder)).bytes(opcode));
}

describe('dwarf: expressions', () => {
  it('pushes constants of every size', () => {
    const pushed: readonly (readonly [number, bigint, number])[] = [
      [op.const1u, 0xffn, 1],
      [op.const2u, 0xffffn, 2],
      [op.const4u, 0xffffffffn, 4],
      [op.const8u, ones, 8],
      [op.const1s, ones, 1],
      [op.const2s, ones, 2],
      [op.const4s, ones, 4],
      [op.const8s, ones, 8],
    ];
    for (const [opcode, expected, size] of pushed)
      assert.equal(
        top((builder) => builder.bytes(opcode).number(ones, size)),
        expected,
      );
    assert.equal(
      top((builder) => builder.bytes(op.addr).number(0xffffffff80000000n, 8)),
      0xffffffff80000000n,
    );
    assert.equal(
      top((builder) => builder.bytes(op.constu).uleb(ones)),
      ones,
    );
    assert.equal(top(push(-1)), ones);
    assert.equal(
      top((builder) => builder.bytes(op.lit0 + 31)),
      31n,
    );
    for (const opcode of [op.addrx, op.constx, op.GNU_addr_index, op.GNU_const_index])
      assert.equal(
        top((builder) => builder.bytes(opcode).uleb(3)),
        0x9003n,
      );
  });

  it('reads registers, the frame and memory', () => {
    assert.equal(
      top((builder) => builder.bytes(op.breg0 + 3).sleb(-16)),
      0x2f0n,
    );
    assert.equal(
      top((builder) => builder.bytes(op.bregx).uleb(5).sleb(1)),
      0x501n,
    );
    assert.equal(
      top((builder) => builder.bytes(op.fbreg).sleb(-24)),
      0x6fe8n,
    );
    assert.equal(
      top((builder) => builder.bytes(op.call_frame_cfa)),
      0x7000n,
    );
    const at = (builder: ByteBuilder): ByteBuilder => builder.bytes(op.const2u).number(0x1000, 2);
    assert.equal(
      top((builder) => at(builder).bytes(op.deref)),
      0x1122334455667788n,
    );
    assert.equal(
      top((builder) => at(builder).bytes(op.deref_size, 2)),
      0x7788n,
    );
    assert.equal(
      top((builder) => at(builder).bytes(op.deref_type, 4, 0x10)),
      0x55667788n,
    );
    assert.throws(() => top((builder) => push(0x5000)(builder).bytes(op.deref)), {
      name: 'FaultError',
    });
    assert.throws(() => evaluate((builder) => builder.bytes(op.breg0 + 9).sleb(0)), {
      message: 'r9 was not saved in this frame',
    });
  });

  it('moves what is on the stack', () => {
    const three = (builder: ByteBuilder): ByteBuilder =>
      builder.bytes(op.lit0 + 1, op.lit0 + 2, op.lit0 + 3);
    const shown = (...opcodes: readonly number[]): readonly bigint[] => {
      const write = (builder: ByteBuilder): ByteBuilder => three(builder).bytes(...opcodes);
      return [0, 1, 2].map((depth) => top((builder) => write(builder).bytes(op.pick, depth)));
    };
    assert.deepEqual(shown(), [3n, 2n, 1n]);
    assert.deepEqual(shown(op.dup), [3n, 3n, 2n]);
    assert.deepEqual(shown(op.over), [2n, 3n, 2n]);
    assert.deepEqual(shown(op.swap), [2n, 3n, 1n]);
    assert.deepEqual(shown(op.rot), [2n, 1n, 3n]);
    assert.deepEqual(shown(op.pick, 2), [1n, 3n, 2n]);
    assert.deepEqual(shown(op.nop, op.lit0, op.drop), [3n, 2n, 1n]);
  });

  it('computes on the generic type: 64 bits, signed but for shr and mod', () => {
    const cases: readonly (readonly [bigint | number, bigint | number, number, bigint])[] = [
      [7, 5, op.plus, 12n],
      [ones, 2, op.plus, 1n],
      [5, 7, op.minus, ones - 1n],
      [-3, 7, op.mul, ones - 20n],
      [-7, 2, op.div, ones - 2n],
      [-1, 10, op.mod, 5n],
      [0b1100, 0b1010, op.and, 0b1000n],
      [0b1100, 0b1010, op.or, 0b1110n],
      [0b1100, 0b1010, op.xor, 0b0110n],
      [1, 63, op.shl, 2n ** 63n],
      [1, 64, op.shl, 0n],
      [-1, 60, op.shr, 15n],
      [-1, 64, op.shr, 0n],
      [-16, 2, op.shra, ones - 3n],
      [-16, 200, op.shra, ones],
      [1, -1, op.shl, 0n],
      [-1, 1, op.lt, 1n],
      [-1, 1, op.ge, 0n],
      [1, 1, op.le, 1n],
      [1, 1, op.gt, 0n],
      [1, 1, op.eq, 1n],
      [1, 1, op.ne, 0n],
    ];
    for (const [left, right, opcode, expected] of cases)
      assert.equal(
        binary(left, right, opcode),
        expected,
        `${left} 0x${opcode.toString(16)} ${right}`,
      );
    assert.equal(
      top((builder) => push(-5)(builder).bytes(op.abs)),
      5n,
    );
    assert.equal(
      top((builder) => push(5)(builder).bytes(op.neg)),
      ones - 4n,
    );
    assert.equal(
      top((builder) => push(5)(builder).bytes(op.not)),
      ones - 5n,
    );
    assert.equal(
      top((builder) => push(-1)(builder).bytes(op.plus_uconst).uleb(2)),
      1n,
    );
    assert.throws(() => binary(1, 0, op.div), /division by zero/);
    assert.throws(() => binary(1, 0, op.mod), /division by zero/);
  });

  it('computes on base types', () => {
    const typed = (value: number | bigint, type: number) => (builder: ByteBuilder) =>
      builder
        .bytes(op.const_type)
        .uleb(type)
        .bytes(types[type]?.size ?? 0)
        .number(value, types[type]?.size ?? 0);
    const two = (a: number | bigint, b: number | bigint, type: number, opcode: number): bigint =>
      top((builder) => typed(b, type)(typed(a, type)(builder)).bytes(opcode));
    assert.equal(two(-7n, 2, 0x10, op.div), 0xfffffffdn);
    assert.equal(two(-7n, 2, 0x20, op.div), 0x7ffffffcn);
    assert.equal(two(-1n, 1, 0x20, op.lt), 0n);
    assert.equal(two(-1n, 1, 0x10, op.lt), 1n);
    assert.equal(two(ones, 1, 0x50, op.plus), 2n ** 64n);
    assert.equal(two(0x4008000000000000n, 0x4000000000000000n, 0x30, op.mul), 0x4018000000000000n); // 3.0 * 2.0
    assert.equal(two(0x40400000, 0x40000000, 0x40, op.minus), 0x3f800000n); // 3.0f - 2.0f
    const convert = (value: number | bigint, from: number, to: number): bigint =>
      top((builder) => typed(value, from)(builder).bytes(op.convert).uleb(to));
    assert.equal(convert(0x80, 0x60, 0x10), 0xffffff80n);
    assert.equal(convert(0x80, 0x60, 0), ones - 0x7fn);
    assert.equal(convert(0xfffffffe, 0x20, 0x30), 0x41efffffffc00000n); // 4294967294.0
    assert.equal(convert(0xc004000000000000n, 0x30, 0x10), 0xfffffffen); // -2.5 is cut to -2
    assert.equal(convert(0x40400000, 0x40, 0x30), 0x4008000000000000n);
    const bits = top((builder) =>
      typed(0x40400000, 0x40)(builder).bytes(op.reinterpret).uleb(0x20),
    );
    assert.equal(bits, 0x40400000n);
    assert.equal(
      top((builder) => builder.bytes(op.regval_type).uleb(3).uleb(0x60)),
      0n,
    );
    assert.throws(() => two(1, 2, 0x30, op.and), Unavailable);
    assert.throws(
      () => top((builder) => typed(1, 0x10)(push(1)(builder)).bytes(op.plus)),
      /mixes types/,
    );
    assert.throws(() => convert(0x7ff0000000000000n, 0x30, 0x10), /Infinity as an integer/);
    assert.throws(
      () => top((builder) => push(1)(builder).bytes(op.reinterpret).uleb(0x10)),
      /reinterpreted/,
    );
  });

  it('jumps, calls and asks the caller', () => {
    const branch = (value: number): bigint =>
      top((builder) =>
        push(value)(builder).bytes(op.bra, 4, 0, op.lit0 + 1, op.skip, 1, 0, op.lit0 + 2),
      );
    assert.equal(branch(0), 1n);
    assert.equal(branch(1), 2n);
    assert.equal(
      top((builder) => builder.bytes(op.lit0 + 1, op.call2).number(1, 2)),
      6n,
    );
    assert.equal(
      top((builder) => builder.bytes(op.lit0 + 1, op.call4).number(9, 4)),
      1n,
    );
    assert.equal(
      top((builder) => builder.bytes(op.call_ref).number(9, 4)),
      7n,
    );
    for (const opcode of [op.entry_value, op.GNU_entry_value])
      assert.equal(
        top((builder) => builder.bytes(opcode, 1, 0x55)),
        0x55n,
      );
    assert.equal(
      top((builder) => builder.bytes(op.GNU_parameter_ref).number(21, 4)),
      42n,
    );
  });

  it('names places', () => {
    assert.deepEqual(
      evaluate((builder) => builder.bytes(op.reg0 + 6)),
      { kind: 'register', register: 6 },
    );
    assert.deepEqual(
      evaluate((builder) => builder.bytes(op.regx).uleb(300)),
      { kind: 'register', register: 300 },
    );
    assert.deepEqual(
      evaluate((builder) => builder.bytes(op.implicit_value, 2, 7, 8)),
      {
        kind: 'implicit',
        bytes: Uint8Array.of(7, 8),
      },
    );
    for (const opcode of [op.implicit_pointer, op.GNU_implicit_pointer]) {
      const result = evaluate((builder) => builder.bytes(opcode).number(1, 4).sleb(0));
      assert.deepEqual(result, { kind: 'implicit-pointer' });
    }
    assert.deepEqual(
      evaluate((builder) => builder),
      { kind: 'nowhere' },
    );
    assert.equal(runForAddress(Uint8Array.of(op.reg0 + 2), context, newAllowance()), 0x200n);
  });

  it('puts pieces together', () => {
    const result = evaluate((builder) =>
      builder
        .bytes(op.reg0 + 1, op.piece, 4)
        .bytes(op.piece, 2)
        .bytes(op.fbreg)
        .sleb(8)
        .bytes(op.piece, 8)
        .bytes(op.lit0 + 9, op.stack_value, op.bit_piece, 12, 3),
    );
    assert.equal(result.kind, 'pieces');
    const pieces = result.kind === 'pieces' ? result.pieces : [];
    assert.deepEqual(
      pieces.map(({ sizeBits, offsetBits, place }) => [place.kind, sizeBits, offsetBits]),
      [
        ['register', 32, 0],
        ['nowhere', 16, 0],
        ['memory', 64, 0],
        ['stack', 12, 3],
      ],
    );
  });

  it('says why it gives no value', () => {
    const reasons: readonly (readonly [readonly number[], RegExp])[] = [
      [[op.form_tls_address], /thread-local/],
      [[op.GNU_push_tls_address], /thread-local/],
      [[op.push_object_address], /object/],
      [[op.xderef], /another address space/],
      [[op.GNU_variable_value], /another variable/],
      [[0x02], /operator 0x2 is not known/],
      [[op.plus], /empty stack/],
      [[op.lit0, op.pick, 5], /below its stack/],
      [[op.skip, 0xff, 0x7f], /jump out of/],
      [[op.lit0, op.deref_size, 0], /number of 0 bytes/],
      [[op.const4u, 1], /need 4 bytes, have 1/],
    ];
    for (const [bytes, reason] of reasons)
      assert.throws(() => evaluate((builder) => builder.bytes(...bytes)), reason);
  });

  it('ends, whatever the expression does', () => {
    const loop = Uint8Array.of(op.skip, 0xfd, 0xff);
    assert.throws(() => runExpression(loop, context, newAllowance()), /too many steps/);
    const grow = Uint8Array.of(op.lit0, op.skip, 0xfc, 0xff);
    assert.throws(() => runExpression(grow, context, newAllowance()), /too high/);
    const itself: ExpressionContext = { ...context, called: () => Uint8Array.of(op.call2, 1, 0) };
    assert.throws(
      () => runExpression(Uint8Array.of(op.call2, 1, 0), itself, newAllowance()),
      /too deeply/,
    );
  });

  it('counts the steps of all nested expressions together', () => {
    const allowance = newAllowance();
    const wide: ExpressionContext = {
      ...context,
      called: () => new Uint8Array(600).fill(op.nop),
    };
    const expression = Uint8Array.from(
      { length: 60 },
      (_, index) => [op.call2, 1, 0][index % 3] ?? 0,
    );
    assert.throws(() => runExpression(expression, wide, allowance), /too many steps/);
  });
});
