/** `$s`: how far behind a symbol an address still belongs to it. */
import { textRow, type Dcmd } from './command.ts';

export const symbolDistance: Dcmd = {
  name: '$s',
  address: 'optional',
  summary: 'get/set symbol matching distance',
  description:
    'With 0, the smart mode, an address belongs to a symbol inside its size only; otherwise up to this many bytes behind it.',
  examples: [{ line: '0$s', explains: 'the smart mode' }],
  origin: 'mdb',
  *run({ session, address, hasAddress }) {
    if (hasAddress) session.settings.symbolDistance = address;
    const { symbolDistance: distance } = session.settings;
    const mode = distance === 0n ? 'smart mode' : 'absolute mode';
    yield textRow(`symbol matching distance = ${distance.toString(16)} (${mode})`);
  },
};
