/** The trap that Akaros panics for: what `$r`, `<rip`, `$C` and `::dis` show of it is what gdb finds in that frame. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { FrameTable } from '../../debug-adapter/dap/frames.ts';
import { ThreadList } from '../../debug-adapter/dap/threads.ts';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { hasGdb } from '../support/gdb.ts';
import { agreesWithGdb } from '../support/panic-trap.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

/** Where the last instruction was, by scenario. */
const callers: Readonly<Record<string, readonly string[]>> = {
  'akaros/vmcs-ctrl-c': ['vmx_clear_vmcs', '__abandon_core', 'abandon_core', 'proc_restartcore'],
  'akaros/vmcs-core-regranted': [
    'vmx_clear_vmcs',
    'vmx_load_guest_pcore',
    'load_guest_pcore',
    'proc_pop_vm_tf',
  ],
};

describe('the panic of Akaros', function () {
  this.timeout(60_000);

  for (const [path, functions] of Object.entries(callers)) {
    it(`begins at the trap: ${path}`, () => {
      const target = simulatedTarget(path, 'buggy');
      const inspector = createInspector(target, { grammar: mdbGrammar });
      const lines = (line: string): string[] => [...inspector.execute(line)].map(rowText);
      const stack = lines('$C').map((line) => /^[0-9a-f]+ (\w+)/.exec(line)?.[1]);
      assert.deepEqual(stack.slice(0, functions.length), functions);
      assert.match(lines('$r').join('\n'), /%rcx = 0x0{15}1 [^]*%trapno = 0x6\t/);
      assert.deepEqual(
        lines('<rip-7,3/ai')
          .slice(1)
          .map((line) => line.split(/\s+/)[1]),
        ['invept', 'ja', 'ud2'],
      );
      assert.match(lines('<rax,2/J').join(' '), /^0x[0-9a-f]+: +0 +0 +$/);
    });

    it(`has the registers that gdb finds in that frame: ${path}`, function () {
      if (!hasGdb) this.skip();
      agreesWithGdb(path, 'buggy', {
        function: `${functions[0]} \\(|__invept`,
        instruction: 'ud2',
      });
    });
  }

  it('is shown by an editor at the instruction that trapped', () => {
    const target = simulatedTarget('akaros/vmcs-ctrl-c', 'buggy');
    const stack = new FrameTable(target).stack(new ThreadList(target).selected);
    const leading = stack.filter(({ frame, isPanicking }) => frame && !isPanicking);
    assert.deepEqual(
      leading.slice(0, 3).map((entry) => entry.function),
      ['__invept', 'ept_sync_context', 'vmx_clear_vmcs'],
    );
    assert.ok(stack.some((entry) => entry.function === 'trap_dispatch' && entry.isPanicking));
  });

  it('without a trap has the registers of the CPU', () => {
    const { panicRegisters, panicCpu, kernel } = simulatedTarget(
      'akaros/vmcs-kill-9',
      'free-blocks',
    );
    assert.equal(kernel?.panicTrap, undefined);
    assert.equal(panicRegisters, panicCpu.registers);
  });
});
