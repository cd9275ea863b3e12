/** Files of others that are no dumps: scenarios, schedules, notebooks and kernels whose texts and names are hostile. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
      const cell = { kind: 'mdb', source: `::${text}`, text: `::${text}` };
      const notebook = { version: 1, dump: text, cells: [cell, { kind: text }], [text]: 1 };
      const lines = [
        ['simulate', file('x.scenario.json', scenario), '-o', join(folder, 'x.vmcore')],
        ['explore', file('y.scenario.json', { ...scenario, name: 'y' })],
        ['notebook', 'export', '--html', file('x.mdbnb', notebook)],
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
      }
    });
});
