/** What package.json declares for chat is the table of debug-adapter/tools. `UPDATE=1` writes it. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputSchema, tools } from '../../debug-adapter/tools/index.ts';
import { projectRoot } from '../support/grammars.ts';

const file = join(projectRoot, 'package.json');

const open = {
  name: 'corewalk_open',
  displayName: '%tool.open%',
  modelDescription:
    'Opens a crash dump of a kernel for debugging and gives its status. Call it with the path of the dump before the other tools.',
  inputSchema: {
    type: 'object',
    properties: { path: { type: 'string', description: 'Absolute path of the dump' } },
    required: ['path'],
    additionalProperties: false,
  },
};

function declared(): object[] {
  const others = tools.map((tool) => ({
    name: `corewalk_${tool.name}`,
    displayName: `%tool.${tool.name}%`,
    modelDescription: tool.description,
    inputSchema: inputSchema(tool),
  }));
  return [open, ...others].map((each) => ({
    ...each,
    toolReferenceName: each.name.replace('corewalk_', 'dump_'),
    canBeReferencedInPrompt: true,
    tags: ['corewalk', 'crash dump'],
    icon: '$(debug-alt)',
  }));
}

describe('language model tools', () => {
  it('are declared as the table has them', () => {
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    if (process.env['UPDATE'] === '1') {
      manifest.contributes.languageModelTools = declared();
      writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
    }
    assert.deepEqual(manifest.contributes.languageModelTools, declared());
  });

  it('have the titles of the table', () => {
    const strings = JSON.parse(readFileSync(join(projectRoot, 'package.nls.json'), 'utf8'));
    for (const { name, title } of tools) assert.equal(strings[`tool.${name}`], title);
  });
});
