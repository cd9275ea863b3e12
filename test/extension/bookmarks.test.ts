/** Bookmarks: one per address and dump, sorted, and nothing taken from storage that is none. */
import assert from 'node:assert/strict';
import {
  bookmarkLine,
  bookmarksAsMarkdown,
  readBookmarks,
  withBookmark,
  withoutBookmark,
  type Bookmark,
} from '../../extension/views/bookmark-list.ts';

function bookmark(address: string, more: Partial<Bookmark> = {}): Bookmark {
  return { dump: '/a.vmcore', address, type: '', comment: '', ...more };
}

describe('bookmarks', () => {
  it('are sorted by dump and by the number that the address is', () => {
    const list = ['0x200', '0x30', '0x4'].reduce<Bookmark[]>(
      (all, each) => withBookmark(all, bookmark(each)),
      [bookmark('0x1', { dump: '/b.vmcore' })],
    );
    assert.deepEqual(
      list.map((each) => each.dump + each.address),
      ['/a.vmcore0x4', '/a.vmcore0x30', '/a.vmcore0x200', '/b.vmcore0x1'],
    );
  });

  it('replace the one of the same address, and go one by one', () => {
    const list = withBookmark([bookmark('0x4')], bookmark('0x4', { comment: 'new' }));
    assert.deepEqual(
      list.map((each) => each.comment),
      ['new'],
    );
    assert.deepEqual(withoutBookmark(list, bookmark('0x4')), []);
    assert.equal(withoutBookmark(list, bookmark('0x4', { dump: '/b' })).length, 1);
  });

  it('print by their type, and ask what they are without one', () => {
    assert.equal(bookmarkLine(bookmark('0x4', { type: 'kthread_t' })), '0x4::print kthread_t');
    assert.equal(
      bookmarkLine(bookmark('0x4', { type: 'struct ctxop' })),
      '0x4::print "struct ctxop"',
    );
    assert.equal(bookmarkLine(bookmark('0x4')), '0x4::whatis');
  });

  it('become a list for a ticket', () => {
    assert.equal(
      bookmarksAsMarkdown([bookmark('0x4', { comment: 'a *b*' }), bookmark('0x5')]),
      '- `0x4::whatis`: a \\*b\\*\n- `0x5::whatis`\n',
    );
  });

  it('are read from storage only when they are bookmarks', () => {
    const good = bookmark('0xff');
    const kept = [good, { ...good, address: 'x::quit' }, { address: '0x1' }, undefined, 3];
    assert.deepEqual(readBookmarks(kept), [good]);
    assert.deepEqual(readBookmarks(undefined), []);
  });
});
