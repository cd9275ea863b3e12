/** The disassembler: every instruction of a kernel against objdump, and going backwards. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { openFile } from '../../dump-format/file-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import type { Dump } from '../../dump-format/dump.ts';
import {
  instructionsBefore,
  readInstruction,
} from '../../debug-adapter/commands/lib-disassembler.ts';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import type { Target } from '../../debug-adapter/target/target.ts';
import { projectRoot } from '../support/grammars.ts';

const image = join(projectRoot, 'sample-dumps/kernels/illumos/images/buggy.elf');

describe('the disassembler', function () {
  this.timeout(60_000);
  let dump: Dump;
  let target: Target;

  before(() => {
    dump = openDump(openFile(image));
    target = openTarget(dump);
  });

  after(() => dump.close());

  it('finds the instructions that objdump finds, with the same mnemonics', function () {
    if (spawnSync('objdump', ['--version']).status !== 0) this.skip();
    const options = ['-d', '--no-show-raw-insn', '-j', '.text', '-M', 'suffix', image];
    const listing = execFileSync('objdump', options, { encoding: 'utf8', maxBuffer: 1 << 28 });
    let next: bigint | undefined;
    let count = 0;
    for (const [, digits = '', text = ''] of listing.matchAll(/^\s*([\da-f]{6,16}):\t(.*)$/gm)) {
      const address = BigInt(`0x${digits}`);
      const ours = readInstruction(target, address);
      if (next !== undefined) assert.equal(address, next, text);
      next = address + BigInt(ours.lengthBytes);
      // Prefixes that only pad are left out by us; the suffix of a width is a matter of taste.
      const bare = (line: string): string =>
        (line.replace(/^(?:(?:cs|data16) )+/, '').split(/\s/)[0] ?? '').replace(/[qlwb]+$/, '');
      assert.equal(bare(ours.text), bare(text), `${text} / ${ours.text}`);
      count++;
    }
    assert.ok(count > 5000);
  });

  it('goes backwards to where an instruction begins', () => {
    const start = target.symbolAddress('savectx');
    const forward: bigint[] = [];
    let address = start;
    for (let count = 0; count < 20; count++) {
      forward.push(address);
      address += BigInt(readInstruction(target, address).lengthBytes);
    }
    const before = instructionsBefore(target, address, 5).map((each) => each.address);
    assert.deepEqual(before, forward.slice(-5));
    assert.deepEqual(instructionsBefore(target, 0x1000n, 5), []);
  });

  it('names what branches and operands refer to', () => {
    const start = target.symbolAddress('installctx');
    const texts: string[] = [];
    for (let address = start; texts.length < 60;) {
      const each = readInstruction(target, address);
      texts.push(each.text);
      address += BigInt(each.lengthBytes);
    }
    assert.ok(texts.some((text) => /^call {3}[-+]0x[\da-f]+\t<\w+>$/.test(text)));
  });
});
