/** The table page: a line, its rows, a filter, and the ways out. */
import { exportTable, type ExportFormat } from '../views/table-export.ts';
import type { FromTablePage, ToTablePage } from '../views/table-messages.ts';
import { TableModel } from '../views/table-model.ts';
import { fill, html } from './dom.ts';
import { Grid } from './grid.ts';
import { connect } from './host.ts';

const host = connect<ToTablePage, FromTablePage>();
const page = document.getElementById('page') ?? document.body;

let model = new TableModel();
let grid = newGrid();
let isRunning = false;
let note = '';

const lineInput = input('mdb line', 'line');
const filterInput = input('Filter: words, or column:word', 'filter');
const status = html('span', { class: 'quiet', role: 'status' });
const stop = html(
  'button',
  { class: 'secondary', onclick: () => host.send({ type: 'stop' }) },
  'Stop',
);
const columns = html('button', { class: 'secondary', onclick: askForColumns }, 'Columns…');
const place = html('div', { class: 'place' }, grid.element);

lineInput.addEventListener('change', () => host.send({ type: 'show', line: lineInput.value }));
filterInput.addEventListener('input', () => {
  model.filter(filterInput.value);
  refresh();
});

fill(page, [
  html(
    'div',
    { class: 'bar', role: 'toolbar', 'aria-label': 'Table' },
    lineInput,
    filterInput,
    columns,
    exportButton('CSV', 'csv'),
    exportButton('JSON', 'json'),
    exportButton('Markdown', 'markdown'),
    stop,
    status,
  ),
  place,
]);

host.onMessage((message) => {
  switch (message.type) {
    case 'begin':
      begin(message.line);
      return;
    case 'rows':
      model.add(message.rows);
      refresh();
      return;
    case 'end':
      isRunning = false;
      note = message.note ?? '';
      page.setAttribute('aria-busy', 'false');
      refresh();
  }
});
host.send({ type: 'ready' });

function begin(line: string): void {
  model = new TableModel();
  model.filter(filterInput.value);
  grid = newGrid();
  fill(place, [grid.element]);
  lineInput.value = line;
  isRunning = true;
  note = '';
  page.setAttribute('aria-busy', 'true');
  refresh();
}

function refresh(): void {
  grid.refresh();
  stop.hidden = !isRunning;
  columns.hidden = model.row(0)?.type === undefined;
  const all = model.length.toLocaleString('en');
  const shown = model.visibleCount.toLocaleString('en');
  const counts = shown === all ? `${all} rows` : `${shown} of ${all} rows`;
  status.textContent = [counts, isRunning ? 'reading…' : '', note].filter(Boolean).join(' · ');
}

function askForColumns(): void {
  const struct = model.row(0)?.type;
  if (struct !== undefined) host.send({ type: 'columns', struct });
}

function newGrid(): Grid {
  return new Grid(model, {
    onOpen: (address, type) =>
      host.send({
        type: 'run',
        line: type === undefined ? `${address}::whatis` : `${address}::print ${quoted(type)}`,
      }),
    onSort: () => refresh(),
  });
}

/** A type name of two words is one argument. */
function quoted(type: string): string {
  return type.includes(' ') ? `"${type}"` : type;
}

function input(label: string, kind: string): HTMLInputElement {
  const element = html('input', { class: kind, 'aria-label': label });
  element.type = 'text';
  element.placeholder = label;
  element.spellcheck = false;
  return element;
}

function exportButton(label: string, format: ExportFormat): HTMLElement {
  return html(
    'button',
    {
      class: 'secondary',
      title: `Export what is shown as ${label}`,
      onclick: () => host.send({ type: 'export', format, text: exportTable(model, format) }),
    },
    label,
  );
}
