/** Names that a dump's owner chose freely: a process called like a terminal's control sequence stays text, in every command that shows it. */
import assert from 'node:assert/strict';
import { rowText } from '../../debug-adapter/commands/command.ts';
import { createInspector, type Inspector } from '../../debug-adapter/inspector.ts';
import { bytesSource } from '../../dump-format/byte-source.ts';
import { openDump } from '../../dump-format/open-dump.ts';
import { mdbGrammar } from '../support/grammars.ts';
import { coreBytes, simulateAt } from '../support/simulated-dumps.ts';

/** Dumps, a process name in them, and the lines that show it. */
const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'illumos/ctxop-bash',
    'fixed',
    'bash',
    ['::ps', '::ps -f', '::ptree', '::threadlist', '::threadlist -v', '::cpuinfo', '::check'],
  ],
  ['akaros/vmcs-ctrl-c', 'fixed', 'bash', ['::ps', '::pcpui', '::threadlist', '::ptree']],
];

/** Clears the screen, and begins a line of its own; as long as `bash`. */
const hostile = '\u001b[J\n';

describe('a process with a hostile name', () => {
  for (const [path, variant, name, lines] of cases)
    it(`is shown with escapes: ${path}`, () => {
      const inspector = renamed(path, variant, name);
      let shown = 0;
      for (const line of lines) {
        const texts = [...inspector.execute(line)].map(rowText);
        for (const text of texts) assert.doesNotMatch(text.replaceAll('\t', ' '), /\p{Cc}/u, line);
        if (texts.some((text) => text.includes('\\033[J\\n'))) shown++;
      }
      assert.ok(shown >= 3, `${shown} of ${lines.length}`);
    });
});

/** Overwrites the name, as a string of its own, in all of memory. */
function renamed(path: string, variant: string, name: string): Inspector {
  const bytes = Buffer.from(coreBytes(simulateAt(path, variant)));
  const dump = openDump(bytesSource(bytes, variant));
  for (const { fileOffset, size } of dump.segments) {
    const end = fileOffset + Number(size);
    for (let at = bytes.indexOf(`${name}\0`, fileOffset); at >= 0 && at < end;) {
      bytes.write(hostile, at, 'latin1');
      at = bytes.indexOf(`${name}\0`, at + 1);
    }
  }
  return createInspector(openDump(bytesSource(bytes, variant)), { grammar: mdbGrammar });
}
