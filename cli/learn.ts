/** `corewalk learn`: a guided investigation in the terminal, on a dump that is made for it. */
import { createInterface, type Interface } from 'node:readline';
import { bytesSource } from '../dump-format/byte-source.ts';
import { openDump } from '../dump-format/open-dump.ts';
import { rowText, type Row } from '../debug-adapter/commands/command.ts';
import { cGrammar, mdbGrammar } from '../debug-adapter/dap/assets.ts';
import { safeText } from '../debug-adapter/dap/safe-text.ts';
import { createInspector, type Inspector } from '../debug-adapter/inspector.ts';
import { investigationNamed, investigations } from '../debug-adapter/learn/index.ts';
import { Reading, type Investigation } from '../debug-adapter/learn/investigation.ts';
import { simulate } from '../simulator/simulate.ts';
import { exitStatus, type Command, type OptionTable, type Terminal } from './command.ts';
import { RowWriter, usesColour, write } from './output.ts';
import { findScenarioFile, loadScenario, readImage } from './scenario-files.ts';
import { onlyOperand, readWords } from './words.ts';

const options: OptionTable = { color: { type: 'string' } };

const textWidth = 96;

export const command: Command = {
  usage: '[NAME]',
  description:
    'Leads from a panic to its cause, a step at a time: each step says what to find out, you type lines of\n' +
    'the mdb language, and the step is answered when the dump has shown what it asks for. The dump is made\n' +
    'when the investigation begins. Without a name, lists the investigations.\n' +
    'Beside mdb lines: `hint`, `show` (types the answer for you), `skip`, `quit`.',
  options: [{ option: '--color WHEN', help: 'auto, always or never' }],
  examples: [
    { line: 'corewalk learn', explains: 'which there are' },
    { line: 'corewalk learn illumos', explains: 'two owners of one FPU' },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    if (words.operands.length === 0) {
      const list = investigations.map(({ name, title }) => `${name.padEnd(10)} ${title}\n`);
      await write(terminal.output, list.join(''));
      return exitStatus.ok;
    }
    const investigation = investigationNamed(onlyOperand(words, 'investigation'));
    const format = usesColour(words.text('color'), terminal) ? 'coloured' : 'plain';
    const lesson = new Lesson(investigation, await openFor(investigation), terminal, format);
    return (await lesson.run()) ? exitStatus.ok : exitStatus.failed;
  },
};

/** The dump of an investigation, without a file. */
async function openFor({ scenario: name, variant }: Investigation): Promise<Inspector> {
  const file = findScenarioFile(name);
  const scenario = loadScenario(file);
  const { core } = simulate(scenario, readImage(file, scenario, variant), { variant });
  const dump = openDump(bytesSource(Buffer.concat([...core()]), `${scenario.name}.vmcore`));
  return createInspector(dump, { grammar: await mdbGrammar(), cGrammar });
}

class Lesson {
  private readonly reading: Reading;
  private readonly inspector: Inspector;
  private readonly terminal: Terminal;
  private readonly writer: RowWriter;
  private readonly lines: Interface;
  private readonly isTyped: boolean;

  constructor(
    investigation: Investigation,
    inspector: Inspector,
    terminal: Terminal,
    format: 'coloured' | 'plain',
  ) {
    this.reading = new Reading(investigation);
    this.inspector = inspector;
    this.terminal = terminal;
    this.writer = new RowWriter(terminal, format);
    this.isTyped = terminal.input.isTTY === true && terminal.output.isTTY;
    this.lines = createInterface({
      input: terminal.input,
      output: terminal.output,
      terminal: this.isTyped,
      prompt: '> ',
      completer: (line: string) => this.complete(line),
    });
  }

  /** True when the reader came to the end. */
  async run(): Promise<boolean> {
    const { title, introduction } = this.reading.investigation;
    await this.say(`${title}\n${'='.repeat(title.length)}`, introduction);
    await this.sayStep();
    this.lines.prompt();
    for await (const line of this.lines) {
      // What comes from a pipe is shown as if it had been typed.
      if (!this.isTyped) await write(this.terminal.output, `${line}\n`);
      if (line.trim() === 'quit' || this.inspector.hasQuit) break;
      await this.take(line.trim());
      if (this.reading.step === undefined) break;
      this.lines.prompt();
    }
    this.lines.close();
    return this.reading.step === undefined;
  }

  private async take(line: string): Promise<void> {
    const { step } = this.reading;
    if (step === undefined || line === '') return;
    switch (line) {
      case 'hint':
        return this.say(step.hint);
      case 'show':
        await write(this.terminal.output, `> ${this.reading.answer}\n`);
        return this.runLine(this.reading.answer ?? '');
      case 'skip':
        this.reading.skip();
        await this.say(step.meaning);
        return this.sayStep();
      default:
        return this.runLine(line);
    }
  }

  private async runLine(line: string): Promise<void> {
    const texts: string[] = [];
    await this.writer.rows(keeping(this.inspector.execute(line), texts));
    const answered = this.reading.take(texts.join('\n'));
    if (answered === undefined) return;
    await this.say('', answered.meaning);
    await this.sayStep();
  }

  private async sayStep(): Promise<void> {
    const { step, position, investigation } = this.reading;
    if (step === undefined) {
      await this.say('', investigation.ending, `Source: ${investigation.source}`);
      return;
    }
    const place = `${position + 1} of ${investigation.steps.length}`;
    await this.say('', `${place}: ${step.title}`, step.task, '(hint, show, skip, quit)');
  }

  private async say(...paragraphs: readonly string[]): Promise<void> {
    await write(this.terminal.output, paragraphs.map((each) => `${wrap(each)}\n`).join(''));
  }

  private complete(line: string): [string[], string] {
    const found = this.inspector.complete(line, line.length);
    const [first] = found;
    if (first === undefined) return [[], line];
    return [found.map(({ text }) => text), line.slice(first.start)];
  }
}

function* keeping(rows: Iterable<Row>, texts: string[]): Generator<Row> {
  for (const row of rows) {
    texts.push(safeText(rowText(row)));
    yield row;
  }
}

/** Lines of at most `textWidth` columns. */
function wrap(text: string): string {
  return text.replace(new RegExp(`(?=.{${textWidth + 1}})(.{1,${textWidth}}) `, 'g'), '$1\n');
}
