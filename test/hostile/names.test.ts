/** Names that every JavaScript object has are names like others, whoever says them: a person, a client, a dump. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { evaluateC } from '../../debug-adapter/language/c-expression.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { isUserError } from '../fuzz/fuzz-target.ts';
import { smallCore } from '../fuzz/targets/elf.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';

const names = Object.getOwnPropertyNames(Object.prototype);

describe('names that every object has', () => {
  const open = (): Inspector =>
    createInspector(openDump(bytesSource(smallCore(), 'small')), { grammar: mdbGrammar, cGrammar });

  it('are no variables and no registers', () => {
    const { target } = open();
    for (const name of names)
      for (const text of [name, `$${name}`, `sizeof(${name})`])
        assert.throws(() => evaluateC(target, cGrammar(), text), isUserError, text);
  });

  it('are no options and no types', () => {
    const inspector = open();
    for (const name of names)
      for (const [line, answer] of [
        [`::set -o ${name}`, /invalid debugger option/],
        [`::nm -t ${name}`, /invalid symbol type/],
        [`::typedef -c ${name}`, /invalid data model/],
        [`::print -at ${name}`, /./],
        [`1000::print ${name}`, /./],
        [`<${name}=X`, /./],
        [`::${name}`, /invalid command|./],
        [`::walk ${name}`, /./],
      ] as const) {
        const text = [...inspector.execute(line)].map(rowText).join('\n');
        assert.equal(inspector.lastStatus, 'error', `${line}: ${text}`);
        assert.match(text, answer, line);
        assert.doesNotMatch(text, /is not a function|\[object [A-Z]/, line);
      }
  });
});
