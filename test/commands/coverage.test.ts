/** Every dcmd and every walker is in a transcript, and in one where it must fail. */
import assert from 'node:assert/strict';
import { basename, join, relative, sep } from 'node:path';
import { commands, walkers } from '../../debug-adapter/commands/index.ts';
import { refused } from '../../debug-adapter/commands/refused.ts';
import { kernelModules } from '../../debug-adapter/kernels/index.ts';
import { projectRoot } from '../support/grammars.ts';
import { readTranscripts } from '../transcripts.ts';

const folder = join(projectRoot, 'test/transcripts');

/** Lines of `tst.*` or `err.*` on the dumps of one kernel, or on all. */
function linesOf(kind: 'tst' | 'err', module: string | undefined): readonly string[] {
  return readTranscripts(folder)
    .filter(({ file }) => basename(file).startsWith(`${kind}.`))
    .filter(({ file }) => {
      const [topic] = relative(folder, file).split(sep);
      return module === undefined || topic === module;
    })
    .flatMap(({ lines }) => lines);
}

/** As it is typed: `::ps`, `$c`, ``::genunix`ps``. */
function usesDcmd(line: string, name: string): boolean {
  if (/^[$:]/.test(name)) return line.includes(name);
  return new RegExp(`::(\\w+\`)?${name}(?![\\w\`])`).test(line);
}

function usesWalker(line: string, name: string): boolean {
  return new RegExp(`::walk (\\w+\`)?${name}(?![\\w\`])`).test(line);
}

/** Names without a line in transcripts of a kind. */
function missing<Command extends { readonly name: string; readonly aliases?: readonly string[] }>(
  list: readonly Command[],
  lines: readonly string[],
  uses: (line: string, name: string) => boolean,
): string[] {
  return list
    .filter(({ name, aliases = [] }) =>
      [name, ...aliases].every((each) => !lines.some((line) => uses(line, each))),
    )
    .map(({ name }) => name);
}

describe('transcripts: coverage', () => {
  for (const kind of ['tst', 'err'] as const) {
    it(`${kind}.* has every general dcmd and walker`, () => {
      const lines = linesOf(kind, undefined);
      const list = kind === 'tst' ? commands.filter((each) => !refused.includes(each)) : commands;
      assert.deepEqual(missing(list, lines, usesDcmd), []);
      assert.deepEqual(missing(walkers, lines, usesWalker), []);
    });

    for (const { name, dcmds, walkers: own } of kernelModules) {
      it(`${kind}.* has every dcmd and walker of ${name}, on its own dumps`, () => {
        const lines = linesOf(kind, name);
        assert.deepEqual(missing(dcmds, lines, usesDcmd), []);
        assert.deepEqual(missing(own, lines, usesWalker), []);
      });
    }
  }

  it('sees what is missing', () => {
    const list = [{ name: 'ps' }, { name: '$c' }, { name: 'list', aliases: ['$l'] }];
    assert.deepEqual(missing(list, ['::psx', '0::list'], usesDcmd), ['ps', '$c']);
    assert.deepEqual(missing(list, ['::genunix`ps | $c', '$l'], usesDcmd), []);
    assert.deepEqual(missing([{ name: 'cpu' }], ['::walk cpu_dispq'], usesWalker), ['cpu']);
  });
});
