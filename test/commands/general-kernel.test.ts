/** The commands for a kernel that has none of its own: what its module says of threads, processes and messages is shown. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import type { KernelModule } from '../../debug-adapter/kernels/kernel.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { KernelThread, Target } from '../../debug-adapter/target/target.ts';
import { FaultError } from '../../dump-format/errors.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';

/** Three threads: two of a process, one without; the objects are the nodes of the program `lists`. */
function threadsOf(target: Target): KernelThread[] {
  const place = (name: string): bigint => target.symbolAddress(name);
  const base = { type: 'node_t', start: undefined, cpu: undefined };
  const process = place('three');
  return [
    { ...base, address: place('one'), name: 'first', state: 'RUN', id: '7', process },
    {
      ...base,
      address: place('two'),
      name: 'first',
      state: 'SLEEP',
      id: '8',
      process,
      waitsFor: 'cv',
    },
    {
      ...base,
      address: place('ring_a'),
      name: 'id\x1b[31mle',
      state: 'IDLE',
      id: '0',
      process: undefined,
    },
  ];
}

const kernel: KernelModule = {
  name: 'toy',
  detect: (target) => target.symbols.byName('ring_a') !== undefined,
  dcmds: [],
  walkers: [],
  attach: (target) => ({
    name: 'toy',
    operatingSystem: 'toy 1.0',
    panicMessage: undefined,
    panicCpu: undefined,
    threads: () => threadsOf(target),
    currentThread: () => undefined,
    messages: () => ['one\n', 'two\nthree\n', 'bell\x07'],
    whatis: () => [],
    references: [],
  }),
};

const broken: KernelModule = {
  ...kernel,
  attach() {
    throw new FaultError(0x1000n, 8);
  },
};

describe('commands for any kernel', () => {
  let inspector: Inspector;
  let damaged: Inspector;

  before(function () {
    const opened = openNamedTarget('program lists');
    if ('reason' in opened) this.skip();
    const open = (module: KernelModule): Inspector =>
      createInspector(openTarget(opened.dump, { kernelModules: [module] }), {
        grammar: mdbGrammar,
        cGrammar,
      });
    inspector = open(kernel);
    damaged = open(broken);
  });

  const lines = (line: string): string[] => [...inspector.execute(line)].map(rowText);

  it('::threadlist', () => {
    assert.deepEqual(lines('::threadlist'), [
      '            ADDR             PROC STATE    CPU     ID NAME',
      '0000000000600040           600000 RUN        -      7 first',
      '0000000000600020           600000 SLEEP      -      8 first',
      '00000000006000a0                - IDLE       -      0 id\\033[31mle',
    ]);
    assert.deepEqual(lines('two::threadlist').slice(1), [
      '0000000000600020           600000 SLEEP      -      8 first',
    ]);
    assert.match(lines('two::threadlist -v').join('\n'), /\n {2}no saved context\n$/);
    assert.deepEqual(lines('::threadlist | ::print value'), [
      'value = 0x1',
      'value = 0x2',
      'value = 0xa',
    ]);
    assert.match(lines('three::threadlist').join(), /600000 is not a thread/);
  });

  it('::ps and ::ptree', () => {
    assert.deepEqual(lines('::ps'), [
      '            ADDR THREADS NAME',
      '0000000000600000       2 first',
    ]);
    assert.deepEqual(lines('::ptree'), [
      '0000000000600000  first',
      '     0000000000600040  first/7 RUN',
      '     0000000000600020  first/8 SLEEP',
      '00000000006000a0  id\\033[31mle/0 IDLE',
    ]);
    assert.deepEqual(lines('::ps | ::print node_t value'), ['value = 0x3']);
  });

  it('::msgbuf', () => {
    assert.deepEqual(lines('::msgbuf'), ['MESSAGE', 'one', 'two', 'three', 'bell\\a']);
    assert.deepEqual(lines('::msgbuf -n 1'), ['MESSAGE', 'bell\\a']);
    assert.deepEqual(lines('::msgbuf -n 0'), ['MESSAGE']);
  });

  it('::stacks groups threads by what they wait for', () => {
    const text = lines('::stacks').filter((line) => /^[\da-f]/.test(line));
    assert.deepEqual(text, [
      '6000a0           IDLE     <NONE>                  1',
      '600040           RUN      <NONE>                  1',
      '600020           SLEEP    CV                      1',
    ]);
    assert.deepEqual(lines('::stacks -s cv | ::map .'), ['600020']);
    assert.deepEqual(lines('::stacks -i | ::map .'), ['6000a0', '600040']);
    assert.match(lines('::stacks').join('\n'), /\(no saved context\)/);
    assert.match(lines('::stacks x').join('\n'), /^Usage:/);
  });

  it('::status names the kernel, and warns of one that can not be read', () => {
    assert.match(lines('::status').join('\n'), /^operating system: toy 1\.0$/m);
    const [warning, first] = [...damaged.execute('::status')].map(rowText);
    assert.match(
      warning ?? '',
      /^error: .*: it shows toy, but: failed to read 8 bytes at 1000: no mapping for address$/,
    );
    assert.match(first ?? '', /^debugging executable lists \(64-bit\)$/);
    assert.match([...damaged.execute('::threadlist')].map(rowText).join(), /^$/);
  });

  it('::typelist', () => {
    assert.deepEqual(lines('::typelist node'), ['struct node', 'node_t']);
    assert.deepEqual(lines('::typelist -l -k enum state'), ['       4 enum state']);
    assert.ok(lines('::typelist').includes('flag_t'));
    assert.match(lines('::typelist (').join('\n'), /invalid pattern/);
  });

  it('::showrev and ::objects', () => {
    assert.match(lines('::showrev').join('\n'), /^Kernel version: toy toy 1\.0$/m);
    assert.match(lines('::objects')[1] ?? '', /^ +401000 +600[\da-f]{3} +[\da-f]+ toy$/);
    assert.match(lines('::objects -v')[1] ?? '', /^toy +toy 1\.0, build id [\da-f]{40}$/);
  });
});
