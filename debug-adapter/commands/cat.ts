/** `::cat`: the text of files. */
import { LookupError, UsageError } from '../../dump-format/errors.ts';
import { textRow, type Dcmd } from './command.ts';

export const cat: Dcmd = {
  name: 'cat',
  address: 'none',
  synopsis: 'file ...',
  summary: 'concatenate and display files',
  description: 'The source text that a dump carries is found by the name that its line table uses.',
  origin: 'mdb',
  completes: ['file', 'file'],
  *run({ session, target, arguments: words }) {
    if (words.length === 0) throw new UsageError('');
    for (const word of words) {
      if (word.kind !== 'word') throw new UsageError('');
      const text = target.dump.sourceText(word.text) ?? session.capabilities.readFile?.(word.text);
      if (text === undefined) throw new LookupError(`failed to open ${word.text}: no such file`);
      for (const line of text.replace(/\n$/, '').split('\n')) yield textRow(line);
    }
  },
};
