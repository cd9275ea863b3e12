/** The commands about a kernel, on a dump that the machine made; what they say is held against the dump's own facts. */
import assert from 'node:assert/strict';
import { rowText, type Row } from '../../debug-adapter/commands/command.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import type { Dump } from '../../dump-format/dump.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';

describe('commands on a sample dump', function () {
  this.timeout(60_000);
  let dump: Dump;
  let inspector: Inspector;

  before(function () {
    const opened = openNamedTarget('scenario illumos/ctxop-panic-run buggy');
    if ('reason' in opened) this.skip();
    dump = opened.dump;
    inspector = createInspector(dump, { grammar: mdbGrammar, cGrammar });
  });

  const rows = (line: string): Row[] => [...inspector.execute(line)];
  const lines = (line: string): string[] => rows(line).map(rowText);
  const values = (line: string): bigint[] =>
    rows(line).flatMap((row) => (row.value === undefined ? [] : [row.value]));
  const functions = (line: string): string[] =>
    rows(line).flatMap((row) => (row.data?.['function'] === undefined ? [] : [rowText(row)]));

  const panicStack = [
    'vpanic',
    'panic',
    'save_guest_fpustate',
    'vm_run',
    'vmmdev_do_ioctl',
    'vmm_ioctl',
    'cdev_ioctl',
    'spec_ioctl',
    'fop_ioctl',
    'ioctl',
  ];

  it('$c is the stack of the panic, and ends where the kernel was entered', () => {
    const names = functions('$c').map((text) => text.replace(/[+(].*$/, ''));
    assert.deepEqual(names.slice(0, panicStack.length), panicStack);
    assert.doesNotMatch(lines('$c').join('\n'), /unwind stopped/);
  });

  it('$C ascends, and its sizes are the differences', () => {
    const frames = lines('$C -s');
    const pointers = frames.map((line) => BigInt(`0x${/[\da-f]{16}/.exec(line)?.[0] ?? '0'}`));
    for (const [index, line] of frames.entries()) {
      const size = /^\[ *([\da-f]+)\]/.exec(line)?.[1];
      const before = pointers[index - 1];
      if (size !== undefined && before !== undefined)
        assert.equal(BigInt(`0x${size}`), (pointers[index] ?? 0n) - before, line);
    }
    assert.ok(
      pointers.every((pointer, index) => index === 0 || pointer > (pointers[index - 1] ?? 0n)),
    );
  });

  it('arguments with types name what mdb names', () => {
    const [, , guest] = lines('$c -t');
    assert.match(guest ?? '', /^void save_guest_fpustate\+0x[\da-f]+ \(\(struct vcpu \*\)fffffe/);
    assert.match(lines('$c 1')[3] ?? '', /^vm_run\+0x[\da-f]+\([\da-f]+\)$/);
    assert.match(lines('$c 0')[3] ?? '', /^vm_run\+0x[\da-f]+\(\)$/);
    assert.match(lines('$c -n')[0] ?? '', /^ffffffff[\da-f]{8}\(/);
    assert.match(lines('::stack -l')[0] ?? '', /panic\.c:\d+$/);
  });

  it('a stack from a frame pointer is the rest of the stack', () => {
    const all = functions('$c 0');
    assert.deepEqual(functions('<rbp::stack 0'), all.slice(1));
  });

  it('every thread has a stack that ends as it should', () => {
    for (const thread of values('::walk thread')) {
      const text = lines(`${thread.toString(16)}::stack`);
      assert.ok(text.length > 0, thread.toString(16));
      assert.doesNotMatch(text.join('\n'), /unwind stopped/, thread.toString(16));
    }
  });

  it('::stacks counts every thread once, the panic last', () => {
    const threads = values('::walk thread');
    const groups = rows('::stacks').filter((row) => row.data?.['count'] !== undefined);
    const counted = groups.reduce((sum, row) => sum + Number(row.data?.['count']), 0);
    assert.equal(counted, threads.length);
    assert.match(rowText(groups.at(-1) ?? { spans: [] }), / PANIC +/);
    assert.deepEqual(values('::stacks | ::map .').toSorted(), threads.toSorted());
    assert.deepEqual(values('::walk thread | ::stacks | ::map .').toSorted(), threads.toSorted());
  });

  it('::stacks -c and -C part the threads', () => {
    const all = values('::stacks | ::map .').length;
    const sleeping = values('::stacks -c swtch | ::map .');
    const others = values('::stacks -C swtch | ::map .');
    assert.ok(sleeping.length > 0 && others.length > 0);
    assert.equal(sleeping.length + others.length, all);
    const asleep = values('::stacks -t SLEEP | ::map .').length;
    const awake = values('::stacks -T sleep | ::map .').length;
    assert.equal(asleep + awake, all);
    assert.equal(values('::stacks -m vmm | ::map .').length > 0, true);
  });

  it('registers are those of the notes', () => {
    for (const { cpu, registers } of dump.cpus) {
      const text = lines(`::cpuregs -c ${cpu}`).join('\n');
      for (const name of ['rax', 'r15', 'rip', 'rsp', 'rdi']) {
        const value = (registers.get(name) ?? 0n).toString(16).padStart(16, '0');
        assert.match(text, new RegExp(`%${name} *= 0x${value}`));
      }
    }
    assert.deepEqual(lines('$r'), lines('::cpuregs'));
    assert.match(lines('::regs').join('\n'), /status=<.*>\n\n%cs = 0x0008\t/);
    assert.match(lines('9::cpuregs').join('\n'), /no cpu 9: the dump has 0 1/);
  });

  it('::panicinfo has the thread and the message', () => {
    const [thread] = values('<thread::map .');
    const info = lines('::panicinfo');
    assert.match(info[0] ?? '', /^ {13}cpu {16}0$/);
    assert.equal(info[1], `          thread ${thread?.toString(16) ?? ''}`);
    assert.equal(info[2], '         message fpu emulation not enabled in host!');
    assert.ok(
      info.includes(`             rip ${dump.cpus[0]?.registers.get('rip')?.toString(16) ?? ''}`),
    );
  });

  it('::vtop finds through the page tables what the segments say', () => {
    let checked = 0;
    for (const { virtualAddress: start, physicalAddress, size } of dump.segments) {
      if (start === undefined || physicalAddress === undefined) continue;
      const address = start + size / 2n;
      const expected = (physicalAddress + size / 2n).toString(16);
      const text = lines(`${address.toString(16)}::vtop`).join();
      assert.equal(text, `virtual ${address.toString(16)} mapped to physical ${expected}`);
      checked++;
    }
    assert.ok(checked > 10);
    const levels = lines('<rsp::vtop -v').map((line) => line.split(/[[ ]/)[0]);
    assert.deepEqual(levels, ['PML4', 'PDPT', 'PD', 'PT', 'virtual']);
    assert.match(
      lines('1000::vtop').join(),
      /failed to get physical mapping of 1000: \w+ entry is/,
    );
  });

  it('::kgrep finds what reading every word finds', () => {
    const [thread = 0n] = values('<thread::map .');
    const found: bigint[] = [];
    for (let from = 0n; ;) {
      const range = dump.virtual.rangeAtOrAbove(from);
      if (!range) break;
      for (let at = range.start; at + 8n <= range.end; at += 8n)
        if (dump.virtual.readU64(at) === thread) found.push(at);
      from = range.end;
    }
    assert.deepEqual(values(`${thread.toString(16)}::kgrep`), found);
    assert.ok(found.length > 5);
  });

  it('::pointers names holders, and each of them really points there', () => {
    const [thread = 0n] = values('<thread::map .');
    const found = rows('<thread::pointers').filter((row) => row.data?.['holder'] !== undefined);
    const members = found.map((row) => String(row.data?.['member']));
    assert.ok(members.includes('panic_thread'));
    assert.ok(members.some((member) => member.startsWith('lwp_thread of ')));
    for (const row of found) {
      const holder = row.data?.['holder'];
      assert.ok(typeof holder === 'bigint');
      assert.equal(dump.virtual.readU64(holder), thread);
    }
    assert.equal(new Set(found.map((row) => row.data?.['holder'])).size, found.length);
    const withStacks = lines('<thread::pointers -s').join('\n');
    assert.match(withStacks, /register +%rbx of cpu 0/);
  });

  it('::whattype knows objects that only pointers lead to', () => {
    assert.match(lines('*vmm_vm::whattype -v').join(), /is struct vm \(pointed to by vmm_vm\)$/);
    const [lwp = 0n] = values('<thread::print kthread_t t_lwp | ::map .');
    const inside = lines(`${(lwp + 8n).toString(16)}::whattype`).join();
    assert.match(inside, /in a (klwp_t|struct _klwp), member \w+/);
  });

  it('::whatis asks the kernel first, then types, symbols and memory', () => {
    assert.match(lines('<rsp::whatis').join(), /is in thread [\da-f]+'s stack/);
    assert.match(lines('<rip::whatis').join(), /is vpanic\+0x[\da-f]+, in \w+'s text segment$/);
    assert.match(lines('t0::whatis -a').join('\n'), /is t0, in \w+'s data segment/);
    assert.equal(lines('1234::whatis').join(), '1234 is unknown');
  });

  it('::stackscan finds the frames that unwinding found', () => {
    const returns = values('$c 0').slice(1, 5);
    const scanned = values('::stackscan -s');
    for (const pc of returns) assert.ok(scanned.includes(pc), pc.toString(16));
  });

  it('::findstack begins with the saved stack pointer', () => {
    const [first, second] = lines('<thread::findstack');
    assert.match(first ?? '', /^stack pointer for thread [\da-f]+: [\da-f]+$/);
    assert.match(second ?? '', /^\[ [\da-f]{16} vpanic\+0x[\da-f]+\(\) \]$/);
    assert.match(lines('1234::findstack').join(), /1234 is not a thread/);
  });

  it('the type of a walk goes through the pipe', () => {
    assert.deepEqual(
      lines('::walk thread | ::print t_state'),
      lines('::walk thread | ::print kthread_t t_state'),
    );
    const count = values('::walk thread').length;
    assert.equal(
      lines("::walk thread | ::filter 't_procp != NULL' | ::count").join(),
      String(count),
    );
    assert.equal(lines('::walk thread | ::table t_state t_procp').length, count + 1);
  });

  it('tells its tables as data', () => {
    const [heading, first] = rows('::mappings');
    assert.equal(heading?.value, undefined);
    assert.equal(typeof first?.data?.['size'], 'bigint');
    assert.match(lines('::objects')[1] ?? '', /^[\da-f ]{50} \w+$/);
    assert.match(lines('<rsp::mappings')[1] ?? '', /rw- \[ anon \]$/);
    assert.match(lines('<rip::mappings')[1] ?? '', /r-x \w+$/);
  });
});
