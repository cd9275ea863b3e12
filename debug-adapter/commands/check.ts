/** `::check`: every checker that the dump has the types for, with the evidence on request. */
import { LookupError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd, type Invocation, type Row, type Span } from './command.ts';
import { runCheck, type Check, type Finding, type Severity } from '../checks/check.ts';

/** Said without `-v`: what is wrong, what leads there, what explains. */
const told: ReadonlySet<Severity> = new Set(['BUG', 'ERROR', 'WARNING', 'PENDING', 'NOTE']);

const problems: ReadonlySet<Severity> = new Set(['BUG', 'ERROR', 'WARNING']);

export const check: Dcmd = {
  name: 'check',
  address: 'none',
  synopsis: '[name ...]',
  summary: 'run the checkers and print their findings',
  description:
    'Each checker reads the dump alone and says what it found: BUG and ERROR prove something wrong, WARNING is a step on the way, PENDING is work in progress, NOTE explains. ' +
    'Without names, every checker that applies to this dump runs.',
  options: [
    {
      letter: 'e',
      argument: 'none',
      help: 'with the evidence, and the command that shows each piece',
    },
    {
      letter: 'v',
      argument: 'none',
      help: 'also what was found in order, and what was skipped and why',
    },
    { letter: 'l', argument: 'none', help: 'list the checkers, and whether each applies' },
  ],
  examples: [
    { line: '::check', explains: 'all checkers, findings only' },
    { line: '::check -e', explains: 'with evidence' },
    { line: '::check -l', explains: 'what can be checked here' },
  ],
  origin: 'corewalk',
  *run(invocation) {
    const chosen = choose(invocation);
    if (invocation.options.has('l')) {
      yield* list(invocation, chosen);
      return;
    }
    const applying = chosen.filter((each) => each.applies(invocation.target));
    const width = Math.max(0, ...applying.map((each) => each.name.length));
    let count = 0;
    for (const [index, each] of applying.entries()) {
      invocation.session.checkpoint({
        done: index,
        total: applying.length,
        what: `checking ${each.name}`,
      });
      for (const finding of runCheck(each, invocation.target)) {
        if (problems.has(finding.severity)) count++;
        if (!invocation.options.has('v') && !told.has(finding.severity)) continue;
        yield headline(finding, width);
        if (invocation.options.has('e')) yield* evidence(finding);
      }
    }
    if (count > 0) return;
    yield textRow(
      applying.length === 0
        ? 'nothing checked: no checker applies to this dump (::check -l lists them)'
        : `no problems found: ${applying.map((each) => each.name).join(' ')}`,
    );
  },
};

/** @throws LookupError for a name that no checker has */
function choose({ session, arguments: words }: Invocation): readonly Check[] {
  const names = words.map((word) => (word.kind === 'word' ? word.text : word.value.toString(16)));
  const known = session.checks.map((each) => each.name);
  for (const name of names)
    if (!known.includes(name)) throw new LookupError(`no such checker: ${name}`);
  return names.length === 0
    ? session.checks
    : session.checks.filter((each) => names.includes(each.name));
}

function headline(finding: Finding, width: number): Row {
  const isProblem = problems.has(finding.severity);
  const spans: Span[] = [
    { kind: isProblem ? 'error' : 'heading', text: finding.severity.padEnd(8) },
    { kind: 'text', text: `${finding.check.padEnd(width)} ` },
    { kind: 'text', text: finding.verdict },
  ];
  const address = finding.evidence.find((each) => each.address !== undefined)?.address;
  return {
    spans,
    data: {
      ...finding,
      evidence: finding.evidence.map(({ line, address: at }) => ({ line, address: at })),
    },
    ...(address === undefined ? {} : { value: address }),
  };
}

function* evidence(finding: Finding): Generator<Row> {
  for (const each of finding.evidence) {
    yield { spans: [{ kind: 'text', text: '         ' }, ...each.spans] };
    if (each.line !== undefined)
      yield { spans: [{ kind: 'comment', text: `           > ${each.line}` }] };
  }
}

function* list({ target }: Invocation, chosen: readonly Check[]): Generator<Row> {
  for (const each of chosen) {
    const applies = each.applies(target) ? 'applies' : '-';
    yield textRow(`${each.name.padEnd(20)} ${applies.padEnd(8)} ${each.summary}`, {
      data: {
        name: each.name,
        applies: each.applies(target),
        summary: each.summary,
        source: each.source,
      },
    });
  }
}
