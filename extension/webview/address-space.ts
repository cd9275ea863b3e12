/** The page of an address space: what the page tables of a CPU map, and the way of one address through them. */
import type {
  AddressSpaceBody,
  MappedRangeItem,
  WalkBody,
} from '../../debug-adapter/dap/picture-protocol.ts';
import { sizeText } from '../views/memory-blocks.ts';
import { fill, html } from './dom.ts';
import { addressMap } from './address-map.ts';
import { pageWalk } from './page-walk.ts';
import { connectPicture, type Picture } from './picture.ts';

/** Rows of the table of ranges. */
const rowLimit = 400;

const page = document.getElementById('page') ?? document.body;

connectPicture((picture, { at }) => void new AddressSpacePage(picture).load(undefined, at));

class AddressSpacePage {
  private readonly picture: Picture;
  private readonly at = html('input', { class: 'at', 'aria-label': 'Address to translate' });
  private readonly cpus = html('select', { 'aria-label': 'Page tables of' });
  private readonly map = html('section', {});
  private readonly walk = html('section', { role: 'status' });
  private readonly table = html('section', {});
  private space: AddressSpaceBody | undefined;
  /** Of several answers under way, the last question's counts. */
  private question = 0;

  constructor(picture: Picture) {
    this.picture = picture;
    this.at.placeholder = 'Address, symbol or expression';
    this.at.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') void this.translate(this.at.value);
    });
    this.cpus.addEventListener('change', () => void this.load(Number(this.cpus.value), undefined));
    const go = html(
      'button',
      { class: 'secondary', onclick: () => void this.translate(this.at.value) },
      'Translate',
    );
    fill(page, [
      html('h1', {}, 'Address space'),
      html(
        'div',
        { class: 'toolbar', role: 'toolbar', 'aria-label': 'Address space' },
        this.cpus,
        this.at,
        go,
      ),
      this.map,
      html('h2', {}, 'Page-table walk'),
      this.walk,
      this.table,
    ]);
  }

  async load(cpu: number | undefined, at: string | undefined): Promise<void> {
    try {
      const words = cpu === undefined ? {} : { cpu };
      const space = await this.picture.ask('corewalk/addressSpace', words);
      this.space = space;
      this.draw(space);
      const first = space.landmarks[0]?.address ?? '0';
      // What has been typed in the meantime goes first.
      await this.translate(this.at.value || at || first);
    } catch (error) {
      fill(this.map, [failure(error)]);
    } finally {
      page.setAttribute('aria-busy', 'false');
    }
  }

  private draw(space: AddressSpaceBody): void {
    const options = space.cpus.map(({ cpu, cr3 }) => {
      const option = html('option', {}, `CPU ${cpu}: cr3 ${cr3.slice(2)}`);
      option.value = String(cpu);
      option.selected = cpu === space.cpu;
      return option;
    });
    fill(this.cpus, options);
    fill(this.map, [
      ...addressMap(space, (address) => void this.translate(address)),
      space.isCut
        ? html('p', { class: 'quiet' }, 'There are more ranges than are drawn.')
        : undefined,
    ]);
    fill(this.table, [
      html('h2', {}, `${space.ranges.length} mapped ranges`),
      this.rangeTable(space),
    ]);
  }

  private async translate(at: string): Promise<void> {
    const question = ++this.question;
    const cpu = this.space?.cpu;
    this.at.value = at;
    try {
      const words = { at, ...(cpu !== undefined && { cpu }) };
      const walk = await this.picture.ask('corewalk/pageWalk', words);
      if (question === this.question) fill(this.walk, [...pageWalk(walk), this.links(walk)]);
    } catch (error) {
      if (question === this.question) fill(this.walk, [failure(error)]);
    }
  }

  private links({ address, cpu }: WalkBody): HTMLElement {
    const button = (text: string, onclick: () => void): HTMLElement =>
      html('button', { class: 'secondary', onclick }, text);
    return html(
      'p',
      { class: 'links' },
      button('Memory', () => this.picture.open('memory', { at: address })),
      button('Print in the debug console', () =>
        this.picture.run(`${address}::vtop -v -c ${cpu.toString(16)}`),
      ),
    );
  }

  private rangeTable({ ranges }: AddressSpaceBody): HTMLElement {
    const heads = ['from', 'to', 'size', 'rights', 'in the dump'].map((text) => {
      const head = html('th', {}, text);
      head.scope = 'col';
      return head;
    });
    const row = ({ start, size, rights, present }: MappedRangeItem): HTMLElement =>
      html(
        'tr',
        {},
        html(
          'td',
          {},
          html(
            'button',
            { class: 'link', onclick: () => void this.translate(start) },
            start.slice(2),
          ),
        ),
        html('td', {}, html('code', {}, (BigInt(start) + BigInt(size) - 1n).toString(16))),
        html('td', { class: 'number' }, sizeText(BigInt(size))),
        html('td', {}, html('code', {}, rights)),
        html('td', { class: 'number' }, present === size ? 'all' : sizeText(BigInt(present))),
      );
    const left = ranges.length - rowLimit;
    return html(
      'div',
      {},
      html(
        'table',
        { 'aria-label': 'Mapped ranges' },
        html('thead', {}, html('tr', {}, ...heads)),
        html('tbody', {}, ...ranges.slice(0, rowLimit).map(row)),
      ),
      left > 0 ? html('p', { class: 'quiet' }, `${left} more ranges.`) : undefined,
    );
  }
}

function failure(error: unknown): HTMLElement {
  const text = error instanceof Error ? error.message : String(error);
  return html('p', { class: 'failure', role: 'alert' }, text);
}
