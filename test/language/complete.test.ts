/** Completion: what is offered at a cursor, written `|` in the lines. */
import assert from 'node:assert/strict';
import { completeLine } from '../../debug-adapter/language/complete.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { openSession, walker } from './session.ts';

describe('language: completion', () => {
  const walkers = [
    walker('process', () => [], { elementType: 'struct process' }),
    walker('processor', () => []),
  ];

  /** Texts of the completions at the `|`, or what the line is when the first one is taken. */
  function check(line: string, ...expected: readonly string[]): void {
    it(`${line} offers ${expected.length === 0 ? 'nothing' : expected.join(' ')}`, function () {
      const session = openSession(this, { program: 'completion', walkers });
      const position = line.indexOf('¦');
      const text = line.replace('¦', '');
      const found = completeLine(text, position, session, mdbGrammar).map((each) => each.text);
      assert.deepEqual(found, expected);
    });
  }

  function checkTaken(line: string, taken: string): void {
    it(`${line} becomes ${taken}`, function () {
      const session = openSession(this, { program: 'completion', walkers });
      const position = line.indexOf('¦');
      const text = line.replace('¦', '');
      const [first] = completeLine(text, position, session, mdbGrammar);
      assert.ok(first);
      assert.equal(text.slice(0, first.start) + first.text + text.slice(first.end), taken);
    });
  }

  // Commands
  check('::formats¦', 'formats');
  check('::whi¦', 'which');
  check('1+2::forma¦', 'formats');
  check('::walk process | ::forma¦', 'formats');
  checkTaken('::walk process | form¦', '::walk process | ::formats');
  checkTaken('::forma¦ rest', '::formats rest');
  check('$<ma¦');
  check('::nosuchdcmd ¦');

  // Walkers, dcmds, variables
  check('::walk pro¦', 'process', 'processor');
  check('::walk process ri¦');
  check('::help forma¦', 'formats');
  check('::help ::forma¦', 'formats');
  check('<hi¦', 'hits');
  check('1+<hi¦+2', 'hits');
  check('1>hi¦', 'hits');

  // Symbols
  check('process_¦', 'process_count', 'process_list');
  check('unix`process_c¦', 'process_count');
  checkTaken('unix`process_c¦=K', 'unix`process_count=K');
  check('1+process_c¦', 'process_count');
  check('(process_c¦', 'process_count');
  check('::echo $[process_c¦', 'process_count');
  check("::eval 'process_c¦", 'process_count');
  check("::eval '::forma¦'", 'formats');
  check('::map .+process_c¦', 'process_count');
  check('¦');
  check('1=X; process_c¦', 'process_count');

  // Types
  check('::sizeof struct addr¦', 'address_space');
  checkTaken("::sizeof 'struct addr¦", "::sizeof 'struct address_space");
  checkTaken('::list "struct addr¦', '::list "struct address_space');
  check('::sizeof proc¦', 'process_t');
  check('::sizeof str¦', 'struct');
  check('::enum st¦', 'state');
  check('::walk process | ::print str¦', 'struct process', 'struct');

  // Members
  check('::offsetof struct process s¦', 'space', 'spare', 'state');
  check('::offsetof process_t ui¦', 'uid');
  check('::print process_t next->sp¦', 'space', 'spare');
  check('::print process_t space->¦', 'base', 'size');
  check('::print process_t spare[2].b¦', 'base');
  check('::print process_t space->base na¦', 'name');
  check('::print -at process_t na¦', 'name');
  check('::print -s 1 process_t na¦', 'name');
  check('first_process::print na¦', 'name');
  check('process_list::print -a na¦', 'name');
  check('::print process_t nosuch->¦');
  checkTaken('::print process_t next->spac¦', '::print process_t next->space');
  check('::printf "%s\\n" process_t na¦', 'name');

  // Options and formats
  it('offers the options of a command with what they do', function () {
    const session = openSession(this, { program: 'completion' });
    const found = completeLine('::dcmds -', 9, session, mdbGrammar);
    assert.deepEqual(
      found.map(({ text, kind }) => [text, kind]),
      [
        ['-n', 'option'],
        ['-g', 'option'],
      ],
    );
    assert.ok(found.every(({ detail }) => detail !== undefined));
    assert.deepEqual(
      completeLine('::dcmds -n', 10, session, mdbGrammar).map((each) => each.text),
      ['-ng'],
    );
  });

  // Members of what the stages before give
  check('::walk process | ::print gr¦', 'group');
  check("::walk process | ::print 'gr¦", 'group');
  check('::walk process | ::print space | ::print si¦', 'size');
  check('::walk process | ::print -a spare | ::print si¦');
  check('::walk process | ::print space->b¦', 'base');
  check("::walk process | ::filter 'group > 3 && space->b¦", 'base');
  check("::walk process | ::filter 'group > 3' | ::table gr¦", 'group');
  check('::walk process | ::head -3 | ::table uid gr¦', 'group');
  check('first_process::list "struct process" next | ::print gr¦', 'group');
  check('first_process::print struct process space | ::print b¦', 'base');
  check('process_list::print | ::print gr¦', 'group');
  check('::walk processor | ::print gr¦');
  check('::walk process | ::map .+8 | ::print gr¦');
  check('::walk process | ::print spare[1].b¦', 'base');

  it('offers the format letters behind a verb', function () {
    const session = openSession(this, { program: 'completion' });
    const found = completeLine('process_list/', 13, session, mdbGrammar);
    assert.ok(found.some(({ text, kind }) => text === 'K' && kind === 'format'));
    assert.ok(completeLine('process_list/2', 14, session, mdbGrammar).length > 20);
  });

  it('offers nothing inside comments and shell commands', function () {
    const session = openSession(this, { program: 'completion' });
    for (const line of ['1=X // process_c', '! process_c', '::echo a ! process_c'])
      assert.deepEqual(completeLine(line, line.length, session, mdbGrammar), [], line);
  });

  it('knows the line that the cursor stands in', function () {
    const session = openSession(this, { program: 'completion' });
    const text = '::status\n::forma';
    const [first] = completeLine(text, text.length, session, mdbGrammar);
    assert.deepEqual(first && [first.text, first.start, first.end], ['formats', 11, 16]);
  });
});
