/** docs/dragonfly-vkernel.md names what there is: every scenario, and no scenario, checker or variant that is not there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checks } from '../../debug-adapter/checks/index.ts';
import { allScenarios } from '../../scripts/make-dumps.ts';
import { projectRoot } from '../support/grammars.ts';

/** Cells of the tables' rows: row, what, scenario, found by, look at. */
function rows(): readonly (readonly string[])[] {
  const text = readFileSync(join(projectRoot, 'docs/dragonfly-vkernel.md'), 'utf8');
  return text
    .split('\n')
    .filter((line) => /^\| V\d/.test(line))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
}

describe('docs/dragonfly-vkernel.md', () => {
  it('has a row for each thing that the commit names', () => {
    const names = rows().map(([name]) => name);
    for (let index = 1; index <= 13; index++) assert.ok(names.includes(`V${index}`), `V${index}`);
  });

  it('names every scenario, its variants, and checkers that exist', () => {
    const scenarios = allScenarios();
    const text = readFileSync(join(projectRoot, 'docs/dragonfly-vkernel.md'), 'utf8');
    for (const path of scenarios.keys())
      if (path.startsWith('dragonfly/dfv')) assert.ok(text.includes(path.slice(10)), path);
    for (const [row = '', , scenario = '', found = ''] of rows()) {
      const [name, ...variants] = [...scenario.matchAll(/`([\w-]+)`/g)].map(([, word]) => word);
      const described = name === undefined ? undefined : scenarios.get(`dragonfly/${name}`);
      assert.equal(described !== undefined, name !== undefined, row);
      for (const variant of variants) assert.ok(described?.variants.has(variant ?? ''), row);
      for (const [, check] of found.matchAll(/`(\w+)`/g))
        assert.ok(
          checks.some((each) => each.name === check),
          `${row}: ${check}`,
        );
    }
  });
});
