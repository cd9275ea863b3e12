/** Lines of the mdb language: completed at every place, parsed, and run on a small dump. */
import { join } from 'node:path';
import { readTranscripts } from '../../transcripts.ts';
import { bytesSource } from '../../../dump-format/byte-source.ts';
import { openDump } from '../../../dump-format/open-dump.ts';
import { createInspector, type Inspector } from '../../../debug-adapter/inspector.ts';
import { cGrammar, mdbGrammar, projectRoot } from '../../support/grammars.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { smallCore } from './elf.ts';

const rowLimit = 500;

/** Milliseconds that a line may run; it is cancelled then, which has to work. */
const lineTime = 500;

let deadline = Infinity;
let opened: Inspector | undefined;

export const line: FuzzTarget = {
  name: 'line',
  seeds: () =>
    readTranscripts(join(projectRoot, 'test/transcripts'))
      .flatMap((transcript) => transcript.lines)
      .filter((text) => text.length < 200 && !text.includes('!'))
      .map((text) => new TextEncoder().encode(text)),
  words:
    '0x 0t9 ff hz . + - * % ~ ( ) | || :: ::walk ::print ::list ::eval $ $< $[ ] / \\ ? @ = < > >> , ; " \' // é 😀 [ ] -> & struct sizeof'.split(
      ' ',
    ),
  reaches: [
    'interpreter.ts:runLines',
    'complete.ts:completeLine',
    'parse.ts:parseLine',
    'evaluate.ts:evaluate',
  ],
  run(bytes, random) {
    const text = new TextDecoder().decode(bytes).replaceAll('!', '').slice(0, 4000);
    opened ??= open();
    const inspector = opened;
    inspector.complete(text, random.next(text.length + 1));
    deadline = performance.now() + lineTime;
    let rows = 0;
    for (const row of inspector.execute(text)) if (row && ++rows > rowLimit) break;
    deadline = Infinity;
    // ::quit and $q end a session.
    if (inspector.hasQuit) opened = undefined;
  },
};

function open(): Inspector {
  return createInspector(openDump(bytesSource(smallCore(), 'small')), {
    grammar: mdbGrammar,
    cGrammar,
    isCancelled: () => performance.now() > deadline,
  });
}
