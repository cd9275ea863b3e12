/** The bar of the memory page: where to go, as what, and what to look for. */
import type { PictureSubject } from '../views/picture-messages.ts';
import { html } from './dom.ts';

export interface ToolbarActions {
  go(subject: PictureSubject): void;
  search(text: string): void;
  back(): void;
  forward(): void;
  page(direction: 1 | -1): void;
}

export interface ToolbarState {
  readonly at: string;
  readonly type: string;
  readonly canGoBack: boolean;
  readonly canGoOn: boolean;
}

export interface Toolbar {
  readonly element: HTMLElement;
  show(state: ToolbarState): void;
}

/** Alt+Left and Alt+Right go back and on, `g` to the address, `/` to the search. */
export function createToolbar(actions: ToolbarActions): Toolbar {
  const at = field('Address, symbol or expression', 'at');
  const type = field('Type, when you know better', 'type');
  const search = field('Find text, or 0x and a number', 'search');
  const go = (): void => {
    const wanted = type.value.trim();
    actions.go({ at: at.value, ...(wanted !== '' && wanted !== shown && { type: wanted }) });
  };
  let shown = '';
  const back = button('Back', '←', actions.back);
  const forward = button('Forward', '→', actions.forward);
  onEnter(at, go);
  onEnter(type, go);
  onEnter(search, () => actions.search(search.value));
  const element = html(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': 'Memory' },
    back,
    forward,
    at,
    type,
    button('Go', 'Go', go),
    search,
    button('Find', 'Find', () => actions.search(search.value)),
    button('Earlier memory', '↑', () => actions.page(-1)),
    button('Later memory', '↓', () => actions.page(1)),
  );
  window.addEventListener('keydown', (event) => {
    if (event.altKey && event.key === 'ArrowLeft') actions.back();
    else if (event.altKey && event.key === 'ArrowRight') actions.forward();
    else if (event.target instanceof HTMLInputElement) return;
    else if (event.key === 'g') at.select();
    else if (event.key === '/') search.select();
    else return;
    event.preventDefault();
  });
  return {
    element,
    show: (state) => {
      shown = state.type;
      at.value = state.at;
      type.value = state.type;
      back.disabled = !state.canGoBack;
      forward.disabled = !state.canGoOn;
    },
  };
}

function field(label: string, name: string): HTMLInputElement {
  const input = html('input', { class: name, 'aria-label': label, title: label });
  input.placeholder = label;
  input.spellcheck = false;
  return input;
}

function button(title: string, text: string, onclick: () => void): HTMLButtonElement {
  return html('button', { class: 'secondary', title, 'aria-label': title, onclick }, text);
}

function onEnter(input: HTMLInputElement, act: () => void): void {
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') act();
  });
}
