/** The memory page: bytes coloured by the members that lie there, a table that says the same, and ways to go on from here. */
import type { OverlayBody } from '../../debug-adapter/dap/picture-protocol.ts';
import { byteRows, rowSize, searchBytes, type ByteRow } from '../views/byte-grid.ts';
import type { PictureSubject } from '../views/picture-messages.ts';
import { fill, html, type Child } from './dom.ts';
import { createByteGrid } from './byte-grid.ts';
import { fieldTable } from './field-table.ts';
import { connectPicture, type Picture } from './picture.ts';
import { createToolbar, type Toolbar } from './memory-toolbar.ts';

/** Rows of one view of memory. */
const minimumRows = 16;
const maximumRows = 256;

const page = document.getElementById('page') ?? document.body;

connectPicture((picture, subject) => new MemoryPage(picture).go(subject));

/** One place at a time, and where one came from. */
class MemoryPage {
  private readonly picture: Picture;
  private readonly toolbar: Toolbar;
  private readonly body = html('div', { class: 'memory' });
  private readonly status = html('p', { class: 'quiet', role: 'status' });
  private readonly cursor = html('p', { class: 'cursor', role: 'status' });
  private readonly visited: PictureSubject[] = [];
  private place = -1;
  private overlay: OverlayBody | undefined;
  /** First byte that is shown. */
  private start = 0n;
  private rows: readonly ByteRow[] = [];
  /** Of several answers under way, the last question's counts. */
  private question = 0;

  constructor(picture: Picture) {
    this.picture = picture;
    this.toolbar = createToolbar({
      go: (subject) => this.go(subject),
      search: (text) => void this.search(text),
      back: () => this.step(-1),
      forward: () => this.step(1),
      page: (direction) => void this.turn(direction),
    });
    const head = html('div', { class: 'head' }, this.toolbar.element, this.status, this.cursor);
    fill(page, [html('h1', {}, 'Memory'), head, this.body]);
  }

  go(subject: PictureSubject): void {
    this.visited.splice(this.place + 1, Infinity, subject);
    this.step(1);
  }

  private step(direction: 1 | -1): void {
    const next = this.visited[this.place + direction];
    if (next === undefined) return;
    this.place += direction;
    void this.load(next);
  }

  private async load({ at = '0', type }: PictureSubject): Promise<void> {
    const question = ++this.question;
    page.setAttribute('aria-busy', 'true');
    try {
      const words = { at, ...(type !== undefined && { type }) };
      const overlay = await this.picture.ask('corewalk/overlay', words);
      if (question !== this.question) return;
      this.overlay = overlay;
      const { address, object } = overlay;
      this.start = BigInt(object?.address ?? address) & ~0xfn;
      await this.show(BigInt(address));
      this.status.textContent = placeText(overlay);
      const ends = { canGoBack: this.place > 0, canGoOn: this.place + 1 < this.visited.length };
      this.toolbar.show({ at, type: type ?? object?.type ?? '', ...ends });
    } catch (error) {
      if (question === this.question) this.fail(error);
    } finally {
      page.setAttribute('aria-busy', 'false');
    }
  }

  /** Reads the bytes from `start` and draws them. */
  private async show(selected: bigint): Promise<void> {
    const object = this.overlay?.object;
    const end = BigInt(object?.address ?? this.start) + BigInt(object?.size ?? 0);
    const wanted = Number(end - this.start) / rowSize + 1;
    const count = Math.max(minimumRows, Math.min(maximumRows, Math.ceil(wanted)));
    const address = `0x${this.start.toString(16)}` as const;
    const bytes = await this.picture.ask('corewalk/bytes', { address, count: count * rowSize });
    this.rows = byteRows(this.start, count, bytes, object);
    const follow = (to: bigint): void => this.go({ at: `0x${to.toString(16)}` });
    const say = (text: string): void => this.cursor.replaceChildren(text);
    const grid = createByteGrid({ rows: this.rows, object, selected, follow, say });
    const table =
      object === undefined
        ? html('p', { class: 'quiet' }, 'It is not known what lies here: name a type above.')
        : fieldTable({
            object,
            follow,
            choose: (offset) => grid.choose(BigInt(object.address) + BigInt(offset)),
          });
    fill(this.body, [grid.element, html('section', { class: 'fields' }, table, this.links())]);
  }

  private links(): HTMLElement {
    const { object, address } = this.overlay ?? {};
    const link = (text: string, act: () => void): Child =>
      html('button', { class: 'secondary', onclick: act }, text);
    if (object === undefined) return html('p', {});
    const { type } = object;
    const line = `${address}::print ${type.includes(' ') ? `"${type}"` : type}`;
    return html(
      'p',
      { class: 'links' },
      link('Layout', () => this.picture.open('layout', { type })),
      ' ',
      link('Print in the debug console', () => this.picture.run(line)),
    );
  }

  private async turn(direction: 1 | -1): Promise<void> {
    const length = BigInt(this.rows.length * rowSize);
    const next = direction === 1 ? this.start + length : this.start - length;
    this.start = next < 0n ? 0n : next;
    try {
      await this.show(this.start);
      this.status.textContent = `From ${this.start.toString(16)}`;
    } catch (error) {
      this.fail(error);
    }
  }

  private async search(text: string): Promise<void> {
    const bytes = searchBytes(text);
    if (bytes === undefined) return;
    try {
      this.status.textContent = 'Searching…';
      const { matches, hasMore } = await this.picture.ask('corewalk/search', { bytes });
      const count = `${matches.length}${hasMore ? ' or more' : ''}`;
      const places = matches.map((at) =>
        html('li', {}, html('button', { class: 'link', onclick: () => this.go({ at }) }, at)),
      );
      fill(this.status, [
        matches.length === 0 ? `“${text}” is nowhere in the dump.` : `“${text}”: ${count} places`,
        matches.length === 0 ? undefined : html('ul', { class: 'matches' }, ...places),
      ]);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    fill(this.status, [html('span', { class: 'failure', role: 'alert' }, text)]);
  }
}

function placeText({ address, symbol, object }: OverlayBody): string {
  const what = object === undefined ? 'unknown' : `${object.type}, ${object.size} bytes`;
  const inside = object === undefined ? 0n : BigInt(address) - BigInt(object.address);
  const offset = inside === 0n ? '' : ` (${address} is at +0x${inside.toString(16)})`;
  const from = object?.address ?? address;
  return `${from}${symbol === undefined ? '' : ` ${symbol}`}: ${what}${offset}`;
}
