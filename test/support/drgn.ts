/** drgn as an outside judge of dumps: what it reads of types, symbols, memory and stacks. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DumpFiles } from './gdb.ts';

export const hasDrgn = spawnSync('drgn', ['--version']).status === 0;

/** What drgn is asked for. */
export interface DrgnQuestions {
  /** Tags of structures and unions, as C spells them: `struct ctxop`. */
  readonly types: readonly string[];
  readonly symbols: readonly string[];
  /** Addresses in hexadecimal, and how many bytes are read there. */
  readonly memory: readonly { readonly address: string; readonly length: number }[];
}

export interface DrgnAnswers {
  /** Size, and for each member its name, offset and width as bit-field in bits; null for a type that drgn doesn't know. */
  readonly types: readonly (readonly [number, readonly DrgnMember[]] | null)[];
  /** Addresses in hexadecimal. */
  readonly symbols: readonly (string | null)[];
  /** In hexadecimal; null where it can't be read. */
  readonly memory: readonly (string | null)[];
  /** By thread id: names of functions from the innermost frame in the kernel (drgn goes on into user mode, or ends with a frame that has no pc), and the stack pointer of that in hexadecimal. */
  readonly stacks: readonly {
    readonly thread: number;
    readonly rsp: string;
    readonly frames: readonly (string | null)[];
  }[];
}

export type DrgnMember = readonly [name: string | null, bitOffset: number, bitField: number | null];

const script = `import json, sys
questions = json.load(open(sys.argv[1]))
def answer(question, ask):
    try: return ask(question)
    except (LookupError, FaultError): return None
def layout(name):
    found = prog.type(name)
    return [found.size, [[m.name, m.bit_offset, m.bit_field_size] for m in found.members]]
def stack(thread):
    trace = prog.stack_trace(thread.tid)
    return {'thread': thread.tid, 'rsp': hex(trace[0].register('rsp')), 'frames': [frame.name for n, frame in enumerate(trace) if n == 0 or answer(frame, lambda frame: frame.pc >> 63)]}
from drgn import FaultError
json.dump({
  'types': [answer(name, layout) for name in questions['types']],
  'symbols': [answer(name, lambda name: hex(prog.symbol(name).address)) for name in questions['symbols']],
  'memory': [answer(each, lambda each: prog.read(int(each['address'], 16), each['length']).hex()) for each in questions['memory']],
  'stacks': [stack(thread) for thread in prog.threads()],
}, open(sys.argv[2], 'w'))
`;

/** @throws Error with what drgn printed when it can't open the dump */
export function askDrgn(
  { folder, dump, kernel }: DumpFiles,
  questions: DrgnQuestions,
): DrgnAnswers {
  const program = join(folder, 'ask.py');
  const asked = join(folder, 'asked.json');
  const answered = join(folder, 'answered.json');
  writeFileSync(program, script);
  writeFileSync(asked, JSON.stringify(questions));
  const words = ['-q', '--no-default-symbols', '-c', dump, '-s', kernel, program, asked, answered];
  const { status, stderr } = spawnSync('drgn', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`drgn: ${stderr}`);
  const answers: DrgnAnswers = JSON.parse(readFileSync(answered, 'utf8'));
  return answers;
}
