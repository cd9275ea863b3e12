/** `::panicinfo`: the CPU, the thread, the message and the registers of a panic. */
import { controlRegister } from '../target/control-registers.ts';
import { escapeControls } from '../print/escape.ts';
import { LookupError } from '../../dump-format/errors.ts';
import type { Dcmd, Row } from './command.ts';

/** In mdb's order. Source: illumos-gate, cmd/mdb/intel/modules/unix, the amd64 register names of `::panicinfo`. */
const registerNames =
  'rdi rsi rdx rcx r8 r9 rax rbx rbp r10 r11 r12 r13 r14 r15 fsbase gsbase ds es fs gs trapno err rip cs rflags rsp ss cr0 cr2 cr3 cr4'.split(
    ' ',
  );

const otherNames: Readonly<Record<string, string>> = { fsbase: 'fs_base', gsbase: 'gs_base' };

export const panicinfo: Dcmd = {
  name: 'panicinfo',
  address: 'none',
  summary: 'print panic information',
  description: 'Registers that the dump lacks are left out.',
  options: [],
  examples: [{ line: '::panicinfo', explains: 'who panicked, and with what in the registers' }],
  origin: 'mdb',
  *run({ target }) {
    const { kernel, panicCpu } = target;
    if (target.cpus.length === 0) throw new LookupError('no registers in this dump');
    yield pair('cpu', panicCpu.index.toString().padStart(16), panicCpu.index);
    const thread = kernel?.currentThread(panicCpu);
    if (thread !== undefined) yield pair('thread', thread.toString(16).padStart(16), thread);
    const message = kernel?.panicMessage;
    if (message !== undefined) yield pair('message', escapeControls(message), message);
    for (const name of registerNames) {
      const value =
        controlRegister(target, panicCpu, name) ??
        controlRegister(target, panicCpu, otherNames[name] ?? name);
      if (value !== undefined) yield pair(name, value.toString(16).padStart(16), value);
    }
  },
};

function pair(name: string, text: string, value: unknown): Row {
  return {
    spans: [
      { kind: 'member', text: name.padStart(16) },
      { kind: 'text', text: ` ${text}` },
    ],
    data: { name, value },
  };
}
