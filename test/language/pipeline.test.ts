/** Pipelines: what each stage sees, how errors end them, and that no more is done than is asked for. */
import assert from 'node:assert/strict';
import { FaultError, LookupError, UsageError } from '../../dump-format/errors.ts';
import {
  AbortError,
  textRow,
  type Dcmd,
  type Walker,
} from '../../debug-adapter/commands/command.ts';
import { dcmd, openSession, run, walker } from './session.ts';

const three = walker('three', () => [0x10n, 0x20n, 0x30n]);
const pairs: Walker = {
  ...walker('pairs', () => []),
  *walk(_target, start = 0n) {
    yield start + 1n;
    yield start + 2n;
  },
};
const broken = walker('broken', function* () {
  yield 0x10n;
  throw new FaultError(0x18n, 8);
});

const headed = dcmd('headed', {
  *run({ address, isFirst }) {
    if (isFirst) yield { spans: [{ kind: 'heading', text: 'ADDR' }] };
    yield textRow(address.toString(16), { value: address });
  },
});

describe('language: pipelines', () => {
  it('hand each address to the next stage, and print a header once', function () {
    const session = openSession(this, { dcmds: [headed], walkers: [three] });
    assert.deepEqual(run(session, '::walk three | ::headed'), ['ADDR', '10', '20', '30']);
    assert.deepEqual(run(session, '10,3::headed'), ['ADDR', '10', '10', '10']);
    assert.deepEqual(run(session, '10::headed; 20::headed'), ['ADDR', '10', 'ADDR', '20']);
  });

  it('leave headings out of the pipe', function () {
    const session = openSession(this, { dcmds: [headed], walkers: [three] });
    assert.deepEqual(run(session, '::walk three | ::headed | ::map .+1'), ['11', '21', '31']);
  });

  it('read a row without a value as an expression, as mdb reads every row', function () {
    const rows = dcmd('rows', { run: () => [textRow('1+1'), textRow('  '), textRow('hz+4')] });
    const session = openSession(this, { dcmds: [rows] });
    assert.deepEqual(run(session, '::rows | ::map .'), ['2', 'fffffe0000100004']);
  });

  it('end where a row is no expression, and say where', function () {
    const rows = dcmd('rows', { run: () => [textRow('1'), textRow('PID NAME'), textRow('2')] });
    const session = openSession(this, { dcmds: [rows] });
    assert.deepEqual(run(session, '::rows | ::map .'), [
      '1',
      'mdb: syntax error on line 2 of (pipeline) near "NAME"',
    ]);
    assert.equal(session.status, 'error');
  });

  it('do not run a stage that gets nothing', function () {
    const session = openSession(this, { dcmds: [headed], walkers: [walker('none', () => [])] });
    assert.deepEqual(run(session, '::walk none | ::headed'), []);
    assert.equal(session.status, 'ok');
  });

  it('go on after an address that fails, and fail in the end', function () {
    const picky = dcmd('picky', {
      *run({ address }) {
        if (address === 0x20n) throw new LookupError('no such thing at 20');
        yield textRow(address.toString(16), { value: address });
      },
    });
    const session = openSession(this, { dcmds: [picky], walkers: [three] });
    const expected = ['11', 'mdb: no such thing at 20', '31'];
    assert.deepEqual(run(session, '::walk three | ::picky | ::map .+1'), expected);
    assert.equal(session.status, 'error');
  });

  it('end after wrong usage, with the usage line', function () {
    const wrong = dcmd('wrong', {
      synopsis: 'type',
      description: 'has a help page',
      run() {
        throw new UsageError('');
      },
    });
    const session = openSession(this, { dcmds: [wrong], walkers: [three] });
    assert.deepEqual(run(session, '::walk three | ::wrong; ::echo not reached'), [
      'Usage: [address]::wrong type',
      "mdb: try '::help wrong' for more information",
    ]);
    assert.equal(session.status, 'error');
  });

  it('end without a word more when a command aborts', function () {
    const abort: Dcmd = dcmd('abort', {
      *run({ address }) {
        yield textRow(`at ${address.toString(16)}`);
        throw new AbortError();
      },
    });
    const session = openSession(this, { dcmds: [abort], walkers: [three] });
    assert.deepEqual(run(session, '::walk three | ::abort'), ['at 10']);
  });

  it('show what a walk gave before it failed, then why it failed', function () {
    const session = openSession(this, { dcmds: [headed], walkers: [broken] });
    assert.deepEqual(run(session, '::walk broken | ::headed'), [
      'ADDR',
      '10',
      'mdb: failed to read 8 bytes at 18: no mapping for address',
    ]);
    assert.equal(session.status, 'error');
  });

  it('run no further than the last stage wants', function () {
    let steps = 0;
    const endless = walker('endless', function* () {
      for (let address = 0n; ; address++) {
        steps++;
        yield address;
      }
    });
    const session = openSession(this, { walkers: [endless] });
    assert.deepEqual(run(session, '::walk endless | ::map .*2 | ::head -3'), ['0', '2', '4']);
    assert.equal(steps, 3);
  });

  it('stop an endless walk at the walk limit, and say how to raise it', function () {
    const endless = walker('endless', function* () {
      for (;;) yield 1n;
    });
    const session = openSession(this, { walkers: [endless] });
    run(session, '::set -o walk_limit=2');
    assert.deepEqual(run(session, '::walk endless'), [
      '1',
      '1',
      'mdb: walk stopped after 2 elements',
      '::set -o walk_limit=20 lets it go on',
    ]);
  });

  it('give a stage its own dot while the stages behind it run', function () {
    const session = openSession(this, { walkers: [three] });
    const line = "10::eval '.=X; .+1=X' | ::map '.*100; .+5'";
    assert.deepEqual(run(session, line), ['1005', '1105']);
  });

  it('leave dot where the last stage left it', function () {
    const session = openSession(this, { walkers: [three] });
    run(session, '::walk three | ::map .+1');
    assert.equal(session.dot, 0x31n);
    run(session, '::walk three | ::eval 5');
    assert.equal(session.dot, 5n);
  });

  it('check every name before anything runs', function () {
    const session = openSession(this, { walkers: [three] });
    assert.deepEqual(run(session, '::walk three | ::nosuchname | ::map .'), [
      "mdb: invalid command '::nosuchname': unknown dcmd name",
    ]);
  });

  it('evaluate computed arguments once, before anything runs', function () {
    const session = openSession(this, { walkers: [three] });
    session.dot = 7n;
    assert.deepEqual(run(session, '::walk three | ::echo $[.]'), ['7 ', '7 ', '7 ']);
  });
});

describe('language: walk variables', () => {
  it('keep the element of their walk for all later stages', function () {
    const session = openSession(this, { walkers: [three, pairs] });
    const line = "::walk three a | ::walk pairs b | ::map '<a*100+<b'";
    assert.deepEqual(run(session, line), ['1011', '1012', '2021', '2022', '3031', '3032']);
  });

  it('follow their rows through a command that takes the whole pipe', function () {
    const reverse = dcmd('reverse', {
      run: () => [],
      runPipe: (_invocation, input) => [...input].reverse(),
    });
    const session = openSession(this, { dcmds: [reverse], walkers: [three, pairs] });
    const line = "::walk three a | ::walk pairs | ::reverse | ::map '<a'";
    assert.deepEqual(run(session, line), ['30', '30', '20', '20', '10', '10']);
  });

  it('are refused where they are read-only or no names', function () {
    const session = openSession(this, { walkers: [three] });
    assert.deepEqual(run(session, '::walk three a-b'), [
      "mdb: '-' may not be used in a variable name",
    ]);
  });
});

describe('language: calls', () => {
  it('repeat a command as often as the count says, moving by its increment', function () {
    const step = dcmd('step4', {
      *run({ session, address }) {
        session.increment = 4n;
        yield textRow(address.toString(16));
      },
    });
    const session = openSession(this, { dcmds: [step] });
    assert.deepEqual(run(session, '10,3::step4'), ['10', '14', '18']);
    assert.deepEqual(run(session, '10,0::step4'), []);
    assert.deepEqual(run(session, '7ffffffffffffffe,3::step4'), [
      '7ffffffffffffffe',
      "mdb: ',' would cause '.' to overflow",
    ]);
  });

  it('give the count to a command that takes it as an argument, once', function () {
    const bytes = dcmd('bytes', {
      takesCount: true,
      *run({ count }) {
        yield textRow(`count ${count}`);
      },
    });
    const session = openSession(this, { dcmds: [bytes] });
    assert.deepEqual(run(session, '0,20::bytes'), ['count 32']);
    assert.deepEqual(run(session, '0::bytes'), ['count undefined']);
  });

  it('ask for an address where one is required, and refuse one where none is taken', function () {
    const need = dcmd('need', { address: 'required', run: () => [textRow('ran')] });
    const none = dcmd('none', { address: 'none', run: () => [textRow('ran')] });
    const session = openSession(this, { dcmds: [need, none] });
    assert.deepEqual(run(session, '::need'), ['Usage: address::need [...]']);
    assert.deepEqual(run(session, '1::need'), ['ran']);
    assert.deepEqual(run(session, '1::none'), ['Usage: ::none [...]']);
    assert.deepEqual(run(session, '::none'), ['ran']);
  });

  it('take options out of the arguments, and print usage for those that are wrong', function () {
    const opt = dcmd('opt', {
      options: [
        { letter: 'v', argument: 'none', help: 'verbose' },
        { letter: 'c', argument: 'number', argumentName: 'count', help: 'how many' },
        { letter: 'f', argument: 'text', argumentName: 'name', help: 'which' },
      ],
      run: ({ options, arguments: words }) => [
        textRow(
          [
            options.has('v'),
            options.number('c'),
            options.text('f'),
            words.map((word) => (word.kind === 'word' ? word.text : word.value)).join(' '),
          ].join(','),
        ),
      ],
    });
    const session = openSession(this, { dcmds: [opt] });
    const usage = ['Usage: [address]::opt [-v] [-c count] [-f name] [...]'];
    const help = ["mdb: try '::help opt' for more information"];
    const check = (line: string, ...expected: string[]): void =>
      assert.deepEqual(run(session, line), expected);
    check('::opt', 'false,,,');
    check('::opt -v -c 10 -f x a -b', 'true,16,x,a -b');
    check('::opt -vc10', 'true,16,,');
    check('::opt -vfname', 'true,,name,');
    check('::opt -c $[8+8] $[1]', 'false,16,,1');
    check('::opt -- -v', 'false,,,-- -v');
    check('::opt - -v', 'false,,,- -v');
    check('::opt -q', 'mdb: illegal option -- q', ...usage, ...help);
    check('::opt -c', 'mdb: option requires an argument -- c', ...usage, ...help);
    check('::opt -c xyz', 'mdb: invalid option for -c: "xyz"', ...usage, ...help);
    check('::opt -f $[1]', 'mdb: string argument required for -f', ...usage, ...help);
    run(session, '0t10$d');
    check('::opt -c 10', 'false,10,,');
    check('::opt -c 0x10', 'false,16,,');
  });

  it('find a command by its module', function () {
    const ours = dcmd('ours', { run: () => [textRow('ran')] });
    const session = openSession(this, { dcmds: [{ ...ours, module: 'illumos' }] });
    assert.deepEqual(run(session, '::illumos`ours'), ['ran']);
    assert.equal(session.dcmd('genunix`ours'), undefined);
    assert.equal(session.dcmd('genunix`walk')?.name, 'walk');
  });
});

describe('language: cancelling', () => {
  it('ends a command at its next checkpoint, and leaves the session usable', function () {
    const endless = walker('endless', function* () {
      for (let address = 0n; ; address++) yield address;
    });
    const session = openSession(this, { walkers: [endless] });
    const seen: string[] = [];
    session.onProgress = ({ what }) => seen.push(what);
    const rows: string[] = [];
    for (const row of session.runPrompt('::walk endless')) {
      rows.push(row.spans[0]?.text ?? '');
      if (rows.length === 100) session.cancel();
    }
    assert.equal(rows.at(-1), 'mdb: command cancelled by user');
    assert.ok(rows.length < 3000, `${rows.length} rows`);
    assert.equal(session.status, 'error');
    assert.deepEqual(run(session, '1=X'), ['                1               ']);
    for (const row of session.runPrompt('::walk endless'))
      if (row.value === 5000n) session.cancel();
    assert.ok(seen.includes('walking endless'));
  });
});
