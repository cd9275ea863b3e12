/** `corewalk check`: every checker on a dump, for people and for scripts. */
import type { Finding } from '../debug-adapter/checks/check.ts';
import type { Row, Span } from '../debug-adapter/commands/command.ts';
import { findingItem } from '../debug-adapter/dap/finding-item.ts';
import { openInspector } from '../debug-adapter/dap/open-inspector.ts';
import { safeJson, safeText } from '../debug-adapter/dap/safe-text.ts';
import { exitStatus, type Command, type OptionTable } from './command.ts';
import { RowWriter, usesColour, write } from './output.ts';
import { ProgressLine } from './progress-line.ts';
import { onlyOperand, readWords } from './words.ts';
import { isSound, WarningWriter } from './warnings.ts';

const options: OptionTable = {
  json: { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v' },
  color: { type: 'string' },
  program: { type: 'string', short: 'k' },
};

export const command: Command = {
  usage: '[--json] [-v] [-k KERNEL] DUMP',
  description:
    'Runs every checker that applies to the dump. A finding has a verdict, its evidence, and the mdb\n' +
    'lines that show the evidence. Exit status 3 when a BUG or an ERROR was found, else 1 when the dump is\n' +
    'damaged or the kernel file is of another build, else 0.',
  options: [
    { option: '--json', help: 'findings as JSON (docs/findings.schema.json)' },
    { option: '-v', help: 'also what was checked and found in order, and what was skipped' },
    { option: '-k KERNEL', help: 'kernel file with symbols and types, for a dump without' },
    { option: '--color WHEN', help: 'auto, always or never' },
  ],
  examples: [
    { line: 'corewalk check machine.vmcore', explains: 'what is wrong with the machine' },
    {
      line: "corewalk check --json machine.vmcore | jq '.findings[].verdict'",
      explains: 'for a script',
    },
  ],
  async run(given, terminal) {
    const words = readWords(given, options);
    const program = words.text('program');
    const inspector = await openInspector(onlyOperand(words, 'dump'), {
      allows: 'nothing',
      lines: [],
      ...(program !== undefined && { program }),
    });
    const { dump } = inspector.target;
    const warnings = new WarningWriter(inspector, terminal);
    await warnings.write();
    const findings: Finding[] = [];
    const progress = new ProgressLine(terminal);
    for (const finding of inspector.check()) {
      findings.push(finding);
      progress.report({
        done: findings.length,
        what: `after ${safeText(finding.check)}, findings`,
      });
    }
    progress.end();
    await warnings.write();
    if (words.isSet('json')) {
      const report = { dump: safeText(dump.name), findings: findings.map(findingItem) };
      await write(terminal.output, `${safeJson(report, 2)}\n`);
    } else {
      const format = usesColour(words.text('color'), terminal) ? 'coloured' : 'plain';
      await new RowWriter(terminal, format).rows(report(findings, words.isSet('verbose')));
    }
    const isWhole = isSound(inspector.target.warnings);
    dump.close();
    if (findings.some(isWrong)) return exitStatus.findings;
    return isWhole ? exitStatus.ok : exitStatus.failed;
  },
};

function isWrong({ severity }: Finding): boolean {
  return severity === 'BUG' || severity === 'ERROR';
}

/** Each finding with its evidence; at the end, what was checked when nothing was found. */
function* report(findings: readonly Finding[], isVerbose: boolean): Generator<Row> {
  const told = findings.filter(
    ({ severity }) => isVerbose || (severity !== 'OK' && severity !== 'SKIPPED'),
  );
  for (const { severity, check, verdict, evidence } of told) {
    const kind = severity === 'BUG' || severity === 'ERROR' ? 'error' : 'heading';
    yield { spans: [{ kind, text: severity }, plain(` ${check}: ${verdict}`)] };
    for (const { spans, line } of evidence) {
      const shown: Span[] = line === undefined ? [] : [{ kind: 'comment', text: `  (${line})` }];
      yield { spans: [plain('    '), ...spans, ...shown] };
    }
  }
  if (findings.length === 0) yield { spans: [plain('no checker applies to this dump')] };
  else if (!findings.some(isWrong)) {
    const names = [...new Set(findings.map(({ check }) => check))].join(' ');
    yield { spans: [plain(`nothing wrong found; checked: ${names}`)] };
  }
}

function plain(text: string): Span {
  return { kind: 'text', text };
}
