/** C expressions over a dump: against what the compiler's own program prints, and what they refuse. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { compileC, evaluateC, type CScope } from '../../debug-adapter/language/c-expression.ts';
import { numberOf } from '../../debug-adapter/language/c-operand.ts';
import { LineError } from '../../debug-adapter/language/line-error.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { typeName } from '../../debug-adapter/target/type-names.ts';
import { valueText } from '../../debug-adapter/print/value-text.ts';
import { cGrammar } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';

/** Variables of every integer type, and the types that expressions cast to. */
const declarations = `
typedef struct node { struct node *next; int value; unsigned bits:5; int sbits:3; char name[8]; struct { short inner; } in[2]; } node_t;
typedef unsigned char u8;
enum color { RED = 1, GREEN = 2, BLUE = -3 };
node_t two = { 0, -20, 19, -2, "two", { { 1 }, { -2 } } }, one = { &two, 10, 31, 3, "one", { { 3 }, { 4 } } };
node_t table[3] = { { &one, 1 }, { &two, 2 }, { 0, 3 } };
signed char sc = -100; unsigned char uc = 200; short ss = -30000; unsigned short us = 60000;
int si = -2000000000; unsigned ui = 4000000000u; long sl = -5000000000l; unsigned long ul = 0xfedcba9876543210ul;
_Bool yes = 1; enum color color = GREEN; enum color blue = BLUE; double d = -2.5; float f = 0.1f;
int numbers[5] = { 5, 4, 3, 2, 1 }; int grid[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
node_t *head = &one; void *address = &two; const char *text = "hello"; int (*function)(void);
`;

/** Each is printed by the program and evaluated by us. */
const chosen = [
  'one.value + two.value',
  'head->next->value == -20',
  'head->bits + two.sbits',
  '-two.bits < 0',
  '&table[2] - table',
  '(table + 1)->value',
  '*(numbers + 2)',
  '2[numbers]',
  'grid[1][2]',
  '*grid[1]',
  '(*(grid + 1))[1]',
  'sizeof(node_t)',
  'sizeof one',
  'sizeof(one.name)',
  'sizeof numbers / sizeof numbers[0]',
  'sizeof(struct node *)',
  'sizeof(int [3])',
  'sizeof 1l',
  "sizeof 'a'",
  '(u8)si',
  '(signed char)uc',
  '(u8) - 1',
  '(u8)~0',
  '(short)(us)',
  '(unsigned)-1 > 0',
  '-1 < 1u',
  '-1l < 1u',
  'us << 16',
  'ul >> 60',
  'sl >> 40',
  'si / 3',
  'si % 7',
  'ui / -3',
  'uc + sc',
  'yes + yes',
  'color == GREEN ? RED : BLUE',
  'blue < 0',
  'BLUE + 0',
  '!head',
  '!!address',
  'head && head->next && !head->next->next',
  'address == &two',
  '(node_t *)address == head->next',
  '((node_t *)address)->value',
  '(long)((node_t *)0 + 1)',
  '(long)&((node_t *)0)->name',
  'text[1]',
  '*text',
  "text[0] == 'h'",
  "'\\\\'",
  "'\\x41' + '\\101'",
  '0x10 + 010 + 10',
  '1 ? 2 : 3 ? 4 : 5',
  '(1, 2)',
  '1 + 2 * 3 - -4',
  '7 & 3 | 8 ^ 1',
  '1 << 2 + 1',
  '5 > 3 == 1',
  'd < f',
  '(int)d',
  '(int)(d * 2)',
  '(long)(f * 10 + 0.5)',
  'one.in[1].inner * two.in[1].inner',
  'table[1].next->in->inner',
  '&one.in[1] > &one.in[0]',
  '*&si',
  '-(-5)',
  '- -5',
  '~0u >> 4',
  '4294967295',
  '2147483648 > 0',
  '0xffffffff < 0',
  '-2147483648 < 0',
];

describe('C expressions', function () {
  this.timeout(60_000);

  it('give what the compiled program prints', function () {
    if (spawnSync('gcc', ['--version']).status !== 0) this.skip();
    const random = randomExpressions(400, 20260116);
    withProgram([...chosen, ...random], (target, printed) => {
      for (const [index, text] of [...chosen, ...random].entries())
        assert.equal(evaluated(target, text), printed[index], text);
    });
  });
});

/** Builds and runs a program that prints each expression as a `long`, and opens the program as a target. */
function withProgram(
  expressions: readonly string[],
  check: (target: Target, printed: readonly string[]) => void,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'corewalk-c-'));
  try {
    const lines = expressions.map((each) => `printf("%ld\\n", (long)(${each}));`);
    const source = `#include <stdio.h>\n${declarations}\nint main(void) {\n${lines.join('\n')}\nreturn 0; }\n`;
    writeFileSync(join(folder, 'program.c'), source);
    const flags = '-g -O0 -w -fwrapv -fno-pie -no-pie -o program program.c'.split(' ');
    execFileSync('gcc', flags, { cwd: folder });
    const printed = execFileSync('./program', { cwd: folder, encoding: 'utf8' }).trim().split('\n');
    const dump = openDump(openFile(join(folder, 'program')));
    check(openTarget(dump), printed);
    dump.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function evaluated(target: Target, text: string): string {
  const number = numberOf(target, evaluateC(target, cGrammar(), text));
  const value = number.kind === 'float' ? BigInt(Math.trunc(number.value)) : number.value;
  return BigInt.asIntN(64, value).toString();
}

/** Integer expressions without undefined behaviour: divisors and shift counts are constants. */
function randomExpressions(count: number, seed: number): string[] {
  let state = seed;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % limit;
  };
  const pick = (list: readonly string[]): string => list[next(list.length)] ?? '0';
  const names = 'sc uc ss us si ui sl ul yes color blue one.value two.sbits two.bits numbers[3]';
  const leaves = `${names} grid[1][1] 1 -1 200u 3l 'z' RED`.split(' ');
  const make = (depth: number): string => {
    if (depth === 0) return pick(leaves);
    switch (next(7)) {
      case 0:
        return `(${make(depth - 1)} ${pick(['/', '%'])} ${pick(['3', '7u', '-5l'])})`;
      case 1:
        return `(${make(depth - 1)} ${pick(['<<', '>>'])} ${next(31)})`;
      case 2:
        return `${pick(['-', '~', '!', '+'])}(${make(depth - 1)})`;
      case 3:
        return `((${pick(['u8', 'short', 'unsigned', 'long', 'signed char', '_Bool'])})${make(depth - 1)})`;
      case 4:
        return `(${make(depth - 1)} ${pick(['<', '<=', '>', '>=', '==', '!=', '&&', '||'])} ${make(depth - 1)})`;
      case 5:
        return `(${make(depth - 1)} ? ${make(depth - 1)} : ${make(depth - 1)})`;
      default:
        return `(${make(depth - 1)} ${pick(['+', '-', '*', '&', '|', '^'])} ${make(depth - 1)})`;
    }
  };
  return Array.from({ length: count }, () => make(1 + next(4)));
}

describe('C expressions on lists', function () {
  let target: Target;

  before(function () {
    const opened = openNamedTarget('program lists');
    if ('reason' in opened) this.skip();
    else target = openTarget(opened.dump);
  });

  const evaluate = (text: string, scope: CScope = {}): string => {
    const value = evaluateC(target, cGrammar(), text, scope);
    return `${typeName(value.type)} ${valueText(target, value)}`;
  };

  it('have the types that C gives them', () => {
    const types: readonly (readonly [string, string])[] = [
      ['one', 'node_t {next = two, value = 0x1, name = "one"}'],
      ['&one', 'node_t * one'],
      ['one.next', 'struct node * two'],
      ['*one.next', 'struct node {next = three, value = 0x2, name = "two"}'],
      ['numbers + 1', 'int * numbers+4'],
      ['numbers', 'int [4] [0x1, 0x2, 0x30, 0]'],
      ['state', 'enum state 2 (SRUN)'],
      ['SRUN', 'enum state 2 (SRUN)'],
      ['(enum state)3', 'enum state 3 (SZOMB)'],
      ['sizeof one', 'unsigned long 0x18'],
      ['one.value == 1', 'int 0x1'],
      ['single * 2', 'double +3.0000000e+00'],
      ['main', 'int () main'],
      ['&main', 'int (*)() main'],
      ['(void *)&one', 'void * one'],
      ['message', 'char * 0x500000 "a message"'],
      ['offsetof(node_t, name)', 'unsigned long 0xc'],
      ['NULL', 'void * 0'],
    ];
    for (const [text, expected] of types) assert.equal(evaluate(text), expected, text);
  });

  it('look names up in the scope first: variables, members, the session', () => {
    const object = target.global('one');
    assert.equal(evaluate('value', { object }), 'int 0x1');
    assert.equal(evaluate('dot->next->value', { object }), 'int 0x2');
    const variable = (name: string) => (name === 'one' ? target.global('two') : undefined);
    assert.equal(evaluate('one.value', { variable, object }), 'int 0x2');
    const session = (name: string): bigint | undefined => (name === 'rax' ? 5n : undefined);
    assert.equal(evaluate('$rax + 1', { session }), 'unsigned long 0x6');
  });

  it('compare text with literals', () => {
    assert.equal(evaluate('message == "a message"'), 'int 0x1');
    assert.equal(evaluate('one.name != "two"'), 'int 0x1');
    assert.equal(evaluate('"one" == one.name'), 'int 0x1');
  });

  it('read nothing that they do not need', () => {
    const bad = '(*(int *)0x10)';
    assert.equal(evaluate(`1 || ${bad}`), 'int 0x1');
    assert.equal(evaluate(`0 && ${bad}`), 'int 0');
    assert.equal(evaluate(`0 ? ${bad} : 3`), 'int 0x3');
    assert.equal(evaluate(`sizeof ${bad}`), 'unsigned long 0x4');
    assert.equal(evaluate(`sizeof (${bad} / 0 + 1l)`), 'unsigned long 0x8');
    assert.equal(evaluate('&((node_t *)0x10)->value'), 'int * 0x18');
    assert.throws(() => evaluate(`${bad} + 1`), /failed to read 4 bytes at 10: no mapping/);
  });

  it('say what is wrong', () => {
    const messages: readonly (readonly [string, RegExp])[] = [
      ['', /is empty/],
      ['1 +', /syntax error in C expression at its end/],
      ['1 + )', /syntax error in C expression near "\+"/],
      ['1; 2', /syntax error/],
      ['1; } int x = { 2', /syntax error/],
      ['one.value = 2', /no assignments/],
      ['one.value += 2', /no assignments/],
      ['one.value++', /no \+\+ or --/],
      ['main()', /no calls/],
      ['(nosuch_t)1', /failed to look up type nosuch_t/],
      ['(struct nosuch *)1', /failed to look up type struct nosuch \*/],
      ['sizeof(struct nosuch)', /failed to look up type struct nosuch/],
      ['nosuch', /no variable, member, symbol or enumerator named 'nosuch'/],
      ['$nosuch', /variable 'nosuch' is not defined/],
      ['one.nosuch', /failed to find member nosuch of struct node/],
      ['one->value', /node_t is not a pointer type/],
      ['(&one).value', /node_t \* is not a struct or union type/],
      ['one + 1', /node_t is not a number/],
      ['*1', /int is not a pointer type/],
      ['*(void *)0', /cannot dereference void type/],
      ['&1', /no address/],
      ['&one + &two', /can't be added/],
      ['&one - &state', /can't be subtracted/],
      ['1 / 0', /divide by zero/],
      ['1 % 0', /divide by zero/],
      ['1 << 32', /undefined/],
      ['1 << -1', /undefined/],
      ['single & 1', /needs integers/],
      ['~single', /needs an integer/],
      ['-&one', /needs a number/],
      ['(node_t)1', /cannot cast/],
      ['0x10000000000000000', /does not fit in 64 bits/],
      ['09', /invalid octal/],
      ['1..2', /invalid number|syntax error/],
      ["''", /invalid character|syntax error/],
      ['('.repeat(300) + '1' + ')'.repeat(300), /nested deeper/],
      ['1'.repeat(20_000), /more than 10000 characters/],
    ];
    for (const [text, pattern] of messages) assert.throws(() => evaluate(text), pattern, text);
  });

  it('offer names that are spelled alike', () => {
    const hint = (text: string): string | undefined => {
      try {
        evaluate(text, { object: target.global('one') });
      } catch (error) {
        return error instanceof LineError ? error.hint : undefined;
      }
      return undefined;
    };
    assert.equal(hint('valeu'), 'did you mean value?');
    assert.equal(hint('(node_tt *)1'), 'did you mean node_t?');
  });

  it('never throw anything else, whatever the text', () => {
    const texts = chosen.map((each) => each.replaceAll('table', 'heads'));
    let state = 7;
    for (let round = 0; round < 2000; round++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      const text = texts[state % texts.length] ?? '';
      const at = (state >>> 8) % (text.length + 1);
      const mutated =
        text.slice(0, at) + '()*&-!.[]"\'x0'.charAt((state >>> 16) % 13) + text.slice(at + 1);
      try {
        compileC(cGrammar(), mutated).evaluate(target, {});
      } catch (error) {
        assert.match(String(error), /^(LineError|UsageError|LookupError|FaultError)/, mutated);
      }
    }
  });
});
