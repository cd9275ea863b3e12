/** The build of kernel images notices what is out of date, and says what is wrong with a description. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { staleImages } from '../../scripts/build-kernels.ts';
import { readKernel, sourcesOf } from '../../cli/build/kernel-sources.ts';

const kernels = resolve(import.meta.dirname, '../../sample-dumps/kernels');

describe('kernel build', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'corewalk-build-'));
    for (const folder of ['common', 'illumos'])
      cpSync(join(kernels, folder), join(root, folder), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('notices a changed source of the kernel and of the shared code, and nothing else', () => {
    const before = staleImages('illumos', root);
    appendFileSync(join(root, 'illumos/ctxop.c'), '\n');
    appendFileSync(join(root, 'common/README.md'), '\n');
    const after = staleImages('illumos', root);
    assert.deepEqual(
      after.filter((line) => !before.includes(line)),
      ['illumos: illumos/ctxop.c changed after the images'],
    );
    appendFileSync(join(root, 'common/string.c'), '\n');
    assert.ok(
      staleImages('illumos', root).includes('illumos: common/string.c changed after the images'),
    );
  });

  it('notices a new source, one that is gone, and an image that is another', () => {
    writeFileSync(join(root, 'common/new.c'), '');
    writeFileSync(join(root, 'common/unused.h'), '');
    rmSync(join(root, 'illumos/sep.S'));
    appendFileSync(join(root, 'illumos/images/fixed.elf'), 'x');
    rmSync(join(root, 'illumos/images/nopreempt.elf'));
    const stale = staleImages('illumos', root);
    for (const line of [
      'illumos: common/new.c is newer than the images',
      'illumos: illumos/sep.S changed after the images',
      'illumos/fixed.elf is not what the manifest says',
      'illumos/nopreempt.elf is missing',
    ])
      assert.ok(stale.includes(line), line);
    assert.ok(!stale.some((line) => line.includes('unused.h')), 'nothing reads it');
    rmSync(join(root, 'illumos/images'), { recursive: true });
    assert.deepEqual(staleImages('illumos', root), [
      'illumos: no images: run npm run kernels -- --os illumos',
    ]);
  });

  const right = {
    summary: 's',
    sources: ['a.c'],
    flags: ['-O0'],
    variants: { buggy: { summary: 'b', defines: { X: 1 } } },
  };
  it('reads a description', () => {
    assert.deepEqual(describeKernel(root, right).variants, {
      buggy: { summary: 'b', defines: { X: '1' } },
    });
  });
  it('reads a variant with sources of its own', () => {
    const other = { summary: 'o', sources: 'guest' };
    const kernel = describeKernel(root, {
      ...right,
      otherSources: { guest: ['b.c'] },
      variants: { ...right.variants, other },
    });
    assert.deepEqual(sourcesOf(kernel, 'buggy'), ['a.c']);
    assert.deepEqual(sourcesOf(kernel, 'other'), ['b.c']);
  });
  for (const [what, change, message] of [
    ['no sources', { sources: undefined }, /x\/kernel\.json: sources: not a list of strings/],
    ['an unknown member', { images: [] }, /x\/kernel\.json: unknown member images/],
    ['no variants', { variants: {} }, /x\/kernel\.json: variants: none/],
    ['a variant without summary', { variants: { v: {} } }, /variants\.v\.summary: not a string/],
    [
      'sources that have no list',
      { variants: { v: { summary: 's', sources: 'x' } } },
      /variants\.v\.sources: not a name in otherSources/,
    ],
    ['flags that are a text', { flags: '-O0' }, /flags: not a list of strings/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => describeKernel(root, { ...right, ...change }), message);
    });
  }
});

function describeKernel(root: string, json: unknown): ReturnType<typeof readKernel> {
  mkdirSync(join(root, 'x'));
  writeFileSync(join(root, 'x/kernel.json'), JSON.stringify(json));
  return readKernel(root, 'x');
}
