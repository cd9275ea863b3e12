/** Page tables as a map and as a walk, held against the translation of every range's first page. */
import assert from 'node:assert/strict';
import { createInspector } from '../../debug-adapter/inspector.ts';
import { translate } from '../../debug-adapter/target/translate.ts';
import {
  landmarksOf,
  mappedRanges,
  pageTablesOf,
  tablesOfCpu,
  walkOf,
} from '../../debug-adapter/views/address-space.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { simulatedTarget } from '../support/simulated-dumps.ts';

describe('address space', () => {
  for (const scenario of [
    'illumos/ctxop-panic-run',
    'dragonfly/df01-stale-tlb',
    'akaros/vmcs-kill',
  ])
    it(`maps what a walk of each page finds: ${scenario}`, () => {
      const target = simulatedTarget(scenario, 'buggy');
      for (const tables of pageTablesOf(target)) {
        const ranges = [...mappedRanges(target, tables)].filter((range) => range !== undefined);
        assert.ok(ranges.length > 2);
        let end = 0n;
        for (const { start, size, rights, present, pageSize } of ranges) {
          assert.ok(start >= end, 'by address, without overlap');
          end = start + size;
          assert.ok(present <= size);
          for (const address of [start, end - 1n]) {
            const walk = translate(target.physical, tables.cr3, address, tables.depth);
            assert.ok(walk.physicalAddress !== undefined, walk.problem);
            assert.equal(
              rights,
              `r${walk.isWritable ? 'w' : '-'}${walk.isExecutable ? 'x' : '-'}${walk.isUser ? 'u' : '-'}`,
            );
          }
          assert.ok(size % pageSize === 0n || size > pageSize);
          const before = translate(target.physical, tables.cr3, start - 1n, tables.depth);
          const neighbour = ranges.find((each) => each.start + each.size === start);
          assert.equal(before.physicalAddress !== undefined, neighbour !== undefined);
        }
      }
    });

  it('walks an address level by level, and says where it ends', () => {
    const target = simulatedTarget('illumos/ctxop-panic-run', 'buggy');
    const inspector = createInspector(target, { grammar: mdbGrammar });
    const walk = walkOf(inspector, '<rip', undefined);
    assert.deepEqual(
      walk.steps.map(({ level }) => level),
      ['PML4', 'PDPT', 'PD', 'PT'],
    );
    assert.deepEqual(walk.steps.map(({ index }) => index).slice(0, 3), [511, 510, 0]);
    // The kernel is linked 0xffffffff80000000 above its physical place.
    assert.equal(walk.physicalAddress, walk.virtualAddress - 0xffffffff80000000n);
    assert.equal(walk.isPresent, true);
    assert.match(walk.symbol ?? '', /^vpanic\+/);
    const nowhere = walkOf(inspector, '10', undefined);
    assert.equal(nowhere.isPresent, false);
    assert.match(nowhere.problem ?? '', /not present/);
    assert.throws(() => tablesOfCpu(target, 77), /CPU 77/);
  });

  it('says where the CPUs are', () => {
    const labels = landmarksOf(simulatedTarget('illumos/ctxop-panic-run', 'buggy')).map(
      ({ label }) => label,
    );
    assert.match(labels[0] ?? '', /^CPU 0 rip vpanic\+/);
    assert.equal(labels.length, 4);
  });
});
