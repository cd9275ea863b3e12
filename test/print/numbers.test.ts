/** Numbers, times, escapes, enums and network addresses as mdb prints them. */
import assert from 'node:assert/strict';
import type { EnumType } from '../../dump-format/ctype.ts';
import { commonPrefix, enumText, isBitEnum } from '../../debug-adapter/print/enums.ts';
import { escapeByte, escapeBytes, escapeControls } from '../../debug-adapter/print/escape.ts';
import { floatAt } from '../../debug-adapter/print/floats.ts';
import { ipv6Text } from '../../debug-adapter/print/network.ts';
import {
  decimalNumber,
  floatNumber,
  hexNumber,
  sizeText,
  timeText,
} from '../../debug-adapter/print/numbers.ts';
import { parseFormat } from '../../debug-adapter/print/printf.ts';
import { withPrefix } from '../../debug-adapter/target/symbolize.ts';

describe('numbers', () => {
  it('have a prefix only where they would read otherwise', () => {
    assert.deepEqual([0n, 1n, 42n, -1n].map(hexNumber), ['0', '0x1', '0x2a', '0xffffffffffffffff']);
    assert.deepEqual([0n, 9n, 10n, -5n, -20n].map(decimalNumber), [
      '0',
      '9',
      '0t10',
      '-5',
      '-0t20',
    ]);
    assert.deepEqual(
      [9n, 10n].map((value) => withPrefix(value, 16)),
      ['9', '0xa'],
    );
    assert.deepEqual(
      [1n, 7n, 8n, 9n, 10n].map((value) =>
        [withPrefix(value, 2), withPrefix(value, 8), withPrefix(value, 10)].join(' '),
      ),
      ['1 1 1', '0i111 7 7', '0i1000 0o10 8', '0i1001 0o11 9', '0i1010 0o12 0t10'],
    );
  });

  it('of floating point have a sign, and an exponent of two digits', () => {
    assert.equal(floatNumber(3.9829317e-60, 7), '+3.9829317e-60');
    assert.equal(floatNumber(-2.5, 7), '-2.5000000e+00');
    assert.equal(floatNumber(0, 7), '+0.0000000e+00');
    assert.equal(floatNumber(-0, 7), '-0.0000000e+00');
    assert.equal(floatNumber(1e300, 7), '+1.0000000e+300');
    assert.deepEqual(
      [NaN, Infinity, -Infinity].map((value) => floatNumber(value, 7)),
      ['NaN', '+Inf', '-Inf'],
    );
  });

  it('of x87 are read from ten bytes', () => {
    const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
    assert.equal(floatAt(hex('0000000000000080ff3f000000000000'), 16, 'little'), 1);
    assert.equal(floatAt(hex('00000000000000a000c0000000000000'), 16, 'little'), -2.5);
    assert.equal(floatAt(hex('00000000000000000000000000000000'), 16, 'little'), 0);
    assert.equal(floatAt(hex('0000000000000080ff7f000000000000'), 16, 'little'), Infinity);
    assert.ok(Number.isNaN(floatAt(hex('00000000000000c0ff7f000000000000'), 16, 'little')));
    assert.equal(floatAt(new Uint8Array(3), 3, 'little'), undefined);
  });

  it('of seconds are times, as far as calendars go', () => {
    assert.equal(timeText(1587064752n), '2020 Apr 16 19:19:12');
    assert.equal(timeText(0n), '1970 Jan  1 00:00:00');
    assert.equal(timeText(1n << 60n), '0t1152921504606846976');
  });

  it('of bytes have three digits and a unit', () => {
    const sizes: readonly (readonly [bigint, string])[] = [
      [0n, '0'],
      [1023n, '1023'],
      [4096n, '4K'],
      [10240n, '10K'],
      [10300n, '10.1K'],
      [1536n, '1.50K'],
      [1044480n, '1020K'],
      [1n << 40n, '1T'],
      [(1n << 64n) - 1n, '16.0E'],
    ];
    for (const [bytes, text] of sizes) assert.equal(sizeText(bytes), text);
  });
});

describe('text', () => {
  it('is escaped as C escapes it', () => {
    assert.deepEqual([0, 10, 0x41, 0xaa, 39, 92, 0x1b].map(escapeByte), [
      '\\0',
      '\\n',
      'A',
      '\\252',
      "\\'",
      '\\\\',
      '\\033',
    ]);
    assert.equal(escapeBytes(Uint8Array.from([0x22, 0x61, 9])), '\\"a\\t');
  });

  it('loses its control characters, those of other alphabets too', () => {
    assert.equal(escapeControls('a\x1b[31mb\nc\x9b'), 'a\\033[31mb\\nc\\233');
    assert.equal(escapeControls('left\u202eright\u2028'), 'left\\u{202e}right\\u{2028}');
    assert.equal(escapeControls('häß 中'), 'häß 中');
  });
});

describe('enums', () => {
  const make = (values: Readonly<Record<string, number>>): EnumType => ({
    kind: 'enum',
    name: 'e',
    size: 4,
    isSigned: Object.values(values).some((value) => value < 0),
    enumerators: Object.entries(values).map(([name, value]) => ({ name, value: BigInt(value) })),
    isDeclaration: false,
  });

  it('of bits are told from others by their values', () => {
    assert.equal(isBitEnum(make({ A: 0, B: 1, C: 2 })), true);
    assert.equal(isBitEnum(make({ A: 1, B: 2, C: 3 })), false);
    assert.equal(isBitEnum(make({ A: -1, B: 1 })), false);
    assert.equal(isBitEnum(make({})), false);
  });

  it('print value and names', () => {
    const bits = make({ PF_HELD: 1, PF_SYS: 0x10, PF_NONE: 0 });
    const shown = (value: bigint): string => enumText(bits, value, 'natural');
    assert.deepEqual([0x11n, 0x10n, 0n, 0x40n, 0x51n].map(shown), [
      '0x11 (PF_{HELD|SYS})',
      '0x10 (PF_SYS)',
      '0 (0)',
      '0x40 (0x40)',
      '0x51 (PF_{HELD|SYS}|0x40)',
    ]);
    const states = make({ SIDL: 1, SRUN: 2, SZOMB: 3, SWAIT: 12 });
    assert.equal(enumText(states, 2n, 'natural'), '2 (SRUN)');
    assert.equal(enumText(states, 12n, 'natural'), '0t12 (SWAIT)');
    assert.equal(enumText(states, 12n, 'hex'), '0xc (SWAIT)');
    assert.equal(enumText(states, 7n, 'natural'), '7 (???)');
  });

  it('share a prefix up to an underscore', () => {
    assert.equal(commonPrefix(['PF_A', 'PF_AB']), 'PF_');
    assert.equal(commonPrefix(['PF_A_X', 'PF_A_Y']), 'PF_A_');
    assert.equal(commonPrefix(['PFA', 'PFB']), '');
    assert.equal(commonPrefix(['PF_A']), '');
    assert.equal(commonPrefix([]), '');
  });
});

describe('network addresses', () => {
  it('of IPv6 leave out their longest run of zeros', () => {
    const text = (hex: string): string => ipv6Text(Uint8Array.from(Buffer.from(hex, 'hex')));
    assert.equal(text('20010db8000000000001000000000001'), '2001:db8::1:0:0:1');
    assert.equal(text('00000000000000000000000000000001'), '::1');
    assert.equal(text('00000000000000000000000000000000'), '::');
    assert.equal(text('fe800001000200030004000500060000'), 'fe80:1:2:3:4:5:6:0');
  });
});

describe('formats', () => {
  it('are taken apart into text and conversions', () => {
    const parts = parseFormat('a%-6d|%?p %% %06lx');
    const widths = parts.map((part) =>
      part.kind === 'text' ? part.text : `${part.letter}${part.width}`,
    );
    assert.deepEqual(widths, ['a', 'd6', '|', 'p16', ' ', '%', ' ', 'x6']);
    assert.throws(() => parseFormat('%f'), /illegal format string at or near 'f' \(position 2\)/);
    assert.throws(() => parseFormat('a%'), /illegal format string at or near '' \(position 2\)/);
  });
});
