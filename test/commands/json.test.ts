/** Rows as data: what every dcmd and walker gives to programs keeps to docs/rows.schema.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { rowJson } from '../../cli/row-json.ts';
import type { Row } from '../../debug-adapter/commands/command.ts';
import { projectRoot } from '../support/grammars.ts';
import { openNamedTarget } from '../support/targets.ts';
import { openTranscript, readTranscripts } from '../transcripts.ts';

const schema: object = JSON.parse(readFileSync(join(projectRoot, 'docs/rows.schema.json'), 'utf8'));

/** Text for people and nothing behind it: what they print is no table. */
const textOnly: ReadonlySet<string> = new Set(
  'cat echo eval help include load log obey printf quit typeset unload unset $< $<< $> $d $s $w $P'.split(
    ' ',
  ),
);

/** The one command of a line; undefined for several, and for verbs. */
function onlyCommand(line: string): string | undefined {
  const names = [...line.matchAll(/::([a-z]\w*)|(\$<<?|\$>|[$:][a-zA-Z?])/g)];
  const [first] = names;
  return names.length === 1 && !/[|!;]/.test(line) ? (first?.[1] ?? first?.[2]) : undefined;
}

describe('rows as JSON', function () {
  this.timeout(120_000);
  const validate = new Ajv({ strict: false }).compile(schema);
  const withData = new Set<string>();
  const seen = new Set<string>();

  function check(row: Row, where: string): void {
    const json = rowJson(row);
    assert.ok(!json.includes('\n'), where);
    const parsed: unknown = JSON.parse(json);
    assert.ok(validate(parsed), `${where}: ${json} ${JSON.stringify(validate.errors)}`);
  }

  for (const { file, target, lines } of readTranscripts(join(projectRoot, 'test/transcripts'))) {
    it(`keep to the schema: ${basename(dirname(file))}/${basename(file)}`, function () {
      const opened = openNamedTarget(target);
      if ('reason' in opened) this.skip();
      const inspector = openTranscript(opened.dump, dirname(file));
      for (const line of lines) {
        const name = onlyCommand(line);
        for (const row of inspector.execute(line)) {
          check(row, `${target}: ${line}`);
          const isRemark = row.spans.every(({ kind }) => kind === 'heading' || kind === 'comment');
          if (name === undefined || row.isError || isRemark) continue;
          seen.add(name);
          if (row.data || row.value !== undefined) withData.add(name);
        }
      }
    });
  }

  it('have data behind the text, but for commands that print text', () => {
    const without = [...seen].filter((name) => !withData.has(name) && !textOnly.has(name));
    assert.deepEqual(without, []);
  });
});
