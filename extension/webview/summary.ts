/** The summary page of a dump: why the machine stopped, what it was, what of its memory is here, what the checkers say. */
import type { FindingItem, HexAddress, SummaryBody } from '../../debug-adapter/dap/protocol.ts';
import { evidenceText } from '../../debug-adapter/documents/document.ts';
import { sortFindings } from '../views/finding-text.ts';
import type { FromSummaryPage, ToSummaryPage } from '../views/summary-messages.ts';
import { fill, html, type Child } from './dom.ts';
import { connect } from './host.ts';
import { memoryMap } from './memory-map.ts';

const host = connect<ToSummaryPage, FromSummaryPage>();
const page = document.getElementById('page') ?? document.body;
const findings = html('div', { 'aria-live': 'polite' }, quiet('Checking…'));

host.onMessage((message) => {
  switch (message.type) {
    case 'summary':
      page.setAttribute('aria-busy', 'false');
      fill(page, sections(message.summary, message.sizeText));
      return;
    case 'findings':
      fill(findings, findingList(message.findings));
      return;
    case 'failed':
      if (message.what === 'findings') findings.replaceChildren(failure(message.text));
      else {
        page.setAttribute('aria-busy', 'false');
        page.replaceChildren(failure(message.text));
      }
  }
});
page.replaceChildren(quiet('Reading the dump…'));
host.send({ type: 'ready' });

function sections(summary: SummaryBody, sizeText: string): Child[] {
  return [
    header(summary, sizeText),
    html(
      'div',
      { class: 'actions', role: 'toolbar', 'aria-label': 'Actions' },
      button('Start Debugging', 'start', 'primary'),
      button('Check', 'check'),
      button('Open Console', 'console'),
    ),
    warnings(summary),
    section('Findings', findings),
    section('CPUs', cpuTable(summary)),
    section('Memory', ...memoryMap(summary)),
    section('Dump', factTable(summary)),
  ];
}

function header(summary: SummaryBody, sizeText: string): HTMLElement {
  const what = [summary.operatingSystem, summary.machine, sizeText].filter((each) => each);
  return html(
    'header',
    {},
    html('h1', {}, fileName(summary.name)),
    html('p', { class: 'quiet' }, what.join(' · ')),
    panic(summary),
  );
}

function panic(summary: SummaryBody): HTMLElement {
  const { panicMessage, panicCpu, kernel, kind } = summary;
  const cpu = panicCpu === undefined ? '' : ` on CPU ${panicCpu}`;
  if (panicMessage !== undefined)
    return html(
      'p',
      { class: 'panic' },
      html('span', { class: 'label' }, `Panic${cpu}`),
      html('code', {}, panicMessage),
    );
  const reason =
    kind === 'executable'
      ? 'A program file, not a dump: it has no machine that stopped.'
      : kernel === undefined
        ? 'Why the machine stopped is not known: no kernel module recognises this kernel.'
        : `No panic: the dump was taken from outside${cpu}.`;
  return html('p', { class: 'panic quiet' }, reason);
}

function warnings(summary: SummaryBody): Child {
  const notes = missing(summary).map((text) => ({ severity: 'note' as const, text }));
  const list = [...summary.warnings, ...notes];
  if (list.length === 0) return undefined;
  return html(
    'section',
    { class: 'warnings', 'aria-label': 'What is missing' },
    html(
      'ul',
      {},
      ...list.map(({ severity, text }) =>
        html('li', { class: severity }, severity === 'note' ? text : `${severity}: ${text}`),
      ),
    ),
  );
}

/** What would make the dump tell more, and how to get it. */
function missing(summary: SummaryBody): string[] {
  const lines: string[] = [];
  if (!summary.hasTypes)
    lines.push(
      'The dump carries no types: name the kernel with debug information as "program" in launch.json, and structures, locals and source lines appear.',
    );
  if (summary.symbolCount === 0)
    lines.push(
      'The dump carries no symbols: name the kernel it came from as "program" in launch.json.',
    );
  if (summary.kernel === undefined)
    lines.push(
      'Threads and processes are not listed, since the kernel is not known; everything that works on types does.',
    );
  return lines;
}

function cpuTable(summary: SummaryBody): HTMLElement {
  const panicking = summary.panicMessage === undefined ? undefined : summary.panicCpu;
  const hasThreads = summary.cpus.some((each) => each.thread !== undefined);
  const heads = ['CPU', 'stopped at', ...(hasThreads ? ['thread'] : [])];
  return table(
    heads,
    summary.cpus.map((each) => [
      html(
        'span',
        {},
        String(each.index),
        each.index === panicking ? html('span', { class: 'badge' }, 'panic') : undefined,
      ),
      html('code', {}, each.symbol ?? each.pc ?? 'unknown'),
      ...(hasThreads ? [each.thread === undefined ? '' : lineLink(each.thread, '::whatis')] : []),
    ]),
  );
}

function factTable(summary: SummaryBody): HTMLElement {
  const facts: (readonly [string, string | undefined])[] = [
    ['File', summary.name],
    ['Kernel', summary.kernel],
    ['Build id', summary.buildId],
    ['Symbols', summary.symbolCount.toLocaleString('en')],
    ['Types', summary.hasTypes ? 'in the dump or its kernel file' : 'none'],
    ...summary.info,
  ];
  const rows = facts.filter(([, value]) => value !== undefined && value !== '');
  return html(
    'table',
    { class: 'facts' },
    html(
      'tbody',
      {},
      ...rows.map(([name, value]) =>
        html('tr', {}, rowHead(name), html('td', {}, html('code', {}, value))),
      ),
    ),
  );
}

function rowHead(text: string): HTMLElement {
  const head = html('th', {}, text);
  head.scope = 'row';
  return head;
}

function findingList(list: readonly FindingItem[]): Child[] {
  const told = list.filter((each) => each.severity !== 'OK' && each.severity !== 'SKIPPED');
  const silent = list.length - told.length;
  if (told.length === 0 && silent === 0) return [quiet('No checker applies to this dump.')];
  return [
    ...sortFindings(told).map(findingItem),
    silent === 0
      ? undefined
      : quiet(`${silent} more ${silent === 1 ? 'check has' : 'checks have'} nothing to say.`),
  ];
}

function findingItem(finding: FindingItem): HTMLElement {
  const evidence = finding.evidence.map((each) => {
    const link = each.line === undefined ? undefined : lineLink(each.line);
    const text = html('code', {}, evidenceText(each));
    return html('li', {}, html('div', { class: 'evidence' }, text, link));
  });
  return html(
    'article',
    { class: `finding ${finding.severity.toLowerCase()}` },
    html('span', { class: 'severity' }, finding.severity),
    html('span', { class: 'verdict' }, finding.verdict),
    evidence.length === 0 ? undefined : html('ul', {}, ...evidence),
  );
}

/** A button that looks like a link and runs an mdb line in the debug console. */
function lineLink(address: HexAddress | string, command = ''): HTMLElement {
  const line = `${address}${command}`;
  return html(
    'button',
    {
      class: 'link',
      title: `Run in the debug console: ${line}`,
      onclick: () => host.send({ type: 'run', line }),
    },
    command === '' ? line : address,
  );
}

function button(
  text: string,
  type: 'start' | 'check' | 'console',
  kind = 'secondary',
): HTMLElement {
  return html('button', { class: kind, onclick: () => host.send({ type }) }, text);
}

function section(title: string, ...content: readonly Child[]): HTMLElement {
  return html('section', {}, html('h2', {}, title), ...content);
}

function table(heads: readonly string[], rows: readonly (readonly Child[])[]): HTMLElement {
  const headCells = heads.map((text) => {
    const cell = html('th', {}, text);
    cell.scope = 'col';
    return cell;
  });
  return html(
    'table',
    {},
    html('thead', {}, html('tr', {}, ...headCells)),
    html(
      'tbody',
      {},
      ...rows.map((cells) => html('tr', {}, ...cells.map((cell) => html('td', {}, cell)))),
    ),
  );
}

function quiet(text: string): HTMLElement {
  return html('p', { class: 'quiet' }, text);
}

function failure(text: string): HTMLElement {
  return html('p', { class: 'failure', role: 'alert' }, text);
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
