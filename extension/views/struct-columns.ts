/** Members of a struct as columns of a table: which there are, which say most, and the line that shows them. */
import type { RowItem } from '../../debug-adapter/dap/protocol.ts';

export interface StructColumn {
  /** As `::table` takes it: `t_pri`, `p_user.u_comm`. */
  readonly path: string;
  readonly type: string;
}

/** Nested structs are looked into this deep. */
const depthLimit = 3;

/** Columns of a table that nobody has chosen columns for. */
const firstColumns = 8;

/** Scalar members, nested ones by their path, from the rows of `::print -at TYPE`. Members of unnamed structs stand for themselves. */
export function columnsOf(rows: readonly RowItem[]): StructColumn[] {
  const columns: StructColumn[] = [];
  const names: string[] = [];
  for (const row of rows) {
    const data = new Map<string, unknown>(Object.entries(row.data ?? {}));
    const depth = data.get('depth');
    if (typeof depth !== 'number' || depth === 0 || depth > depthLimit) continue;
    const name = String(data.get('name') ?? '').trim();
    names.length = depth - 1;
    names.push(name);
    if (!data.has('value') || name === '') continue;
    const path = names.filter((each) => each !== '').join('.');
    columns.push({ path, type: String(data.get('type') ?? '').trim() });
  }
  return columns;
}

/** Names that say which object it is and how it is: looked for anywhere between underscores. */
const telling =
  /(^|_)(p?id|tid|name|comm|cmd|state?|status|flags?|ref(s|cnt|count)?|kref|count|cnt|pri|cpu)(_|$)/;

/** Telling members of the struct itself, then those that its authors put first, in the order of the struct. */
export function defaultColumns(columns: readonly StructColumn[]): string[] {
  const own = columns.filter(({ path, type }) => !path.includes('.') && !type.endsWith(']'));
  const best = own.filter(({ path }) => telling.test(path));
  const chosen = new Set([...best, ...own].slice(0, firstColumns));
  return own.filter((each) => chosen.has(each)).map((each) => each.path);
}

/** The line, its own columns left off, with other columns. */
export function withColumns(line: string, paths: readonly string[]): string {
  const source = withoutColumns(line);
  return paths.length === 0 ? source : `${source} | ::table ${paths.join(' ')}`;
}

/** The members that a line shows as columns already. */
export function columnsInLine(line: string): string[] {
  const words = /\|\s*::table\s+(.*)$/.exec(line)?.[1] ?? '';
  return words.split(/\s+/).filter((word) => word !== '' && !word.startsWith('-'));
}

function withoutColumns(line: string): string {
  return line.replace(/\s*\|\s*::table\s[^|]*$/, '').trimEnd();
}
