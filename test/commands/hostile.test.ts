/** Dumps with damaged memory: every command ends, says something, and leaves the session usable. */
import assert from 'node:assert/strict';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { safeText } from '../../debug-adapter/dap/safe-text.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { allScenarios, imageBytes } from '../../scripts/make-dumps.ts';
import { simulate } from '../../simulator/simulate.ts';
import { cGrammar, mdbGrammar } from '../support/grammars.ts';

/** Rows after which a line has shown that it gives rows. */
const rowLimit = 3000;

const lines = [
  '::status',
  '::panicinfo',
  '::cpuinfo -v',
  '::threadlist -v',
  '::ps',
  '::ptree',
  '::msgbuf',
  '$C -st',
  '::stackregs',
  '::stacks -a',
  '::stackscan',
  '::walk thread | ::stack -l',
  '::walk thread | ::findstack -v',
  '::walk thread | ::print',
  '::walk thread | ::print kthread_t t_ctx | ::list "struct ctxop" next | ::print -at "struct ctxop"',
  '::walk thread | ::table t_state t_procp->p_user.u_comm t_ctx->next->save_op',
  "::walk thread | ::filter 't_procp->p_stat > 0 && t_ctx != NULL' | ::count",
  '::walk thread | ::sort t_pri | ::uniq t_state | ::tail -2',
  '::walk proc | ::printf "%p %s %d\\n" proc_t . p_user.u_comm p_stat',
  '::walk cpu | ::print cpu_t cpu_thread | ::whatis -a',
  '<rsp::whatis -av',
  '<thread::pointers -s',
  '<thread::whattype -v',
  '<thread::kgrep | ::whatis',
  '<rip::dis',
  '<rsp::vtop -v',
  '<rsp,400::dump',
  '::mappings',
  '::objects',
  'sim_cpu::print -L',
  '::check',
];

describe('damaged dumps', function () {
  this.timeout(120_000);

  it('answer every command, or say why not', () => {
    const original = sampleBytes();
    for (let seed = 1; seed <= 6; seed++) {
      const bytes = damaged(original, seed);
      const inspector = open(bytes);
      for (const line of lines) run(inspector, line, `seed ${seed}`);
      assert.equal(run(inspector, '1+1=D', 'afterwards').join('').trim(), '2');
    }
  });

  it('that are cut off answer too', () => {
    const original = sampleBytes();
    for (const part of [0.2, 0.5, 0.8, 0.97]) {
      const bytes = original.subarray(0, Math.floor(original.length * part));
      const inspector = open(bytes);
      for (const line of lines) run(inspector, line, `first ${part * 100} %`);
    }
  });
});

function sampleBytes(): Uint8Array {
  const scenario = allScenarios().get('illumos/ctxop-panic-run');
  assert.ok(scenario);
  const simulation = simulate(scenario, imageBytes(scenario, 'buggy'), { variant: 'buggy' });
  return Buffer.concat([...simulation.core()].map((chunk) => chunk.slice()));
}

function open(bytes: Uint8Array): Inspector {
  const dump = openDump(bytesSource(bytes, 'damaged'));
  return createInspector(dump, { grammar: mdbGrammar, cGrammar });
}

/** Overwrites words of memory with numbers that look like pointers, small numbers and noise. */
function damaged(original: Uint8Array, seed: number): Uint8Array {
  const bytes = original.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let state = seed;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 4) % limit;
  };
  const dump = openDump(bytesSource(original, 'original'));
  const segments = dump.segments.filter(({ virtualAddress }) => virtualAddress !== undefined);
  for (let count = 0; count < 1500; count++) {
    const segment = segments[next(segments.length)];
    const other = segments[next(segments.length)];
    if (!segment || !other) continue;
    const word = segment.fileOffset + next(Number(segment.size) / 8) * 8;
    const pointer = (other.virtualAddress ?? 0n) + BigInt(next(Number(other.size)));
    const value = [pointer & ~7n, pointer, BigInt(next(64)), 0n, 0xdeadbeefn << 32n][next(5)] ?? 0n;
    if (word + 8 <= bytes.length) view.setBigUint64(word, BigInt.asUintN(64, value), true);
  }
  return bytes;
}

function run(inspector: Inspector, line: string, where: string): string[] {
  const texts: string[] = [];
  try {
    for (const row of inspector.execute(line)) {
      texts.push(rowText(row));
      if (texts.length >= rowLimit) break;
    }
  } catch (error) {
    assert.fail(`${where}: ${line}: ${error instanceof Error ? error.stack : String(error)}`);
  }
  // The shells escape what a command forgets; what comes out of damaged memory must not drive a terminal.
  for (const text of texts)
    assert.doesNotMatch(safeText(text).replaceAll('\t', ' '), /\p{Cc}/u, `${where}: ${line}`);
  return texts;
}
