/** Hostile texts, and what no outlet may let through. */
import assert from 'node:assert/strict';

/** What they try to do. None is longer than the panic message of the sample dump, in whose place they are put. */
export const texts: Readonly<Record<string, string>> = {
  'terminal controls': '\u001b]0;owned\u0007\u001b[2J\u009b31m\r\n\b\b',
  'tags and entities': '<img src=x onerror=alert(1)>&lt;b',
  'links and commands': '[a](command:b) <javascript:alert()>',
  'direction and invisible marks': '\u202egnp.exe\u2066\u200b\u2069\ufeff end',
  'code that ends early': '``` ` </pre></code> ~~~ -- */ "',
};

const forbidden = /[^\P{Cc}\n\t]|\p{Cf}/u;

/** No controls but ends of lines and tabs, no marks that hide or turn text. */
export function assertClean(text: string): void {
  const found = forbidden.exec(text);
  const around =
    found && JSON.stringify(text.slice(Math.max(0, found.index - 60), found.index + 20));
  assert.equal(around, null);
}

/** A page of HTML has no tag, link or command of the dump's. */
export function assertNoMarkup(page: string): void {
  assert.doesNotMatch(page, /<img|<script|href="(command|javascript):/);
  assert.equal(page.match(/<\/pre>/g)?.length, page.match(/<pre/g)?.length);
}

/** Every string in a value. */
export function* strings(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const [name, each] of Object.entries(value)) {
      yield name;
      yield* strings(each);
    }
}

/** Markdown without its blocks of code, in which nothing is markup. */
export function outsideCode(markdown: string): string {
  return markdown.replace(/^(`{3,})text\n[^]*?\n\1$/gm, '').replace(/(`+)[^`].*?\1/g, '');
}
