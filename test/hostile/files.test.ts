/** Files of others that are no dumps: scenarios, schedules, notebooks and kernels whose texts and names are hostile. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notebookText } from '../../debug-adapter/documents/notebook.ts';
import { runCorewalk } from '../support/run-corewalk.ts';
import { assertClean, assertNoMarkup, texts } from './clean.ts';

describe('hostile files of others', function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'corewalk-files-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, text] of Object.entries(texts))
    it(`${name}: what is wrong with them is said in clean text`, async () => {
      const file = (path: string, contents: unknown): string => {
        const whole = join(folder, path);
        writeFileSync(whole, typeof contents === 'string' ? contents : JSON.stringify(contents));
        return whole;
      };
      const scenario = { name: text, os: text, title: text, [text]: text, variants: { [text]: 1 } };
      const row = { spans: [{ kind: 'text', text }], data: { [text]: text, b: 1 } } as const;
      const notebook = notebookText({
        dump: text,
        cells: [
          { kind: 'markdown', text: `# ${text}` },
          { kind: 'mdb', text: `::${text}`, output: undefined },
          { kind: 'mdb', text: '::status', output: { rows: [row], isCut: false } },
        ],
      });
      const lines = [
        ['simulate', file('x.scenario.json', scenario), '-o', join(folder, 'x.vmcore')],
        ['explore', file('y.scenario.json', { ...scenario, name: 'y' })],
        ['notebook', 'export', '--html', file('x.mdbnb', notebook)],
        ['notebook', 'export', file('z.mdbnb', notebook)],
        ['notebook', 'export', '--html', file('y.mdbnb', text)],
        ['-e', '::status', file('x.vmcore', text)],
        ['check', file('y.vmcore', `\u007fELF${text}`)],
        ['extract-kernel', file('z.vmcore', text), '-o', join(folder, 'unix')],
        [text],
        [`--${text}`],
      ];
      for (const words of lines) {
        const { output, errors, status } = await runCorewalk(words, { folder });
        assert.notEqual(status, null, words.join(' '));
        assertClean(output + errors);
        assert.doesNotMatch(errors, /^ +at /m, errors);
        if (words.includes('--html')) assertNoMarkup(output);
        if (words.at(-1)?.endsWith('x.mdbnb')) assert.match(output, /<h1|<pre/);
      }
    });
});
