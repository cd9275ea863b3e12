/** The tutorial, step by step, as a reader does it: its files are written, its commands run, its answers compared. `UPDATE=1` writes the answers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasGcc } from '../support/c-program.ts';
import { projectRoot } from '../support/grammars.ts';
import { runCorewalk } from '../support/run-corewalk.ts';

const page = join(projectRoot, 'docs/tutorial.md');
const kernel = join(projectRoot, 'sample-dumps/kernels/lostwakeup');

/** The page was written with the compiler that made our images. */
const isOurCompiler = readFileSync(join(kernel, 'images/manifest.json'), 'utf8').includes(
  spawnSync('gcc', ['--version'], { encoding: 'utf8' }).stdout?.split('\n')[0] ?? 'no gcc',
);

interface Block {
  readonly language: string;
  /** Behind the language: a file's name. */
  readonly name: string;
  readonly text: string;
}

describe('the tutorial', function () {
  this.timeout(120_000);

  it('has the text of the kernel that comes with Corewalk', () => {
    for (const { name, text } of blocks())
      if (/^(kernel\.json|.*\.[ch])$/.test(name))
        assert.equal(text, readFileSync(join(kernel, name), 'utf8'), name);
  });

  it('answers as it says', async function () {
    if (!hasGcc) this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'corewalk-tutorial-'));
    let told = readFileSync(page, 'utf8');
    try {
      for (const { language, name, text } of blocks()) {
        if (name !== '') writeFileSync(join(folder, 'lost-wakeup', name), text);
        if (language !== 'console') continue;
        const answered = await answers(text, folder);
        told = told.replace(text, answered);
        if (process.env['UPDATE'] === undefined)
          assert.equal(comparable(answered), comparable(text));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    if (process.env['UPDATE'] !== undefined) writeFileSync(page, told);
  });
});

function blocks(): readonly Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)].map(
    ([, language = '', name = '', body = '']) => ({ language, name, text: body }),
  );
}

/** The commands of a block with what they say now. Sizes, times and steps differ between compilers and computers: they are N. */
async function answers(text: string, folder: string): Promise<string> {
  let told = '';
  for (const line of text.split('\n').filter((each) => each.startsWith('$ corewalk '))) {
    const words = line.slice('$ corewalk '.length).split(' ');
    const { output, errors } = await runCorewalk(words, { folder });
    told += `${line}\n${steady(output + errors).trimEnd()}\n`;
  }
  return told;
}

/** Another compiler makes other code: then places and counts differ, and the rest does not. */
function comparable(text: string): string {
  return isOurCompiler
    ? text
    : text.replaceAll(/^     .*\n/gm, '').replaceAll(/\d[\d,]*|0x[0-9a-f]+/g, 'N');
}

function steady(text: string): string {
  return text
    .replaceAll(/\b[\d,]+(?= (bytes|steps|places))/g, 'N')
    .replaceAll(/in [\d.]+ s \([\d,]+ a second\)/g, 'in N s (N a second)')
    .replaceAll(/\b(0x)?ffffffff8[0-9a-f]{7}\b/g, 'N');
}
