/** `corewalk scenarios`: what can be simulated. */
import { safeJson, safeText } from '../debug-adapter/dap/safe-text.ts';
import { UsageError } from '../dump-format/errors.ts';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import { usesColour, write } from './output.ts';
import { listScenarioFiles, loadScenario } from './scenario-files.ts';
import { readWords } from './words.ts';

const options: OptionTable = { json: { type: 'boolean' }, color: { type: 'string' } };

export const command: Command = {
  usage: '[--json]',
  description:
    'Lists the scenarios: each is a real bug that a simulated machine runs into, with the variants of\n' +
    'its kernel (buggy, fixed, and those that must not be mistaken for it).',
  options: [{ option: '--json', help: 'names, summaries, variants and expected ends as JSON' }],
  examples: [
    { line: 'corewalk scenarios', explains: 'then: corewalk simulate NAME -o FILE' },
    { line: 'corewalk scenarios --json | jq -r .[].name', explains: 'the names' },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    if (words.operands.length > 0)
      throw new UsageError(`no operand is wanted: '${words.operands.join(' ')}'`);
    const all = listScenarioFiles().map((file) => ({ file, scenario: loadScenario(file) }));
    if (words.isSet('json')) {
      const list = all.map(({ file, scenario }) => ({
        name: file.name,
        title: scenario.title,
        summary: scenario.summary,
        sources: scenario.sources,
        variants: [...scenario.variants].map(([name, { summary, end }]) => ({
          name,
          summary,
          end,
        })),
      }));
      await write(terminal.output, `${safeJson(list, 2)}\n`);
      return exitStatus.ok;
    }
    const [bold, plain] = usesColour(words.text('color'), terminal)
      ? ['\x1b[1m', '\x1b[0m']
      : ['', ''];
    for (const { file, scenario } of all) {
      await write(terminal.output, `${bold}${file.name}${plain}  ${safeText(scenario.title)}\n`);
      const width = Math.max(...[...scenario.variants.keys()].map((name) => name.length));
      for (const [name, { summary }] of scenario.variants)
        await write(terminal.output, `    ${name.padEnd(width)}  ${safeText(summary)}\n`);
    }
    return exitStatus.ok;
  },
};
