/** The inspector: what console, editor and servers call. */
import assert from 'node:assert/strict';
import type { Context } from 'mocha';
import { rowText } from '../../debug-adapter/commands/command.ts';
import {
  createInspector,
  type Inspector,
  type InspectorOptions,
} from '../../debug-adapter/inspector.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';

describe('inspector', () => {
  function dump(test: Context): Dump {
    const opened = openNamedTarget('program formats');
    if ('reason' in opened) test.skip();
    return opened.dump;
  }

  function open(test: Context, options: Partial<InspectorOptions> = {}): Inspector {
    return createInspector(dump(test), { grammar: mdbGrammar, ...options });
  }

  const run = (inspector: Inspector, line: string): string[] =>
    [...inspector.execute(line)].map(rowText);

  it('opens a dump or a target', function () {
    const target = openTarget(dump(this));
    assert.equal(createInspector(target, { grammar: mdbGrammar }).target, target);
    assert.deepEqual(run(open(this), 'hz=p'), ['                hz                 ']);
  });

  it('tells how the last command came out', function () {
    const inspector = open(this);
    run(inspector, '::echo a');
    assert.equal(inspector.lastStatus, 'ok');
    run(inspector, '1%0=X');
    assert.equal(inspector.lastStatus, 'error');
    run(inspector, '::nosuchdcmd\n::echo a');
    assert.equal(inspector.lastStatus, 'ok');
    run(inspector, '');
    assert.equal(inspector.lastStatus, 'ok');
  });

  it('keeps its state from line to line, and each inspector its own', function () {
    const [one, other] = [open(this), open(this)];
    run(one, '5>x; 0t10$d');
    assert.equal(one.session.variables.get('x'), 5n);
    assert.equal(other.session.variables.get('x'), undefined);
    assert.deepEqual([one.session.radix, other.session.radix], [10, 16]);
  });

  it('is cancelled from outside, between two rows or by what the shell asks', function () {
    let isCancelled = false;
    const inspector = open(this, { isCancelled: () => isCancelled });
    const rows: string[] = [];
    for (const row of inspector.execute('hz,ffffffff/nX')) {
      rows.push(rowText(row));
      if (rows.length > 10) isCancelled = true;
      if (rows.length > 10_000) break;
    }
    assert.equal(rows.at(-1), 'mdb: command cancelled by user');
    isCancelled = false;
    assert.deepEqual(run(inspector, '1=X'), ['                1               ']);
    for (const row of inspector.execute('1,ffffffff=nX')) {
      inspector.cancel();
      rows.push(rowText(row));
      if (rows.length > 20_000) break;
    }
    assert.equal(rows.at(-1), 'mdb: command cancelled by user');
  });

  it('is left usable by a reader that stops half way', function () {
    const inspector = open(this);
    for (const row of inspector.execute('::eval \'::eval "1,100=nX"\'')) {
      assert.ok(row);
      break;
    }
    assert.deepEqual(run(inspector, "::eval '::echo a'"), ['a ']);
    const running = inspector.execute('1,5=nX')[Symbol.iterator]();
    running.next();
    assert.deepEqual(run(inspector, '::echo between'), ['between ']);
    assert.equal(running.next().done, false);
  });

  it('takes settings', function () {
    const inspector = open(this, { settings: { columns: 48 } });
    assert.deepEqual(run(inspector, '1,3=X'), [
      '                1               1               ',
      '                1               ',
    ]);
  });

  it('completes, checks and reports progress', function () {
    const inspector = open(this);
    assert.deepEqual(
      inspector.complete('::forma', 7).map(({ text }) => text),
      ['formats'],
    );
    assert.deepEqual([...inspector.check()], [], 'no checker applies to a program');
    const heard: string[] = [];
    inspector.onProgress = ({ what }) => heard.push(what);
    inspector.session.checkpoint({ done: 1, what: 'something' });
    assert.deepEqual(heard, ['something']);
  });

  it('never throws for a line', function () {
    const inspector = open(this);
    for (const line of [
      '\0',
      '\n\n',
      ';;;',
      'x'.repeat(100_000),
      '::eval "\\',
      '$<',
      '!',
      '\u2028',
    ])
      assert.doesNotThrow(() => run(inspector, line), JSON.stringify(line.slice(0, 20)));
  });
});
