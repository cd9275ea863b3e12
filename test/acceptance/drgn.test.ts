/** drgn, on the kernel and dump that we write, reads what we read: layouts, symbols, memory, stacks. */
import assert from 'node:assert/strict';
import { openTarget } from '../../debug-adapter/target/open-target.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { frameScopes } from '../../debug-adapter/target/locals.ts';
import type { Frame, Target } from '../../debug-adapter/target/target.ts';
import type { CType, RecordType } from '../../dump-format/ctype.ts';
import type { Memory } from '../../dump-format/memory.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { askDrgn, hasDrgn, type DrgnMember } from '../support/drgn.ts';
import { withDumpFiles } from '../support/gdb.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

const dumps = [
  ['illumos/ctxop-panic-run', 'buggy'],
  ['akaros/vmcs-ctrl-c', 'buggy'],
  ['dragonfly/df01-stale-tlb', 'buggy'],
  ['freebsd/fb01-curpmap-uaf', 'buggy'],
  ['kvm/kv01-hcall-gpr3', 'buggy'],
] as const;

/** Bytes that are compared at each global variable. */
const comparedBytes = 64;

describe('drgn agrees', function () {
  this.timeout(60_000);
  before(function () {
    if (!hasDrgn) this.skip();
  });

  for (const [path, variant] of dumps)
    it(`on ${path} ${variant}`, () => {
      const bytes = coreBytes(simulateAt(path, variant));
      const dump = openDump(bytesSource(bytes, path));
      const target = openTarget(dump);
      const records = [...target.types.names()].flatMap(({ name, kind }) =>
        kind === 'struct' || kind === 'union'
          ? recordOf(target.types.lookup(`${kind} ${name}`))
          : [],
      );
      // A name may stand for several static symbols: drgn and we may choose another.
      const counts = new Map<string, number>();
      for (const { name } of dump.symbols.all()) counts.set(name, (counts.get(name) ?? 0) + 1);
      const symbols = [...dump.symbols.all()].filter(
        ({ name, size, sectionIndex }) => counts.get(name) === 1 && size > 0n && sectionIndex !== 0,
      );
      const memory = symbols
        .filter(({ type }) => type === 'object')
        .map(({ address }) => ({ address: address.toString(16), length: comparedBytes }));
      const theirs = withDumpFiles(bytes, (files) =>
        askDrgn(files, {
          types: records.map(({ kind, name }) => `${kind} ${name}`),
          symbols: symbols.map(({ name }) => name),
          memory,
        }),
      );

      const layouts = records.map((record) => [record.size, record.members.map(memberOf)]);
      assert.deepEqual(theirs.types, layouts);
      assert.deepEqual(
        theirs.symbols,
        symbols.map(({ address }) => `0x${address.toString(16)}`),
      );
      assert.deepEqual(
        theirs.memory,
        memory.map(({ address, length }) =>
          readOrNull(dump.virtual, BigInt(`0x${address}`), length),
        ),
      );
      const stacks = target.cpus.map(({ index: cpu, registers }) => ({
        thread: cpu + 1,
        rsp: `0x${(registers.get('rsp') ?? 0n).toString(16)}`,
        frames: [...target.stack({ kind: 'cpu', cpu })].flatMap((frame) => namesOf(target, frame)),
      }));
      assert.deepEqual(
        theirs.stacks.toSorted((a, b) => a.thread - b.thread),
        stacks.toSorted((a, b) => a.thread - b.thread),
      );
      assert.ok(records.length > 20 && symbols.length > 100 && memory.length > 20);
    });
});

function recordOf(type: CType | undefined): RecordType[] {
  return (type?.kind === 'struct' || type?.kind === 'union') && !type.isDeclaration ? [type] : [];
}

function memberOf({ name, offset, bitField }: RecordType['members'][number]): DrgnMember {
  return [name ?? null, bitField?.offsetBits ?? offset * 8, bitField?.sizeBits ?? null];
}

function readOrNull(memory: Memory, address: bigint, length: number): string | null {
  const bytes = memory.readAvailable(address, length);
  return bytes.length === length ? Buffer.from(bytes).toString('hex') : null;
}

/** Functions of a frame, inlined ones first; drgn has no name where there is no debug information. */
function namesOf(target: Target, frame: Frame): (string | null)[] {
  const scopes = frameScopes(target, frame);
  return scopes.length === 0 ? [null] : scopes.map((scope) => scope.function);
}
