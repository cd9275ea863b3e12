/** When the command line colours: only where the other side can show it, or as it is told. */
import assert from 'node:assert/strict';
import { usesColour } from '../../cli/output.ts';
import { runCorewalk, hasScript, typeIntoCorewalk } from '../support/run-corewalk.ts';
import { buildProgram, hasGcc } from '../support/c-program.ts';

type Terminal = Parameters<typeof usesColour>[1];

function terminal(isTTY: boolean, environment: Record<string, string> = {}): Terminal {
  const output = Object.assign(Object.create(process.stdout), { isTTY });
  return { output, environment: { TERM: 'xterm', ...environment } };
}

describe('colour', () => {
  const cases: readonly (readonly [string, string | undefined, Terminal, boolean])[] = [
    ['a terminal', undefined, terminal(true), true],
    ['a terminal, auto', 'auto', terminal(true), true],
    ['no terminal', 'auto', terminal(false), false],
    ['NO_COLOR', undefined, terminal(true, { NO_COLOR: '1' }), false],
    ['NO_COLOR that is empty counts for nothing', 'auto', terminal(true, { NO_COLOR: '' }), true],
    ['a dumb terminal', undefined, terminal(true, { TERM: 'dumb' }), false],
    ['always, whatever else', 'always', terminal(false, { NO_COLOR: '1' }), true],
    ['never, on a terminal', 'never', terminal(true), false],
  ];
  for (const [name, choice, where, wanted] of cases)
    it(`${wanted ? 'is' : 'is not'} used: ${name}`, () =>
      assert.equal(usesColour(choice, where), wanted));

  it('is there on a terminal, and gone with NO_COLOR or in a pipe', async function () {
    if (!hasGcc || !hasScript) this.skip();
    const dump = buildProgram('colour', 'int x = 1; int main(void) { return x; }');
    const words = ['-S', '-e', '::nosuch', dump];
    const shown = await typeIntoCorewalk(words, []);
    assert.ok(shown.output.includes('\x1b[31mmdb: invalid command'), shown.output);
    const plain = await typeIntoCorewalk(words, [], { NO_COLOR: '1' });
    assert.ok(!plain.output.includes('\x1b['), plain.output);
    const piped = await runCorewalk(words);
    assert.ok(!`${piped.output}${piped.errors}`.includes('\x1b'));
  });
});
