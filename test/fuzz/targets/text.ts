/** Text formats of ours and of users: C declarations and expressions, notebooks. */
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import {
  notebookDocument,
  notebookText,
  parseNotebook,
} from '../../../debug-adapter/documents/notebook.ts';
import { compileC } from '../../../debug-adapter/language/c-expression.ts';
import { openTarget } from '../../../debug-adapter/target/open-target.ts';
import type { Target } from '../../../debug-adapter/target/target.ts';
import { cGrammar } from '../../support/grammars.ts';
import { attempt, type FuzzTarget } from '../fuzz-target.ts';
import { changeJsonBytes } from '../json-change.ts';
import { smallCore } from './elf.ts';

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const expressions = [
  '1 + 2 * (3 - 4) >> 1',
  'sizeof(long) == 8 ? ~0 : -1',
  '((unsigned char *)0x1000)[3] & 0xff',
  "'a' < 'b' && !(1 || 0)",
  '*(unsigned long *)0x1000 != 0UL',
  '(int)3000000000u / -7 % 4',
];

/** Opened once: an expression changes nothing in it. */
let target: Target | undefined;

export const cExpression: FuzzTarget = {
  name: 'c-expression',
  seeds: () => expressions.map(encode),
  words:
    '( ) [ ] { } -> . & * + - ~ ! / % << >> < > <= >= == != && || ? : , sizeof struct union enum unsigned long char (int) 0x 1.5 "s" \' // /* 0777 ull'.split(
      ' ',
    ),
  reaches: ['c-expression.ts:compileC', 'c-parse.ts:parseC'],
  run(bytes) {
    target ??= openTarget(openDump(bytesSource(smallCore(), 'small')));
    const opened = target;
    attempt(() => compileC(cGrammar(), decode(bytes)).evaluate(opened, {}));
  },
};

export const notebook: FuzzTarget = {
  name: 'notebook',
  seeds: () => [
    encode(
      notebookText({
        dump: 'a.vmcore',
        cells: [
          { kind: 'markdown', text: '# a' },
          {
            kind: 'mdb',
            text: '::status',
            output: {
              rows: [{ spans: [{ kind: 'symbol', text: 'x' }], data: { a: 1 } }],
              isCut: true,
            },
          },
        ],
      }),
    ),
  ],
  change: changeJsonBytes,
  words: ['"cells"', '"kind"', '"mdb"', '"rows"', '{', '}', '[', ']', ':', ',', 'null', '1e999'],
  reaches: ['notebook.ts:parseNotebook', 'notebook.ts:parseOutput'],
  run(bytes) {
    attempt(() => notebookText(parseNotebook(decode(bytes), 'a')));
    attempt(() => notebookDocument(parseNotebook(decode(bytes), 'a'), 'a'));
  },
};
