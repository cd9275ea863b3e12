/** What is different at a prompt: repetition is echoed, values are shown, errors are marked, habits are answered. */
import assert from 'node:assert/strict';
import { textRow } from '../../debug-adapter/commands/command.ts';
import { equivalentOf } from '../../debug-adapter/language/equivalents.ts';
import { editDistance, nearestNames } from '../../debug-adapter/language/nearest.ts';
import { findFault } from '../../debug-adapter/language/syntax-fault.ts';
import { dcmd, openSession, run } from './session.ts';

describe('language: at a prompt', () => {
  it('an expression alone shows its value, and what is there', function () {
    const session = openSession(this, { isInteractive: true });
    assert.deepEqual(run(session, '1e240'), ['0x1e240 = 0t123456']);
    assert.deepEqual(run(session, 'hz'), ['0xfffffe0000100000 = 0t18446741874687344640 = hz']);
    assert.deepEqual(run(session, '.+4=p'), ['                ncpus              ']);
  });

  it('an expression alone repeats the last command, and says so', function () {
    const session = openSession(this, { isInteractive: true });
    run(session, 'hz/X');
    assert.deepEqual(run(session, 'ncpus'), [
      '(the last command, at fffffe0000100004)',
      'ncpus:',
      'ncpus:          ffffffff        ',
    ]);
  });

  it('an expression after a command that takes no address shows its value', function () {
    const session = openSession(this, { isInteractive: true });
    run(session, '::formats');
    assert.deepEqual(run(session, '1+2'), ['0x3 = 0t3']);
    const script = openSession(this);
    run(script, '::formats');
    assert.deepEqual(run(script, '1+2')[0], 'Usage: ::formats');
  });

  it('marks the place of an error', function () {
    const session = openSession(this, { isInteractive: true });
    assert.deepEqual(run(session, 'hz+nosuch/X'), [
      'mdb: failed to dereference symbol: unknown symbol name',
      '  hz+nosuch/X',
      '     ^~~~~~',
    ]);
    assert.deepEqual(run(session, '1=X; (1+2=X'), [
      '                1               ',
      'mdb: syntax error near "="',
      '  1=X; (1+2=X',
      '           ^',
    ]);
    assert.deepEqual(run(session, 'hz::walk thraed'), [
      'mdb: failed to perform walk: unknown walk name',
    ]);
  });

  it('offers near names for symbols, and for commands by their aliases too', function () {
    const session = openSession(this);
    assert.deepEqual(run(session, 'ncpusx/X').slice(1), ['did you mean ncpus?']);
    assert.deepEqual(run(session, '::whihc walk').slice(1), ['did you mean ::which?']);
  });

  it('runs what people type in other debuggers, where it is certain', function () {
    const session = openSession(this, { isInteractive: true });
    assert.deepEqual(run(session, 'x/2gx &tbl'), [
      "gdb's x/2gx &tbl is, in mdb: tbl/2J",
      'tbl:',
      'tbl:            4847464544434241 3               ',
    ]);
    assert.deepEqual(run(session, 'p 1+2'), [
      "gdb's p 1+2 is, in mdb: 1+2=J",
      '                3               ',
    ]);
    assert.equal(session.status, 'ok');
  });

  it('only shows the way where it is not certain, or not at a prompt', function () {
    const session = openSession(this, { isInteractive: true });
    assert.equal(run(session, 'p something->more').at(-1), 'in mdb: ADDRESS::print TYPE MEMBER');
    assert.equal(session.status, 'error');
    const script = openSession(this);
    assert.deepEqual(run(script, 'x/2gx &tbl'), [
      'mdb: failed to dereference symbol: unknown symbol name',
      "gdb's x/2gx &tbl is, in mdb: tbl/2J",
    ]);
    assert.equal(script.status, 'error');
  });

  it('quits, and drops the rest', function () {
    const session = openSession(this);
    assert.deepEqual(run(session, '::echo a; ::quit; ::echo b\n::echo c'), ['a ']);
    assert.equal(session.hasQuit, true);
  });

  it('logs what is printed, where the shell has files', function () {
    const written: string[] = [];
    const openLog = (name: string): { write(text: string): void; close(): void } => ({
      write: (text) => written.push(text),
      close: () => written.push(`closed ${name}`),
    });
    const session = openSession(this, { capabilities: { openLog } });
    assert.deepEqual(run(session, '::log notes'), ['mdb: logging to "notes"']);
    assert.deepEqual(run(session, '::log'), ['mdb: logging to "notes" is currently enabled']);
    run(session, '1=X');
    assert.deepEqual(run(session, '::log -d'), ['mdb: logging to "notes" has been disabled']);
    run(session, '2=X');
    assert.deepEqual(written, [
      'mdb: logging to "notes"\n',
      '> ::log\n',
      'mdb: logging to "notes" is currently enabled\n',
      '> 1=X\n',
      '                1               \n',
      '> ::log -d\n',
      'closed notes',
    ]);
  });

  it('refuses a shell politely where there is none', function () {
    const session = openSession(this);
    for (const line of ['! ls', '::echo 1 ! cat', "::echo 1 ! 'cat' | ::map .", "! 'x' | ::map ."])
      assert.equal(run(session, line)[0], 'mdb: shell commands are not available here', line);
  });

  it('tells a bug of ours as one line, and goes on', function () {
    const bug = dcmd('bug', {
      run() {
        throw new TypeError('undefined is not a function');
      },
    });
    const session = openSession(this, { dcmds: [bug] });
    assert.deepEqual(run(session, '::bug'), ['mdb: internal error: undefined is not a function']);
    assert.equal(session.status, 'error');
    assert.deepEqual(run(session, '::echo a'), ['a ']);
  });

  it('stops evaluation that nests without end', function () {
    const files = new Map([['loop', '$<<loop']]);
    const session = openSession(this, {
      dcmds: [dcmd('self', { run: ({ session: own }) => own.execute('::self') })],
      capabilities: { readFile: (name) => files.get(name) },
    });
    const expected = ['mdb: evaluation is nested deeper than 32 levels'];
    assert.deepEqual(run(session, '::self'), expected);
    assert.deepEqual(run(session, '$<<loop'), expected);
    assert.deepEqual(run(session, '::echo still here'), ['still here ']);
  });

  it('runs the lines of a script one by one; an error drops only its own line', function () {
    const session = openSession(this, { dcmds: [dcmd('two', { run: () => [textRow('two')] })] });
    assert.deepEqual(run(session, '::echo one; 1%0=X; ::echo never\r\n::two\n'), [
      'one ',
      'mdb: attempted to divide by zero near "="',
      'two',
    ]);
    assert.equal(session.status, 'ok');
  });
});

describe('language: habits of other debuggers', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['bt', '$C'],
    ['thread apply all bt', '::threadlist -v'],
    ['info threads', '::threadlist'],
    ['info registers', '::regs'],
    ['x/8gx a', 'a/8J'],
    ['x/16xb &buffer', 'buffer/16B'],
    ['x/s name', 'name/s'],
    ['x/10i main', 'main/10i'],
    ['x $sp', '<sp/X'],
    ['p *(struct proc *)0xffff1000', '0xffff1000::print struct proc'],
    ['p ((struct proc *)0xffff1000)->p_as.a', '0xffff1000::print struct proc p_as.a'],
    ['p sizeof(struct proc)', '::sizeof struct proc'],
    ['p $rip', '<rip=p'],
    ['p 10*3', '0t10*3=J'],
    ['p panicstr', 'panicstr::print'],
    ['ptype struct proc', '::print -at struct proc'],
    ['struct task_struct ffff8800', 'ffff8800::print struct task_struct'],
    ['struct task_struct.pid,comm ffff8800', 'ffff8800::print struct task_struct pid comm'],
    ['struct task_struct', '::print -at struct task_struct'],
    ['rd ffff8800 20', 'ffff8800/20J'],
    ['log', '::msgbuf'],
    ['ps', '::ps'],
    ['prog["jiffies"]', 'jiffies::print'],
    ['Object(prog, "struct foo", address=0x10)', '0x10::print struct foo'],
    ['quit', '::quit'],
    ['q', '::quit'],
    ['info line main', undefined],
    ['::walk thread', undefined],
    ['hz/X', undefined],
  ];
  for (const [theirs, ours] of cases)
    it(`${theirs} is ${ours ?? 'nobody’s'}`, () => assert.equal(equivalentOf(theirs)?.line, ours));

  it('become lines that the grammar takes', () => {
    for (const [, line] of cases)
      if (line !== undefined) assert.equal(findFault(line), undefined, line);
  });
});

describe('language: near names', () => {
  it('count insertions, deletions, replacements and swaps', () => {
    assert.equal(editDistance('list', 'lst'), 1);
    assert.equal(editDistance('walk', 'wlak'), 1);
    assert.equal(editDistance('print', 'printf'), 1);
    assert.equal(editDistance('', 'abc'), 3);
    assert.equal(editDistance('kitten', 'sitting'), 3);
  });

  it('are the nearest ones only, and none for names that have nothing in common', () => {
    assert.deepEqual(nearestNames('lst', ['list', 'lists', 'last', 'walk']), ['last', 'list']);
    assert.deepEqual(nearestNames('xyzzy', ['list', 'walk']), []);
    assert.deepEqual(nearestNames('ab', ['cd', 'abc']), ['abc']);
  });
});
